// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// One connection with an `AuthorizationServer`.
final class AuthorizationHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: AuthorizationServer
    private var head: HTTPRequestHead?
    private var body = ""

    init(server: AuthorizationServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, "")
        case .body(let octets): body += String(buffer: octets)
        case .end:
            guard let head, let answer = server.answer(head.method, head.uri, body) else { return }
            send(answer, context)
        }
    }

    private func send(_ answer: AuthorizationServer.Answer, _ context: ChannelHandlerContext) {
        var headers: HTTPHeaders = ["content-type": "application/json"]
        if let location = answer.location { headers.add(name: "location", value: location) }
        if answer.isEndless || answer.isDripping {
            headers.add(name: "transfer-encoding", value: "chunked")
        } else {
            headers.add(name: "content-length", value: "\(answer.body.utf8.count)")
        }
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        if answer.isEndless {
            pour(context)
        } else if answer.isDripping {
            drip(context)
        } else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    /// More and more of the same, until the client has enough; each time after a rest, which leaves turns of the loop to others.
    private func pour(_ context: ChannelHandlerContext) {
        let piece = ByteBuffer(repeating: UInt8(ascii: "a"), count: 16_384)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece)))).whenSuccess {
            let (handler, context) = bound.value
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { handler.pour(context) }
        }
    }

    /// An octet at a time, until the client has enough.
    private func drip(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "a"))))).whenSuccess {
            let (_, context) = bound.value
            context.eventLoop.scheduleTask(in: .milliseconds(100)) {
                let (handler, context) = bound.value
                handler.drip(context)
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
