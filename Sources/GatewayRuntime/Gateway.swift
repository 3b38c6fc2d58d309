// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import GatewayConfiguration
public import Logging
import MailModel
import MailQueue
import MailRetrieval
import MailTransport
public import NIOCore
import QueueSQLite
import SMTPDelivery
import SMTPServer
public import ServiceLifecycle
import Synchronization

/// The whole gateway: listeners, queue, delivery, retrieval and housekeeping around one store.
///
/// `start` opens the store and binds the listeners, `run` serves until graceful shutdown, `reload` applies a changed configuration
/// without dropping a connection.
public final class Gateway: Service {
    private let group: any EventLoopGroup
    private let logger: Logger
    private let store: SQLiteQueue
    private let processFile: ProcessFile
    private let alerts: GatewayAlerts
    private let delivery: DeliveryService
    private let retrieval: RetrievalService
    private let housekeeping: Housekeeping
    private let clock = SystemClock()
    private let state: Mutex<State>
    private let changes: AsyncStream<Change>
    private let changed: AsyncStream<Change>.Continuation

    private struct State {
        var configuration: Configuration
        var listeners: [ListenerKey: RunningListener] = [:]
    }

    /// What makes a listener the same one before and after a reload.
    private struct ListenerKey: Hashable {
        var address: String
        var port: Int
        var role: ListenerConfiguration.Role
        var place: Int
    }

    private struct RunningListener: Sendable {
        var listener: SMTPListener
        var receiver: QueueReceiver
        var boundPort: Int
    }

    private enum Change: Sendable {
        case serve(SMTPListener)
    }

    /// Opens the store of `configuration` and makes everything ready; nothing listens yet.
    ///
    /// - Throws: `GatewayError` when another gateway runs on the same state, or the state cannot be opened.
    public init(configuration: Configuration, group: any EventLoopGroup, logger: Logger) throws(GatewayError) {
        self.group = group
        self.logger = logger
        do throws(QueueError) {
            store = try SQLiteQueue.open(
                directory: configuration.state,
                minimumFree: configuration.queue.minimumFree.octets
            )
            try store.lockForService()
        } catch {
            throw GatewayError("\(error)")
        }
        processFile = ProcessFile(state: configuration.state)
        let wakening = Wakening()
        alerts = GatewayAlerts(
            store: store,
            sender: .init(configuration),
            clock: clock,
            wake: { wakening.wake($0) },
            logger: logger
        )
        let connector = MailConnector(group: group)
        delivery = DeliveryService(
            store: store,
            settings: DeliverySettings(configuration),
            connector: connector,
            alerts: alerts,
            clock: clock,
            owner: Self.owner(configuration),
            logger: logger
        )
        wakening.set(delivery)
        retrieval = RetrievalService(
            store: store,
            settings: RetrievalSettings(configuration),
            connector: connector,
            alerts: alerts,
            clock: clock,
            wake: { wakening.wake($0) },
            logger: logger
        )
        housekeeping = Housekeeping(store: store, alerts: alerts, clock: clock, logger: logger)
        state = Mutex(State(configuration: configuration))
        (changes, changed) = AsyncStream.makeStream(of: Change.self)
    }

    /// The name under which this gateway leases what it delivers; the lock on the state keeps it single.
    private static func owner(_ configuration: Configuration) -> String { configuration.hostname }

    /// Binds the listeners.
    ///
    /// - Returns: the ports that were bound, in the order of the configuration.
    @discardableResult
    public func start() async throws -> [Int] {
        let configuration = state.withLock { $0.configuration }
        try processFile.write()
        var ports: [Int] = []
        for (key, listener) in keyed(configuration) {
            ports.append(try await bind(key, listener, configuration))
        }
        logger.notice(
            "gateway started",
            metadata: [
                "hostname": "\(configuration.hostname)", "state": "\(configuration.state)",
                "listeners": "\(configuration.listeners.count)", "accounts": "\(configuration.accounts.count)",
            ]
        )
        return ports
    }

    /// Serves until graceful shutdown; what was acknowledged is on disk when it returns.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await self.delivery.run() }
            tasks.addTask { try await self.retrieval.run() }
            tasks.addTask { await self.keepHouse() }
            tasks.addTask { try await self.serveListeners() }
            try await tasks.waitForAll()
        }
        processFile.remove()
        await store.close()
        logger.notice("gateway stopped")
    }

    /// Applies `configuration` to what comes from now on; connections and transactions go on.
    ///
    /// - Throws: `GatewayError` when a listener cannot be bound or its certificate cannot be used; then nothing of it applies.
    public func reload(_ configuration: Configuration) async throws(GatewayError) {
        let current = state.withLock { $0.configuration }
        guard configuration.state == current.state else {
            throw GatewayError("`state` cannot change while the gateway runs; restart it to use \(configuration.state)")
        }
        let wanted = keyed(configuration)
        var settings: [ListenerKey: ListenerSettings] = [:]
        for (key, listener) in wanted {
            settings[key] = try ListenerSettings(listener, hostname: configuration.hostname, logger: logger)
        }
        let running = state.withLock { $0.listeners }
        for (key, listener) in wanted where running[key] == nil {
            do { try await bind(key, listener, configuration) } catch {
                throw GatewayError("cannot listen on \(listener.address) port \(listener.port): \(error)")
            }
        }
        for (key, entry) in running {
            if let settings = settings[key] {
                entry.listener.update(settings: settings)
                entry.receiver.update(ReceptionPolicy(key.role, configuration))
            } else {
                entry.listener.stop()
                state.withLock { _ = $0.listeners.removeValue(forKey: key) }
            }
        }
        delivery.update(DeliverySettings(configuration))
        retrieval.update(RetrievalSettings(configuration))
        alerts.update(.init(configuration))
        state.withLock { $0.configuration = configuration }
        logger.notice("configuration applied", metadata: ["accounts": "\(configuration.accounts.count)"])
    }

    // MARK: Listeners

    private func keyed(_ configuration: Configuration) -> [(ListenerKey, ListenerConfiguration)] {
        var places: [String: Int] = [:]
        return configuration.listeners.map { listener in
            let place = places["\(listener.address) \(listener.port) \(listener.role)", default: 0]
            places["\(listener.address) \(listener.port) \(listener.role)"] = place + 1
            return (
                ListenerKey(address: listener.address, port: listener.port, role: listener.role, place: place), listener
            )
        }
    }

    @discardableResult
    private func bind(
        _ key: ListenerKey,
        _ listener: ListenerConfiguration,
        _ configuration: Configuration
    ) async throws -> Int {
        let delivery = delivery
        var logger = logger
        logger[metadataKey: "role"] = "\(listener.role.rawValue)"
        let receiver = QueueReceiver(
            policy: ReceptionPolicy(listener.role, configuration),
            store: store,
            clock: clock,
            wake: { delivery.wake($0) },
            logger: logger
        )
        let server = SMTPListener(
            settings: try ListenerSettings(listener, hostname: configuration.hostname, logger: logger),
            receiver: receiver,
            group: group,
            logger: logger
        )
        let port = try await server.start()
        state.withLock {
            $0.listeners[key] = RunningListener(listener: server, receiver: receiver, boundPort: port)
        }
        changed.yield(.serve(server))
        return port
    }

    /// Runs each listener in a task of its own, those that a reload adds too, until graceful shutdown.
    private func serveListeners() async throws {
        try await withThrowingDiscardingTaskGroup { tasks in
            for await change in changes.cancelOnGracefulShutdown() {
                switch change {
                case .serve(let listener): tasks.addTask { try await listener.run() }
                }
            }
        }
    }

    // MARK: Housekeeping

    private func keepHouse() async {
        await cancelWhenGracefulShutdown {
            var minute = 0
            while !Task.isCancelled {
                let configuration = self.state.withLock { $0.configuration }
                await self.housekeeping.round(
                    history: configuration.queue.history,
                    certificates: configuration.listeners.compactMap { $0.tls?.certificate },
                    isHourly: minute % 60 == 0
                )
                minute += 1
                do { try await Task.sleep(for: .seconds(60)) } catch { return }
            }
        }
    }
}

/// Carries wake-ups to the delivery agent, which is made after those who call it.
private final class Wakening: Sendable {
    private let delivery = Mutex<DeliveryService?>(nil)

    func set(_ service: DeliveryService) {
        delivery.withLock { $0 = service }
    }

    func wake(_ route: Route) {
        delivery.withLock { $0 }?.wake(route)
    }
}

extension GatewayAlerts.Sender {
    init(_ configuration: Configuration) {
        self.init(hostname: configuration.hostname, postmaster: configuration.postmaster)
    }
}
