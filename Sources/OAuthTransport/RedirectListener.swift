// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
import NIOCore
import NIOHTTP1
import NIOPosix

/// Waits on loopback for the browser that an authorization server sends back (RFC 8252 §7.3).
public final class RedirectListener: Sendable {
    /// The port, of the system's choice.
    public let port: Int
    private let channel: any Channel
    private let redirections: AsyncStream<Secret>
    private let found: AsyncStream<Secret>.Continuation

    /// A listener on 127.0.0.1; it answers every browser with `page`.
    public init(page: String) async throws {
        let (redirections, found) = AsyncStream.makeStream(of: Secret.self, bufferingPolicy: .bufferingNewest(8))
        (self.redirections, self.found) = (redirections, found)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.configureHTTPServerPipeline()
                    try child.pipeline.syncOperations.addHandler(RedirectHandler(page: page, found: found))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    /// The path and query of the next request that has a query.
    ///
    /// - Returns: nil when the listener was closed or the task cancelled.
    public func next() async -> Secret? {
        var iterator = redirections.makeAsyncIterator()
        return await iterator.next()
    }

    /// Listens no longer.
    public func close() async throws {
        found.finish()
        try await channel.close()
    }
}

private final class RedirectHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let page: String
    private let found: AsyncStream<Secret>.Continuation

    init(page: String, found: AsyncStream<Secret>.Continuation) {
        self.page = page
        self.found = found
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        // A browser asks for /favicon.ico too.
        let isAnswer = head.method == .GET && head.uri.contains("?")
        let text = isAnswer ? page : ""
        let headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(text.utf8.count)", "Connection": "close",
            "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
        ]
        let answer = HTTPResponseHead(version: .http1_1, status: isAnswer ? .ok : .notFound, headers: headers)
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
        if isAnswer { found.yield(Secret(head.uri)) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
