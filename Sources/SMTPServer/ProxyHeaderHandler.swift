// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import NIOCore
import SMTPProtocol

/// Waits for the header of a listed proxy, then serves the connection for the client that it names.
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// How long the header may take: a proxy sends it with the connection.
    static let patience = TimeAmount.seconds(30)

    private let proxy: PeerAddress
    private let logger: Logger
    /// Puts the handlers for the client behind this one.
    private let serve: (any Channel, PeerAddress) throws -> Void
    private var decoder = ProxyHeaderDecoder()
    private var received = ByteBuffer()
    private var timer: Scheduled<Void>?
    private var isOver = false

    init(proxy: PeerAddress, logger: Logger, serve: @escaping (any Channel, PeerAddress) throws -> Void) {
        self.proxy = proxy
        self.logger = logger
        self.serve = serve
    }

    func channelActive(context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: Self.patience) {
            self.refuse(context, "it sends no PROXY header within \(Self.patience.nanoseconds / 1_000_000_000) s")
        }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return context.fireChannelRead(data) }
        var octets = unwrapInboundIn(data)
        received.writeBuffer(&octets)
        switch decoder.decode(&received) {
        case nil: received.discardReadBytes()
        case .client(let octets): pass(context, PeerAddress(octets: octets))
        case .local: pass(context, proxy)
        case .fault(let fault): refuse(context, fault.words)
        }
    }

    private func pass(_ context: ChannelHandlerContext, _ client: PeerAddress) {
        isOver = true
        timer?.cancel()
        do {
            try serve(context.channel, client)
        } catch {
            logger.error("connection not served", metadata: ["peer": "\(client)", "error": "\(error)"])
            return context.close(promise: nil)
        }
        if received.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(received)) }
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func refuse(_ context: ChannelHandlerContext, _ words: String) {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        received = ByteBuffer()
        logger.error("a proxy is not served", metadata: ["peer": "\(proxy)", "error": "\(words)"])
        context.close(promise: nil)
    }
}
