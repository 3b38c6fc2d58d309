// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import MailModel
import MailTransport
import NIOCore

/// Drives an `IMAPClientMachine` over one connection: reads, writes, begins TLS; what concerns mail it hands on.
struct IMAPSession: MaildropSession {
    /// A message of the listing: where it lies.
    struct Place: Sendable {
        var mailbox: IMAPMailboxName
        var message: IMAPMessage
    }

    /// Messages of one mailbox that are retrieved in a row.
    struct Run: Sendable {
        var mailbox: IMAPMailboxName
        var messages: [ListedMessage]
    }

    let connection: MailConnection
    let account: RetrievalAccount
    let settings: RetrievalSettings
    var deadline: ContinuousClock.Instant
    var machine: IMAPClientMachine
    var memory = MailboxMemory()
    /// The mailboxes as they were when they were listed.
    var listed: [IMAPMailboxName: IMAPMailbox] = [:]
    /// The messages of the listing; a number is a place here, counted from 1.
    var places: [Place] = []
    var runs: ArraySlice<Run> = []
    /// The messages of the run that is coming, by their identifiers.
    var coming: [IMAPUID: ListedMessage] = [:]
    /// Numbers that `finish` removes.
    var condemned: Set<Int> = []
    /// True when messages came since the mailbox in question was listed.
    var hasNews = false
    var unopened: String?
    /// What the server asked to be shown to people.
    private(set) var alerts: [String] = []
    private var fullWords: String?

    init(
        connection: MailConnection,
        machine: IMAPClientMachine.Settings,
        account: RetrievalAccount,
        settings: RetrievalSettings
    ) {
        self.connection = connection
        self.account = account
        self.settings = settings
        deadline = .now + settings.patience.session
        self.machine = IMAPClientMachine(settings: machine)
    }

    var isSecure: Bool { machine.isSecure }
    var protocolName: String { isSecure ? "IMAPS" : "IMAP" }
    var fullMailbox: String? { fullWords ?? memory.quotaWords }

    /// Begins another fetch in this session.
    mutating func renew() {
        deadline = .now + settings.patience.session
        (unopened, fullWords, alerts, condemned, runs) = (nil, nil, [], [], [])
        coming = [:]
    }

    /// Gives the machine `event`, or what comes next from the server within `limit`, and does what it asks of the connection.
    ///
    /// - Returns: the actions that are left to the caller, in their order; none when more must be read.
    mutating func step(
        _ event: IMAPClientMachine.Event? = nil,
        within limit: Duration? = nil
    ) async throws(RetrievalFailure) -> [IMAPClientMachine.Action] {
        var next = event
        if next == nil {
            guard .now < deadline else {
                throw RetrievalFailure(
                    .session,
                    "\(connection.peer): the session lasted longer than \(settings.patience.session)"
                )
            }
            let limit = limit ?? settings.patience.silence
            next = .octets(
                try await transport { () throws(TransportError) in try await connection.read(within: limit) }
            )
        }
        var left: [IMAPClientMachine.Action] = []
        while let event = next {
            next = try await perform(machine.handle(event), &left)
        }
        return left
    }

    /// Steps until an action is among those left that `wanted` knows.
    mutating func run<Value>(
        _ event: IMAPClientMachine.Event?,
        within limit: Duration? = nil,
        until wanted: (IMAPClientMachine.Action) -> Value?
    ) async throws(RetrievalFailure) -> Value {
        var actions = try await step(event, within: limit)
        while true {
            for action in actions {
                if case .failed(let failure) = action { throw self.failure(failure) }
                if let value = wanted(action) { return value }
            }
            actions = try await step(within: limit)
        }
    }

    /// Has a command done, and hands what came of it before its end to `take`.
    /// - Returns: how it ended, OK or not.
    mutating func command(
        _ command: IMAPCommand,
        _ take: (IMAPClientMachine.Action) -> Void = { _ in }
    ) async throws(RetrievalFailure) -> IMAPStatus {
        try await run(.command(command)) { action -> IMAPStatus? in
            take(action)
            guard case .completed(let status) = action else { return nil }
            return status
        }
    }

    private mutating func perform(
        _ actions: [IMAPClientMachine.Action],
        _ left: inout [IMAPClientMachine.Action]
    ) async throws(RetrievalFailure) -> IMAPClientMachine.Event? {
        var output = ByteBuffer()
        var event: IMAPClientMachine.Event?
        for action in actions {
            note(action)
            switch action {
            case .send(let octets): output.writeString(octets.reveal())
            case .startTLS:
                let limit = settings.patience.connect
                try await transport { () throws(TransportError) in try await connection.startTLS(within: limit) }
                event = .tlsEstablished
            case .arrived: hasNews = true
            case .alert(let words): if alerts.count < 10 { alerts.append(words) }
            case .loggedIn, .completed, .listed, .quota, .messageBegan, .messagePiece, .messageEnded, .messageRefused,
                .retrieved, .idling, .ended, .failed:
                left.append(action)
            }
        }
        if output.readableBytes > 0 {
            let (octets, limit) = (output, settings.patience.silence)
            try await transport { () throws(TransportError) in try await connection.write(octets, within: limit) }
        }
        return event
    }

    /// Remembers what the server says of a full mailbox.
    private mutating func note(_ action: IMAPClientMachine.Action) {
        switch action {
        case .completed(let status), .messageRefused(_, let status):
            if !status.isOK, status.saysMailboxFull { fullWords = status.description }
        case .alert(let words):
            if IMAPStatus(.no, words).saysMailboxFull { fullWords = words }
        case .failed(let failure):
            if IMAPStatus(.no, failure.message).saysMailboxFull { fullWords = failure.message }
        case .send, .startTLS, .loggedIn, .listed, .quota, .messageBegan, .messagePiece, .messageEnded, .retrieved,
            .idling,
            .arrived, .ended:
            break
        }
    }

    /// Closes the connection, whatever the state of the session.
    func close() async {
        await connection.close()
    }

    /// The server's failure as ours.
    func failure(_ failure: IMAPFailure) -> RetrievalFailure { RetrievalFailure(failure, peer: connection.peer) }
}
