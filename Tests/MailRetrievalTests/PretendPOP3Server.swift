// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import NIOPosix
import POP3Protocol
import Synchronization

/// A POP3 server on loopback with a maildrop in memory that can be told to misbehave.
final class PretendPOP3Server: Sendable {
    /// What it holds and how it behaves; may be changed while it runs.
    struct Behaviour: Sendable {
        var messages: [(uniqueID: String?, octets: [UInt8])] = []
        var greeting: String?
        var loginReply: String?
        var password = "segreto"
        var offersUniqueIDs = true
        var pipelines = true
        /// The connection is cut after so many octets of the RETR of the message with this content.
        var cutsAt: (message: Int, octets: Int)?
        /// RETR of this message is never answered.
        var silentAt: Int?
        /// RETR of this message is refused with this line.
        var refuses: (message: Int, reply: String)?
        /// Sizes of the listing are this.
        var listedSize: Int?
        /// QUIT is answered with -ERR and nothing is removed.
        var refusesQuit = false
        /// The connection is cut at QUIT, nothing is removed.
        var cutsAtQuit = false
        /// An endless line follows the greeting.
        var endlessGreeting = false
        /// Every RETR of this message sends octets for ever.
        var endlessAt: Int?
        /// Replaces RETR's whole answer.
        var rawRetrieval: [UInt8]?
    }

    private let state = Mutex((behaviour: Behaviour(), sessions: 0, logins: 0, open: 0, widest: 0, retrievals: [Int]()))
    private let channel = Mutex<(any Channel)?>(nil)
    private let task = Mutex<Task<Void, Never>?>(nil)

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    var behaviour: Behaviour { state.withLock { $0.behaviour } }
    var logins: Int { state.withLock { $0.logins } }
    var sessions: Int { state.withLock { $0.sessions } }
    var retrievals: [Int] { state.withLock { $0.retrievals } }

    func change(_ body: (inout Behaviour) -> Void) { state.withLock { body(&$0.behaviour) } }

    static func start(_ messages: [(String?, String)] = []) async throws -> PretendPOP3Server {
        let server = PretendPOP3Server()
        server.change { $0.messages = messages.map { ($0.0, Array($0.1.utf8)) } }
        let listener = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        server.channel.withLock { $0 = listener.channel }
        // Ends with the listener, which `stop` closes.
        let serving = Task {
            do {
                try await listener.executeThenClose { connections in
                    try await withThrowingDiscardingTaskGroup { group in
                        for try await connection in connections {
                            group.addTask { await server.serve(connection) }
                        }
                    }
                }
            } catch {
                return
            }
        }
        server.task.withLock { $0 = serving }
        return server
    }

    func stop() async {
        task.withLock { $0 }?.cancel()
        await task.withLock { $0 }?.value
    }

    private struct Cut: Error {}

    private func serve(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
        state.withLock { $0.sessions += 1 }
        do {
            try await connection.executeThenClose { inbound, outbound in
                let behaviour = behaviour
                if behaviour.endlessGreeting {
                    while true { try await outbound.write(ByteBuffer(repeating: 0x41, count: 65_536)) }
                }
                try await outbound.write(ByteBuffer(string: (behaviour.greeting ?? "+OK ready") + "\r\n"))
                guard behaviour.greeting?.hasPrefix("-") != true else { return }
                var settings = POP3ServerMachine.Settings(greeting: "ready", allowsClearLogin: true)
                settings.announcesPipelining = behaviour.pipelines
                settings.offersUniqueIDs = behaviour.offersUniqueIDs
                var machine = POP3ServerMachine(settings: settings, isSecure: false)
                var decoder = POP3LineDecoder()
                var held: [(uniqueID: String?, octets: [UInt8])] = []
                for try await octets in inbound {
                    decoder.append(octets)
                    while let line = decoder.next() {
                        try await perform(machine.handle(.line(line)), &machine, &held, outbound)
                    }
                }
            }
        } catch {
            return
        }
    }

    private func perform(
        _ actions: [POP3ServerMachine.Action],
        _ machine: inout POP3ServerMachine,
        _ held: inout [(uniqueID: String?, octets: [UInt8])],
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        for action in actions {
            let behaviour = behaviour
            switch action {
            case .send(let line): try await outbound.write(ByteBuffer(string: line + "\r\n"))
            case .sendListing(let status, let lines):
                try await outbound.write(POP3MultiLine.response(status: status, lines: lines))
            case .sendMessage(let status, let number, _):
                try await send(status, number, held[number - 1].octets, behaviour, outbound)
            case .startTLS, .close: throw Cut()
            case .authenticate(_, let password):
                state.withLock { $0.logins += 1 }
                let isRight = password.reveal() == behaviour.password && behaviour.loginReply == nil
                held = behaviour.messages
                let maildrop = held.enumerated().map { index, message in
                    POP3Message(
                        number: index + 1,
                        octets: behaviour.listedSize ?? message.octets.count,
                        uniqueID: message.uniqueID
                    )
                }
                let event: POP3ServerMachine.Event =
                    isRight ? .accepted(maildrop: maildrop) : .refused(behaviour.loginReply ?? "[AUTH] wrong password")
                try await perform(machine.handle(event), &machine, &held, outbound)
            case .remove(let numbers):
                guard !behaviour.cutsAtQuit else { throw Cut() }
                if !behaviour.refusesQuit {
                    let gone = numbers.map { held[$0 - 1] }
                    change { behaviour in
                        for message in gone {
                            let index = behaviour.messages.firstIndex {
                                $0.uniqueID == message.uniqueID && $0.octets == message.octets
                            }
                            if let index { behaviour.messages.remove(at: index) }
                        }
                    }
                }
                let event = POP3ServerMachine.Event.updateFinished(kept: behaviour.refusesQuit ? numbers.count : 0)
                try await perform(machine.handle(event), &machine, &held, outbound)
            }
        }
    }

    private func send(
        _ status: String,
        _ number: Int,
        _ octets: [UInt8],
        _ behaviour: Behaviour,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        state.withLock { $0.retrievals.append(number) }
        if let raw = behaviour.rawRetrieval { return try await outbound.write(ByteBuffer(bytes: raw)) }
        if let (refused, reply) = behaviour.refuses, refused == number {
            return try await outbound.write(ByteBuffer(string: reply + "\r\n"))
        }
        if behaviour.silentAt == number {
            try await Task.sleep(for: .seconds(3600))
        }
        if behaviour.endlessAt == number {
            try await outbound.write(ByteBuffer(string: "+OK\r\n"))
            while true { try await outbound.write(ByteBuffer(repeating: 0x41, count: 65_536)) }
        }
        let response = POP3MultiLine.response(status: status, message: ByteBuffer(bytes: octets))
        guard let (cut, length) = behaviour.cutsAt, cut == number else { return try await outbound.write(response) }
        try await outbound.write(response.getSlice(at: 0, length: min(length, response.readableBytes)) ?? response)
        throw Cut()
    }
}
