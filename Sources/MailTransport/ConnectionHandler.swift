// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOSSL
import NIOTLS

/// Hands the octets of one connection to the task that owns it, and keeps what came before it asked, within a bound.
///
/// All its functions run on the channel's event loop.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Octets kept for a task that does not read; beyond it the socket is not read either (backpressure).
    private static let maximumBuffered = 1_048_576

    private let peer: String
    private var buffered: ByteBuffer?
    private var ending: TransportError?
    private var reader: EventLoopPromise<ByteBuffer>?
    private var handshake: EventLoopPromise<Void>?
    private var context: ChannelHandlerContext?
    private var listener: (@Sendable () -> Void)?
    private var isPaused = false
    /// True while TLS that is there from the start, or was begun, is not yet established.
    private var isHandshaking: Bool

    init(peer: String, isImplicit: Bool = false) {
        self.peer = peer
        isHandshaking = isImplicit
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(TransportError(.closed, "\(peer) closed the connection"))
        self.context = nil
    }

    /// Completes `promise` with the next octets, or with the error that ended the connection.
    func read(into promise: EventLoopPromise<ByteBuffer>) {
        if let octets = buffered {
            buffered = nil
            promise.succeed(octets)
            resume()
        } else if let ending {
            promise.fail(ending)
        } else if reader != nil {
            preconditionFailure("two tasks read one connection")
        } else {
            reader = promise
        }
    }

    /// The octets that have come, or nil; fails with the error that ended the connection.
    func readAvailable() throws(TransportError) -> ByteBuffer? {
        if let octets = buffered {
            buffered = nil
            resume()
            return octets
        }
        if let ending { throw ending }
        return nil
    }

    /// Calls `listener` once when there is something to read, or the connection has ended.
    func notify(_ listener: @escaping @Sendable () -> Void) {
        guard buffered == nil, ending == nil else { return listener() }
        self.listener = listener
    }

    private func callListener() {
        listener?()
        listener = nil
    }

    /// Gives up the waiting read, when there is one.
    func abandonRead(_ error: TransportError) {
        reader?.fail(error)
        reader = nil
    }

    /// Puts TLS below this handler; nothing may be buffered, for it would be plaintext taken for ciphertext's content.
    func startTLS(_ tls: NIOSSLClientHandler, completing promise: EventLoopPromise<Void>) {
        guard buffered == nil, let context else {
            let error =
                ending
                ?? TransportError(
                    .injection,
                    "\(peer) sent octets in clear behind its go-ahead for TLS; connection closed"
                )
            buffered = nil  // nobody may take it for an answer
            end(error)
            self.context?.close(promise: nil)
            return promise.fail(error)
        }
        handshake = promise
        isHandshaking = true
        do {
            try context.pipeline.syncOperations.addHandler(tls, position: .before(self))
        } catch {
            handshake = nil
            promise.fail(TransportError(.tls, "\(peer): TLS could not begin: \(error)"))
        }
    }

    /// Waits for the handshake of a TLS handler that is there from the start.
    func awaitHandshake(completing promise: EventLoopPromise<Void>) {
        if let ending {
            promise.fail(ending)
        } else if isHandshaking {
            handshake = promise
        } else {
            promise.succeed(())
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var octets = unwrapInboundIn(data)
        if let reader {
            self.reader = nil
            reader.succeed(octets)
        } else {
            if buffered?.writeBuffer(&octets) == nil { buffered = octets }
            pauseWhenFull(context)
            callListener()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted:
            isHandshaking = false
            handshake?.succeed(())
            handshake = nil
        case ChannelEvent.inputClosed:
            context.close(promise: nil)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(TransportError(.closed, "\(peer) closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(TransportError(error, peer: peer, during: isHandshaking ? "TLS handshake" : "connection"))
        context.close(promise: nil)
    }

    /// Ends the connection for its reader; the first reason stays.
    func end(_ error: TransportError) {
        if ending == nil { ending = error }
        let reason = ending ?? error
        reader?.fail(reason)
        reader = nil
        handshake?.fail(reason)
        handshake = nil
        callListener()
    }

    /// The error that ended the connection, when it ended.
    var endingError: TransportError? { ending }

    private func pauseWhenFull(_ context: ChannelHandlerContext) {
        guard !isPaused, let count = buffered?.readableBytes, count > Self.maximumBuffered else { return }
        isPaused = true
        setAutoRead(false, context)
    }

    private func resume() {
        guard isPaused, let context else { return }
        isPaused = false
        setAutoRead(true, context)
    }

    private func setAutoRead(_ value: Bool, _ context: ChannelHandlerContext) {
        context.channel.setOption(.autoRead, value: value).whenFailure { [peer] error in
            // The option fails only on a channel that has closed meanwhile; its end is reported by `channelInactive`.
            assert(error is ChannelError, "\(peer): \(error)")
        }
    }
}
