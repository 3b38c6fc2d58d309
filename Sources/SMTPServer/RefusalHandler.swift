// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol

/// Tells a client that is not served why, in place of a greeting, and closes.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let reply: SMTPReply?

    /// A refusal with `reply`; without one for a client that expects TLS first and would not understand it.
    init(_ reply: SMTPReply?) {
        self.reply = reply
    }

    func channelActive(context: ChannelHandlerContext) { refuse(context) }

    func handlerAdded(context: ChannelHandlerContext) {
        // Behind the header of a proxy the connection is up already.
        if context.channel.isActive { refuse(context) }
    }

    private func refuse(_ context: ChannelHandlerContext) {
        guard let reply else { return context.close(promise: nil) }
        var buffer = context.channel.allocator.buffer(capacity: 256)
        reply.encode(into: &buffer)
        context.writeAndFlush(wrapOutboundOut(buffer)).assumeIsolatedUnsafeUnchecked().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
