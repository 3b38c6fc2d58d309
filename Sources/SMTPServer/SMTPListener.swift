// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
import MailModel
import MailTransport
public import NIOCore
import NIOPosix
import NIOSSL
public import ServiceLifecycle
import Synchronization

/// An SMTP port: accepts connections, serves each by an `SMTPServerMachine`, and hands messages to its receiver.
///
/// The receiver's functions are called on the connection's event loop and must not block it: what takes time waits in a
/// queue of its own. Passwords alone are checked elsewhere.
public final class SMTPListener: Service {
    /// How long sessions may take to end once the listener stops.
    static let patience = Duration.seconds(8)

    private struct State {
        /// What new connections are served by.
        var service: ListenerService
        var channel: (any Channel)?
    }

    private struct ListenerService {
        var profile: ListenerProfile
        var receiver: any MessageReceiving
        var logger: Logger
    }

    private let state: Mutex<State>
    private let registry = SessionRegistry()
    private let logins = LoginGuard()
    private let group: any EventLoopGroup
    private let executors: [ObjectIdentifier: EventLoopExecutor]

    /// A listener that is not bound yet.
    ///
    /// - Parameters:
    ///   - settings: how clients are served; address and port cannot be changed later.
    ///   - receiver: takes the messages.
    ///   - group: the event loops that serve the connections.
    ///   - logger: its metadata stand in every line about this listener.
    public init(
        settings: ListenerSettings,
        receiver: any MessageReceiving,
        group: any EventLoopGroup,
        logger: Logger
    ) {
        let service = ListenerService(profile: ListenerProfile(settings), receiver: receiver, logger: logger)
        state = Mutex(State(service: service))
        self.group = group
        var executors: [ObjectIdentifier: EventLoopExecutor] = [:]
        for loop in group.makeIterator() { executors[ObjectIdentifier(loop)] = EventLoopExecutor(loop) }
        self.executors = executors
    }

    /// Binds and begins to accept.
    ///
    /// - Returns: the port, which the system chose when the settings said 0.
    /// - Throws: `ListenerError` when the address cannot be bound.
    public func start() async throws -> Int {
        let settings = service.profile.settings
        guard settings.tls != nil || !settings.hasImplicitTLS else {
            throw ListenerError(.settings, "\(name(settings)): implicit TLS needs a certificate and its key")
        }
        let channel = try await bind(settings)
        state.withLock { $0.channel = channel }
        let port = channel.localAddress?.port ?? settings.port
        logger.info("listening", metadata: ["address": "\(settings.address)", "port": "\(port)"])
        return port
    }

    private func name(_ settings: ListenerSettings) -> String {
        settings.address.contains(":")
            ? "[\(settings.address)]:\(settings.port)" : "\(settings.address):\(settings.port)"
    }

    private func bind(_ settings: ListenerSettings) async throws(ListenerError) -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 16384, initial: 16384, maximum: 65536)
            )
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try accept(channel) }
            }
        do {
            return try await bootstrap.bind(host: settings.address, port: settings.port).get()
        } catch {
            throw ListenerError(
                .bind,
                "cannot listen on \(name(settings)): \(ListenerError.reason(error))"
            )
        }
    }

    /// Serves until the service is told to stop, or its task is cancelled; binds first, when `start` was not called.
    ///
    /// It stops accepting at once, takes leave of the sessions that are idle with 421 4.3.2, and lets the others end
    /// for eight seconds: a message whose content is complete gets its reply.
    /// - Throws: the error of `start`.
    public func run() async throws {
        if state.withLock({ $0.channel == nil }) { _ = try await start() }
        guard let channel = state.withLock({ $0.channel }) else { return }
        await withTaskCancellationOrGracefulShutdownHandler {
            do {
                try await channel.closeFuture.get()
            } catch {
                logger.error("the listening socket failed", metadata: ["error": "\(error)"])
            }
        } onCancelOrGracefulShutdown: {
            channel.close(promise: nil)
        }
        await stopSessions()
        logger.info(
            "stopped listening",
            metadata: ["port": "\(channel.localAddress?.port ?? service.profile.settings.port)"]
        )
    }

    /// Serves new connections by new settings, and by a new receiver and logger where they are given; present ones keep theirs, but where other
    /// `tenants` are listed now: their next MAIL is answered 421 4.3.2. Address and port are not looked at.
    public func update(settings: ListenerSettings, receiver: (any MessageReceiving)? = nil, logger: Logger? = nil) {
        let profile = ListenerProfile(settings)
        state.withLock { state in
            state.service.profile = profile
            if let receiver { state.service.receiver = receiver }
            if let logger { state.service.logger = logger }
        }
    }

    /// Stops as at graceful shutdown: `run` takes leave of the sessions and returns. The port is free when this returns.
    public func stop() async {
        guard let channel = state.withLock({ $0.channel }) else { return }
        do {
            try await channel.close().get()
        } catch {
            // It is closed already.
        }
    }

    /// Sessions that are open.
    public var sessions: Int { registry.channels.count }

    private var service: ListenerService { state.withLock { $0.service } }
    private var logger: Logger { service.logger }

    /// Runs on the connection's event loop before anything is read. What a listed proxy hands over waits for the proxy's header.
    private func accept(_ channel: any Channel) throws {
        let service = service
        let peer = PeerAddress(channel.remoteAddress)
        guard service.profile.isProxy(peer) else { return try serve(channel, peer, service) }
        let handler = ProxyHeaderHandler(proxy: peer, logger: service.logger) { [self] channel, client in
            try serve(channel, client, service)
        }
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// Serves the client at `peer`, or tells it why not.
    private func serve(_ channel: any Channel, _ peer: PeerAddress, _ service: ListenerService) throws {
        let profile = service.profile
        let operations = channel.pipeline.syncOperations
        let screen = profile.screen(peer)
        let refusal = profile.refusal(of: peer) ?? screen?.admit(hostname: profile.settings.hostname)
        if let reply = refusal ?? registry.admit(channel, from: peer, profile) {
            // Of those who are blocked, and come again and again, the log has said enough.
            let level: Logger.Level = reply.isPermanent ? .notice : .info
            service.logger.log(level: level, "connection refused", metadata: ["peer": "\(peer)", "reply": "\(reply)"])
            try operations.addHandler(RefusalHandler(profile.settings.hasImplicitTLS ? nil : reply))
            return
        }
        let loop = channel.eventLoop
        let handler = SMTPSessionHandler(
            profile: profile,
            receiver: service.receiver,
            registry: registry,
            logins: logins,
            executor: executors[ObjectIdentifier(loop)] ?? EventLoopExecutor(loop),
            loop: loop,
            peer: peer,
            screen: screen,
            logger: service.logger,
            isOutdated: { [self] in self.service.profile.settings.tenants != profile.settings.tenants }
        )
        if profile.settings.hasImplicitTLS, let tls = profile.settings.tls {
            let secured = profile.secure(tls)
            handler.judge = secured.judge
            try operations.addHandler(secured.handler)
        }
        try operations.addHandler(handler)
    }

    private func stopSessions() async {
        for channel in registry.channels { channel.pipeline.fireUserInboundEventTriggered(SessionOrder.stop) }
        let registry = registry
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await registry.waitUntilEmpty() }
            group.addTask {
                do {
                    try await Task.sleep(for: Self.patience)
                } catch {
                    // Every session has ended, or nobody waits any more.
                }
                for channel in registry.channels { channel.pipeline.fireUserInboundEventTriggered(SessionOrder.end) }
            }
            await group.next()
            group.cancelAll()
        }
    }
}
