// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import NIOSSL

/// A server on loopback that says a greeting and answers each line from a table; `STARTTLS` begins TLS behind its answer, and `{certificate}` in an
/// answer is the hash of the client's certificate, or `none`.
final class ScriptedServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup

    init(
        greeting: String?,
        answers: [String: String] = [:],
        tls: NIOSSLContext? = nil,
        implicit: Bool = false
    ) async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if implicit, let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        AnswerHandler(greeting: greeting, answers: answers, tls: tls)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }
}

private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let greeting: String?
    private let answers: [String: String]
    private let tls: NIOSSLContext?
    private var received = ""

    init(greeting: String?, answers: [String: String], tls: NIOSSLContext?) {
        self.greeting = greeting
        self.answers = answers
        self.tls = tls
    }

    func channelActive(context: ChannelHandlerContext) {
        if let greeting { write(greeting, context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        while let end = received.firstRange(of: "\r\n") {
            let line = String(received[..<end.lowerBound])
            received.removeSubrange(..<end.upperBound)
            guard let answer = answers[line] else { return context.close(promise: nil) }
            write(answer.replacing("{certificate}", with: certificate(context)), context)
            if line == "STARTTLS", let tls {
                do {
                    try context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
                } catch { context.close(promise: nil) }
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func certificate(_ context: ChannelHandlerContext) -> String {
        do {
            let shown = try context.pipeline.syncOperations.nioSSL_peerCertificate()
            return try shown.map { "\(try $0.toDERBytes().hashValue)" } ?? "none"
        } catch { return "none" }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
