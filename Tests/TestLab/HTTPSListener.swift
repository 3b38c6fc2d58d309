// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Where a web server of the laboratory listens, with the server certificate of an authority.
final class HTTPSListener: Sendable {
    private let channel = Mutex<(any Channel)?>(nil)

    /// Begins to listen; each connection gets a handler of its own behind TLS and HTTP.
    func start(
        on address: String,
        port: Int,
        by authority: CertificateAuthority,
        _ makeHandler: @escaping @Sendable () -> any ChannelHandler
    ) async throws {
        let context = try authority.serverContext()
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try child.pipeline.syncOperations.configureHTTPServerPipeline()
                    try child.pipeline.syncOperations.addHandler(makeHandler())
                }
            }
            .bind(host: address, port: port).get()
        channel.withLock { $0 = bound }
    }

    /// Stops listening.
    func stop() async throws {
        let bound = channel.withLock { channel in
            defer { channel = nil }
            return channel
        }
        try await bound?.close()
    }
}
