// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import NIOCore
import NIOPosix
import NIOSSL
import POP3Protocol

/// Serves the maildrops of a simulated provider by POP3 with TLS from the first byte.
final class POP3Listener: Sendable {
    typealias Session = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let core: ProviderCore
    private let server: NIOAsyncChannel<Session, Never>
    private let logger: Logger

    /// The port that it listens on.
    var port: Int { server.channel.localAddress?.port ?? 0 }

    private init(core: ProviderCore, server: NIOAsyncChannel<Session, Never>, logger: Logger) {
        self.core = core
        self.server = server
        self.logger = logger
    }

    /// Listens on a free port of 127.0.0.1; sessions are served once `run` is called.
    static func open(
        core: ProviderCore,
        tls: NIOSSLContext,
        group: any EventLoopGroup,
        logger: Logger
    ) async throws -> POP3Listener {
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    return try Session(wrappingChannelSynchronously: channel)
                }
            }
        return POP3Listener(core: core, server: server, logger: logger)
    }

    /// Serves sessions until the task is cancelled.
    func run() async throws {
        try await server.executeThenClose { sessions in
            try await withThrowingDiscardingTaskGroup { group in
                for try await session in sessions { group.addTask { await self.serve(session) } }
            }
        }
    }

    private func serve(_ session: Session) async {
        do {
            try await session.executeThenClose { inbound, outbound in
                try await POP3Session(core: self.core, outbound: outbound).run(inbound)
            }
        } catch {
            logger.debug("session ended", metadata: ["error": "\(error)"])
        }
    }
}
