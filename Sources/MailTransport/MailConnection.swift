// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
public import NIOCore
import NIOSSL

/// One connection to a mail server, owned by one task: it reads when the task asks and writes what the task gives.
public final class MailConnection: Sendable {
    /// Host, port and address, for logs and errors: `smtp.pec.example.it:465 (192.0.2.7)`.
    public let peer: String
    /// The server's address without port; empty when the socket has none.
    public let address: String

    /// Nil for a service, which speaks no TLS.
    private let demands: TLSDemands?
    private let channel: any Channel
    private let handler: NIOLoopBound<ConnectionHandler>
    private let contexts: TLSContexts
    private let secure: NIOLoopBoundBox<Bool>

    init(
        to name: String,
        demands: TLSDemands?,
        channel: any Channel,
        handler: NIOLoopBound<ConnectionHandler>,
        contexts: TLSContexts,
        secure: NIOLoopBoundBox<Bool>
    ) {
        self.demands = demands
        self.channel = channel
        self.handler = handler
        self.contexts = contexts
        self.secure = secure
        let address = channel.remoteAddress?.ipAddress ?? ""
        self.address = address
        peer = name + (address.isEmpty || name.contains(address) ? "" : " (\(address))")
    }

    /// False once the other side has closed the connection, as servers do with idle ones, or we have.
    public var isOpen: Bool { channel.isActive }

    /// True once TLS is established.
    public func isSecure() async -> Bool {
        do {
            return try await channel.eventLoop.submit { [secure] in secure.value }.get()
        } catch {
            return false  // the loop has shut down: there is no connection any more
        }
    }

    /// The next octets, at least one, as many as have come.
    /// - Throws: `closed` at the end of the stream, `timedOut` after `limit` without an octet, `tls`, `cancelled`.
    public func read(within limit: Duration) async throws(TransportError) -> ByteBuffer {
        let promise = channel.eventLoop.makePromise(of: ByteBuffer.self)
        let (handler, peer, loop) = (handler, peer, channel.eventLoop)
        loop.execute {
            let timer = loop.scheduleTask(in: .init(limit)) {
                handler.value.abandonRead(TransportError(.timedOut, "\(peer) sent nothing for \(limit)"))
            }
            promise.futureResult.whenComplete { _ in timer.cancel() }
            handler.value.read(into: promise)
        }
        return try await finish(promise.futureResult) {
            handler.value.abandonRead(TransportError(.cancelled, "\(peer): the wait for octets was cancelled"))
        }
    }

    /// The octets that have come and were not read; nil when there are none. It does not wait for any.
    /// - Throws: what ended the connection.
    public func readAvailable() async throws(TransportError) -> ByteBuffer? {
        let promise = channel.eventLoop.makePromise(of: ByteBuffer?.self)
        let handler = handler
        channel.eventLoop.execute { promise.completeWith(Result { try handler.value.readAvailable() }) }
        return try await finish(promise.futureResult) {}
    }

    /// Calls `listener` once, on the event loop, as soon as there is something to read or the connection has ended: a wait that costs
    /// nothing. Another call takes its place.
    public func notify(_ listener: @escaping @Sendable () -> Void) {
        let handler = handler
        channel.eventLoop.execute { handler.value.notify(listener) }
    }

    /// Writes `octets`; returns when they were handed to the system.
    /// - Throws: `timedOut` when the peer takes nothing for `limit`; the connection is closed then.
    public func write(_ octets: ByteBuffer, within limit: Duration) async throws(TransportError) {
        let (handler, peer, channel) = (handler, peer, channel)
        let timer = channel.eventLoop.scheduleTask(in: .init(limit)) {
            handler.value.end(TransportError(.timedOut, "\(peer) took no octets for \(limit)"))
            channel.close(promise: nil)
        }
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.writeAndFlush(octets, promise: promise)
        let written = promise.futureResult
        written.whenComplete { _ in timer.cancel() }
        try await finish(written) {
            handler.value.end(TransportError(.cancelled, "\(peer): the write was cancelled"))
            channel.close(promise: nil)
        }
    }

    /// Begins TLS on a connection in clear, once the server has given its go-ahead.
    /// - Throws: `injection` when octets in clear were already there behind the go-ahead, `tls`, `timedOut`.
    public func startTLS(within limit: Duration) async throws(TransportError) {
        guard let demands else { throw TransportError(.tls, "\(peer) is a service without TLS") }
        let context = try contexts.context(for: demands.endpoint, isJudged: demands.judge != nil)
        let (handler, peer, channel, secure) = (handler, peer, channel, secure)
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.eventLoop.execute {
            do {
                let tls = try MailConnector.makeTLSHandler(context, demands)
                let timer = channel.eventLoop.scheduleTask(in: .init(limit)) {
                    handler.value.end(TransportError(.timedOut, "\(peer): no TLS handshake within \(limit)"))
                    channel.close(promise: nil)
                }
                promise.futureResult.whenComplete { _ in timer.cancel() }
                promise.futureResult.whenSuccess { secure.value = true }
                handler.value.startTLS(tls, completing: promise)
            } catch {
                promise.fail(TransportError(error, peer: peer, during: "TLS handshake"))
            }
        }
        try await finish(promise.futureResult) {
            handler.value.end(TransportError(.cancelled, "\(peer): the TLS handshake was cancelled"))
            channel.close(promise: nil)
        }
    }

    /// Closes the connection; harmless when it is closed.
    public func close() async {
        let closed = channel.eventLoop.makePromise(of: Void.self)
        channel.closeFuture.cascade(to: closed)
        channel.close(promise: nil)
        do { try await closed.futureResult.get() } catch { assertionFailure("closeFuture never fails: \(error)") }
    }

    /// Waits for `future`; when the task is cancelled meanwhile, `abandon` runs on the event loop and ends it.
    private func finish<Value: Sendable>(
        _ future: EventLoopFuture<Value>,
        abandon: @escaping @Sendable () -> Void
    ) async throws(TransportError) -> Value {
        do {
            return try await withTaskCancellationHandler {
                try await future.get()
            } onCancel: {
                future.eventLoop.execute(abandon)
            }
        } catch let error as TransportError {
            throw error
        } catch {
            let handler = handler
            let ending = channel.eventLoop.makePromise(of: TransportError?.self)
            channel.eventLoop.execute { ending.succeed(handler.value.endingError) }
            let reason: TransportError?
            do { reason = try await ending.futureResult.get() } catch { reason = nil }
            throw reason ?? TransportError(error, peer: peer, during: "connection")
        }
    }
}

extension TimeAmount {
    /// The same length of time; what does not fit is the longest that does.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self = .nanoseconds(overflow ? .max / 2 : nanoseconds + attoseconds / 1_000_000_000)
    }
}
