// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// An SMTP server that takes everything and remembers what it saw: the stand-in for Exchange, for a smarthost of the Internet, or
/// for a provider's submission.
package final class RecordingSink: Sendable {
    /// Its port on 127.0.0.1.
    package let port: Int
    /// What it saw.
    package let journal = SinkJournal()
    private let behaviour: Mutex<SinkBehaviour>
    private let random: Mutex<SeededGenerator>
    private let tls: NIOSSLContext?
    private let channel = Mutex<(any Channel)?>(nil)
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// A sink that answers as `behaviour` says, drawing its accidents from `seed`. Call `start`.
    package init(
        _ behaviour: SinkBehaviour = SinkBehaviour(),
        authority: CertificateAuthority? = nil,
        seed: UInt64 = 1,
        port: Int = Ports.take()
    ) throws {
        self.port = port
        self.behaviour = Mutex(behaviour)
        random = Mutex(SeededGenerator(seed: seed))
        tls = try authority.map { try $0.serverContext() }
    }

    /// Begins to listen.
    package func start() async throws {
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] child in
                child.eventLoop.makeCompletedFuture {
                    if current.hasImplicitTLS, let tls {
                        try child.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    try child.pipeline.syncOperations.addHandler(SinkHandler(sink: self, tls: tls))
                    remember(child)
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        channel.withLock { $0 = bound }
    }

    /// Stops listening and cuts every connection: the server is down.
    package func stop() async throws {
        let bound = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        try await bound?.close()
        for child in open.withLock({ Array($0.values) }) { child.close(promise: nil) }
    }

    /// How it answers from now on.
    package func change(_ change: (inout SinkBehaviour) -> Void) { behaviour.withLock { change(&$0) } }

    var current: SinkBehaviour { behaviour.withLock { $0 } }

    func happens(_ chance: Double) -> Bool {
        chance > 0 && random.withLock { Double.random(in: 0..<1, using: &$0) } < chance
    }

    private func remember(_ child: any Channel) {
        let key = ObjectIdentifier(child)
        open.withLock { $0[key] = child }
        child.closeFuture.whenComplete { [self] _ in _ = open.withLock { $0.removeValue(forKey: key) } }
    }
}
