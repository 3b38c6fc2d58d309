// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import NIOCore
import POP3Protocol

/// Drives a `POP3ClientMachine` over one connection: reads, writes, begins TLS; what concerns messages it hands on.
struct POP3Session {
    private let connection: MailConnection
    private let patience: RetrievalPatience
    private let deadline: ContinuousClock.Instant
    private var machine: POP3ClientMachine

    /// A word of the server that its mailbox is full, if there was one.
    private(set) var fullMailbox: String?
    /// The maildrop as it was listed behind the login.
    var messages: [POP3Message] = []
    /// Messages that the server marked as deleted.
    var deleted: Set<Int> = []

    init(connection: MailConnection, settings: POP3ClientMachine.Settings, patience: RetrievalPatience) {
        self.connection = connection
        self.patience = patience
        deadline = .now + patience.session
        machine = POP3ClientMachine(settings: settings)
    }

    var isSecure: Bool { machine.isSecure }

    /// Gives the machine `event`, or what comes next from the server, and does what it asks of the connection.
    ///
    /// - Returns: the actions that are left to the caller, in their order; none when more must be read.
    mutating func step(
        _ event: POP3ClientMachine.Event? = nil
    ) async throws(RetrievalFailure) -> [POP3ClientMachine.Action] {
        var next = event
        if next == nil {
            guard .now < deadline else {
                throw RetrievalFailure(
                    .session,
                    "\(connection.peer): the session lasted longer than \(patience.session)"
                )
            }
            next = .octets(
                try await transport { () throws(TransportError) in try await connection.read(within: patience.silence) }
            )
        }
        var left: [POP3ClientMachine.Action] = []
        while let event = next {
            next = try await perform(machine.handle(event), &left)
        }
        return left
    }

    /// Steps until an action is among those left that `wanted` knows.
    mutating func run<Value>(
        _ event: POP3ClientMachine.Event?,
        until wanted: (POP3ClientMachine.Action) -> Value?
    ) async throws(RetrievalFailure) -> Value {
        var actions = try await step(event)
        while true {
            for action in actions {
                if case .failed(let failure) = action { throw RetrievalFailure(failure, peer: connection.peer) }
                if let value = wanted(action) { return value }
            }
            actions = try await step()
        }
    }

    private mutating func perform(
        _ actions: [POP3ClientMachine.Action],
        _ left: inout [POP3ClientMachine.Action]
    ) async throws(RetrievalFailure) -> POP3ClientMachine.Event? {
        var output = ByteBuffer()
        var event: POP3ClientMachine.Event?
        for action in actions {
            switch action {
            case .send(let command): output.writeString("\(command.line)\r\n")
            case .sendResponse(let response): output.writeString("\(response.reveal())\r\n")
            case .startTLS:
                try await transport { () throws(TransportError) in
                    try await connection.startTLS(within: patience.connect)
                }
                event = .tlsEstablished
            case .failed(let failure):
                note(failure.message)
                left.append(action)  // behind what was complete before it
            case .messageRefused(_, let status), .deleteRefused(_, let status), .quitDone(let status):
                note(status.description)
                left.append(action)
            case .ready, .messageBegan, .messagePiece, .messageEnded, .retrieved, .deleted, .deletionsDone:
                left.append(action)
            }
        }
        if output.readableBytes > 0 {
            let octets = output
            try await transport { () throws(TransportError) in
                try await connection.write(octets, within: patience.silence)
            }
        }
        return event
    }

    /// Closes the connection, whatever the state of the session.
    func close() async {
        await connection.close()
    }

    /// The server's failure as ours.
    func failure(_ failure: POP3Failure) -> RetrievalFailure { RetrievalFailure(failure, peer: connection.peer) }

    private mutating func note(_ words: String) {
        if POP3Status(isPositive: false, text: words).saysMailboxFull { fullMailbox = words }
    }
}
