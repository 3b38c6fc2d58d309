// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import NIOCore
import NIOPosix
import NIOSSL
import SMTPServer

/// A client on loopback that speaks octets, in clear or in TLS. One task uses it at a time.
final class TestClient: @unchecked Sendable {
    let channel: any Channel
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var buffer = ByteBuffer()

    private init(_ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) {
        self.channel = channel
        self.inbound = inbound.makeAsyncIterator()
    }

    /// Runs `body` with a connection that is closed afterwards.
    static func run<Value: Sendable>(
        port: Int,
        tls: NIOSSLContext? = nil,
        host: String = "127.0.0.1",
        _ body: @Sendable (TestClient) async throws -> Value
    ) async throws -> Value {
        let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: nil)
                        )
                    }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await connection.executeThenClose { inbound, _ in
            try await body(TestClient(connection.channel, inbound))
        }
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    func send(_ octets: ByteBuffer) async throws {
        try await channel.writeAndFlush(octets)
    }

    /// The next line with its CRLF taken off; nil at the end of the connection.
    func line() async throws -> String? {
        while true {
            let view = buffer.readableBytesView
            if let end = view.firstIndex(of: 10) {
                let line = buffer.readString(length: end - view.startIndex + 1) ?? ""
                return String(line.dropLast(line.hasSuffix("\r\n") ? 1 : 0))
            }
            guard var more = try await next() else { return nil }
            buffer.discardReadBytes()
            buffer.writeBuffer(&more)
        }
    }

    /// A reset at the end is an end like any other here.
    private func next() async throws -> ByteBuffer? {
        do {
            return try await inbound.next(isolation: #isolation)
        } catch is IOError {
            return nil
        } catch NIOSSLError.uncleanShutdown {
            return nil
        }
    }

    /// The next reply, its lines joined by ` | `; nil at the end of the connection.
    func reply() async throws -> String? {
        var lines: [String] = []
        while let line = try await line() {
            lines.append(line)
            if line.dropFirst(3).first != "-" { return lines.joined(separator: " | ") }
        }
        return nil
    }

    /// Sends a command and returns its reply.
    func say(_ command: String) async throws -> String {
        try await send(command + "\r\n")
        return try await reply() ?? "(closed)"
    }

    /// Puts TLS below everything, as a client does after the go-ahead.
    func startTLS(_ context: NIOSSLContext) async throws {
        try await channel.eventLoop.submit { [channel] in
            let handler = try NIOSSLClientHandler(context: context, serverHostname: nil)
            try channel.pipeline.syncOperations.addHandler(handler, position: .first)
        }.get()
    }
}

extension TestClient {
    /// Says goodbye to TLS and sends octets in clear behind it.
    func closeTLSThenSend(_ text: String) async throws {
        try await channel.eventLoop.submit { [channel] in
            let context = try channel.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self)
            let handler = try channel.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
            handler.stopTLS(promise: nil)
            context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
        }.get()
    }
}

/// Serves `body` by a listener on a free port of loopback.
func withListener<Value: Sendable>(
    _ receiver: any MessageReceiving = RecordingReceiver(),
    configure: (inout ListenerSettings) -> Void = { _ in },
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    _ body: @Sendable (Int, SMTPListener) async throws -> Value
) async throws -> Value {
    var settings = ListenerSettings(hostname: "relay.azienda.it", address: "127.0.0.1", port: 0)
    configure(&settings)
    let listener = SMTPListener(
        settings: settings,
        receiver: receiver,
        group: MultiThreadedEventLoopGroup.singleton,
        logger: logger
    )
    let port = try await listener.start()
    let serving = Task { try await listener.run() }
    do {
        let value = try await body(port, listener)
        serving.cancel()
        try await serving.value
        return value
    } catch {
        serving.cancel()
        throw error
    }
}
