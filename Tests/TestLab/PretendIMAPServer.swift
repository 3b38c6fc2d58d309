// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An IMAP server on loopback with mailboxes in memory, which can be told to misbehave.
package final class PretendIMAPServer: Sendable {
    /// How it behaves; may be changed while it runs.
    package struct Behaviour: Sendable {
        /// The greeting, with its line ends; nothing when it is empty.
        package var greeting = "* OK ready\r\n"
        /// What it can do, before and after the login.
        package var capabilities = "IMAP4rev1 AUTH=PLAIN SASL-IR IDLE UIDPLUS MOVE CONDSTORE"
        /// Raw answers to commands that begin so; `TAG` stands for the command's tag.
        package var answers: [String: String] = [:]
        /// Commands that begin so are never answered.
        package var ignores: Set<String> = []
        /// At commands that begin so the connection is cut.
        package var cuts: Set<String> = []
        /// After the content of so many messages the connection is cut in the middle of the next one.
        package var cutsAfter: Int?
        /// When a command that begins so comes, this mailbox gets another UIDVALIDITY, once.
        package var resets: (command: String, mailbox: String)?
        /// This is sent again and again at commands that begin so.
        package var endless: (command: String, text: String)?

        /// A server that behaves.
        package init() {}
    }

    struct State: Sendable {
        var behaviour = Behaviour()
        var mailboxes: [String: PretendMailbox] = ["INBOX": PretendMailbox()]
        var commands: [String] = []
        var sessions = 0
        var sent = 0
        var waiting: [ObjectIdentifier: (channel: any Channel, mailbox: String)] = [:]
        var open: [ObjectIdentifier: any Channel] = [:]
    }

    /// Its port on 127.0.0.1.
    package let port: Int
    let state = Mutex(State())
    private let tls: NIOSSLContext?
    private let listener = Mutex<(any Channel)?>(nil)

    /// A server, in TLS from the first octet when there is an `authority`. Call `start`.
    package init(authority: CertificateAuthority? = nil, port: Int = Ports.take()) throws {
        self.port = port
        tls = try authority.map { try $0.serverContext() }
    }

    /// Begins to listen.
    package func start() async throws {
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] child in
                child.eventLoop.makeCompletedFuture {
                    if let tls { try child.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try child.pipeline.syncOperations.addHandler(PretendIMAPHandler(server: self))
                    remember(child)
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        listener.withLock { $0 = bound }
    }

    /// Stops listening and cuts every connection.
    package func stop() async {
        let bound = listener.withLock { listener in
            defer { listener = nil }
            return listener
        }
        do { try await bound?.close() } catch { print("the IMAP server did not stop: \(error)") }
        cutAll()
    }

    /// Cuts every connection.
    package func cutAll() {
        for child in state.withLock({ Array($0.open.values) }) { child.close(promise: nil) }
    }

    /// How it behaves from now on.
    package func change(_ change: (inout Behaviour) -> Void) { state.withLock { change(&$0.behaviour) } }

    /// Works on a mailbox, which is made when it is not there; nobody is told.
    package func mailbox(_ name: String = "INBOX", _ body: (inout PretendMailbox) -> Void) {
        state.withLock { body(&$0.mailboxes[name, default: PretendMailbox()]) }
    }

    /// The octets of a mailbox's messages; nil when it is not there.
    package func messages(in name: String = "INBOX") -> [[UInt8]]? {
        state.withLock { $0.mailboxes[name]?.messages.map(\.octets) }
    }

    /// Puts a message into a mailbox, and tells the sessions that wait for news of it.
    package func deliver(_ octets: [UInt8], to name: String = "INBOX") {
        let (count, waiting) = state.withLock { state -> (Int, [any Channel]) in
            state.mailboxes[name, default: PretendMailbox()].add(octets)
            let waiting = state.waiting.values.filter { $0.mailbox == name }.map(\.channel)
            return (state.mailboxes[name]?.messages.count ?? 0, waiting)
        }
        for channel in waiting { channel.writeAndFlush(ByteBuffer(string: "* \(count) EXISTS\r\n"), promise: nil) }
    }

    /// The commands that came, without their tags.
    package var commands: [String] { state.withLock { $0.commands } }
    /// Connections that were made.
    package var sessions: Int { state.withLock { $0.sessions } }
    /// Sessions that wait for news.
    package var idling: Int { state.withLock { $0.waiting.count } }

    /// Waits until `isTrue`, at most `limit`; false when it does not become true.
    package func wait(
        within limit: Duration = .seconds(60),
        until isTrue: (PretendIMAPServer) -> Bool
    ) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while .now < end {
            if isTrue(self) { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return isTrue(self)
    }

    private func remember(_ child: any Channel) {
        let key = ObjectIdentifier(child)
        state.withLock { state in
            state.sessions += 1
            state.open[key] = child
        }
        child.closeFuture.whenComplete { [self] _ in
            state.withLock { state in
                state.open[key] = nil
                state.waiting[key] = nil
            }
        }
    }
}
