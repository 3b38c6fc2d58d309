// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Makes connections to mail servers, with TLS as each endpoint asks for it.
public final class MailConnector: Sendable {
    private let group: any EventLoopGroup
    private let contexts: TLSContexts

    /// Connections on the event loops of `group`.
    public init(group: any EventLoopGroup) {
        self.group = group
        contexts = TLSContexts()
    }

    private init(loop: any EventLoop, contexts: TLSContexts) {
        group = loop
        self.contexts = contexts
    }

    /// Shows `identity` to these servers from now on where they ask for a certificate, and to no others; nil shows none.
    public func show(_ identity: ClientIdentity?, to endpoints: [Endpoint]) {
        contexts.show(identity, to: endpoints)
    }

    /// A connector whose connections are all on one event loop, and what runs tasks there.
    package func onOneLoop() -> (connector: MailConnector, executor: EventLoopExecutor) {
        let loop = group.next()
        return (MailConnector(loop: loop, contexts: contexts), EventLoopExecutor(loop))
    }

    /// Connects to `endpoint`, at its own `address` where one is given; with an implicit-TLS scheme the handshake is done when it returns.
    /// A `judge` decides on the certificates in place of the endpoint's policy.
    /// - Throws: `name`, `refused`, `timedOut` (after `limit` for all together), `tls`, `cancelled`.
    public func connect(
        to endpoint: Endpoint,
        at address: String? = nil,
        judgedBy judge: CertificateJudge? = nil,
        within limit: Duration
    ) async throws(TransportError) -> MailConnection {
        let peer = "\(endpoint.host):\(endpoint.port)"
        let context = endpoint.hasImplicitTLS ? try contexts.context(for: endpoint, isJudged: judge != nil) : nil
        let demands = TLSDemands(endpoint: endpoint, judge: judge)
        do {
            let connection = try await withTaskCancellationHandler {
                try await open(demands, at: address, peer: peer, context: context, limit: limit).get()
            } onCancel: {
                // The attempt ends by its own time limit; a connection that still comes is closed below.
            }
            if Task.isCancelled {
                await connection.close()
                throw TransportError(.cancelled, "\(peer): the connection was cancelled")
            }
            return connection
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(error, peer: peer, during: context == nil ? "connection" : "TLS handshake")
        }
    }

    /// Connects to a service of this machine or network, in clear.
    /// - Throws: `name`, `refused`, `timedOut` (after `limit`), `cancelled`.
    public func connect(
        to service: ServiceAddress,
        within limit: Duration
    ) async throws(TransportError)
        -> MailConnection
    {
        let (peer, contexts) = (service.description, contexts)
        let handlers = ConnectionHandlers()
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.init(limit))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        handlers.remember(ConnectionHandler(peer: peer), channel)
                    )
                }
            }
        let connected =
            switch service {
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            }
        do {
            let connection = try await connected.flatMap { channel in
                Self.complete(nil, peer: peer, channel: channel, handlers[channel], isImplicit: false, contexts, limit)
            }
            .get()
            guard Task.isCancelled else { return connection }
            await connection.close()
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(error, peer: peer, during: "connection")
        }
        throw TransportError(.cancelled, "\(peer): the connection was cancelled")
    }

    private func open(
        _ demands: TLSDemands,
        at address: String?,
        peer: String,
        context: NIOSSLContext?,
        limit: Duration
    ) -> EventLoopFuture<MailConnection> {
        let contexts = contexts
        let endpoint = demands.endpoint
        let handlers = ConnectionHandlers()
        return ClientBootstrap(group: group)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.init(limit))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        let tls = try Self.makeTLSHandler(context, demands)
                        try channel.pipeline.syncOperations.addHandler(tls)
                    }
                    let handler = ConnectionHandler(peer: peer, isImplicit: context != nil)
                    try channel.pipeline.syncOperations.addHandler(handlers.remember(handler, channel))
                }
            }
            .connect(host: address ?? endpoint.host, port: endpoint.port)
            .flatMap { channel in
                Self.complete(
                    demands,
                    peer: peer,
                    channel: channel,
                    handlers[channel],
                    isImplicit: context != nil,
                    contexts,
                    limit
                )
            }
    }

    private static func complete(
        _ demands: TLSDemands?,
        peer: String,
        channel: any Channel,
        _ known: NIOLoopBound<ConnectionHandler>?,
        isImplicit: Bool,
        _ contexts: TLSContexts,
        _ limit: Duration
    ) -> EventLoopFuture<MailConnection> {
        let loop = channel.eventLoop
        guard let handler = known else { preconditionFailure("every channel is made with its handler") }
        let ready = loop.makePromise(of: Void.self)
        if isImplicit {
            let timer = loop.scheduleTask(in: .init(limit)) {
                handler.value.end(TransportError(.timedOut, "\(peer): no TLS handshake within \(limit)"))
                channel.close(promise: nil)
            }
            ready.futureResult.whenComplete { _ in timer.cancel() }
            handler.value.awaitHandshake(completing: ready)
        } else {
            ready.succeed(())
        }
        return ready.futureResult.map {
            MailConnection(
                to: peer,
                demands: demands,
                channel: channel,
                handler: handler,
                contexts: contexts,
                secure: NIOLoopBoundBox(isImplicit, eventLoop: loop)
            )
        }
    }

    /// The TLS handler for `endpoint`, with its name for SNI and for the certificate unless it is an address.
    static func makeTLSHandler(_ context: NIOSSLContext, _ demands: TLSDemands) throws -> NIOSSLClientHandler {
        let host = demands.endpoint.host
        let name = IPAddress.parse(host) == nil ? host : nil
        guard let judge = demands.judge else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
        return try NIOSSLClientHandler(
            context: context,
            serverHostname: name,
            customVerificationCallback: { judge.decide($0, $1) }
        )
    }
}

/// What is asked of TLS on one connection.
struct TLSDemands: Sendable {
    let endpoint: Endpoint
    let judge: CertificateJudge?
}

/// The handlers of the channels that one attempt to connect opens, one for each address that is tried.
///
/// A channel that ended before anybody looked has no handler any more; why it ended is told by the one that it had.
private final class ConnectionHandlers: Sendable {
    private let handlers = Mutex<[ObjectIdentifier: NIOLoopBound<ConnectionHandler>]>([:])

    /// Remembers `handler`, which goes into the pipeline of `channel`; to be called on its event loop.
    func remember(_ handler: ConnectionHandler, _ channel: any Channel) -> ConnectionHandler {
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        handlers.withLock { $0[ObjectIdentifier(channel)] = bound }
        return handler
    }

    subscript(_ channel: any Channel) -> NIOLoopBound<ConnectionHandler>? {
        handlers.withLock { $0[ObjectIdentifier(channel)] }
    }
}
