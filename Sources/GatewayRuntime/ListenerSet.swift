// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedIntake
import ContentScanning
import DomainKeys
import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import NIOCore
import SMTPServer
import SecretsVault
import ServiceLifecycle
import Synchronization

/// The listeners that run, and how a changed configuration exchanges them: whole, or not at all.
///
/// A listener is known by its address. One that stays serves new connections by the new settings, whatever changed of them, its role
/// and TLS included; the connections that are open keep the role and the settings under which they were admitted.
final class ListenerSet: Sendable {
    /// What makes a listener the same one before and after a change.
    private struct Key: Hashable {
        var address: String
        var port: Int
        /// Tells those apart whose port the system chooses.
        var place: Int

        /// True when both cannot be bound at a time: one of them takes every address of the port.
        func clashes(with other: Self) -> Bool {
            let wildcards = ["0.0.0.0", "::"]
            return port != 0 && port == other.port
                && (wildcards.contains(address) || wildcards.contains(other.address))
        }
    }

    /// By what a connection was admitted.
    struct Admission: Hashable, Sendable {
        let role: ListenerConfiguration.Role
        /// True where everybody is, for a secret in the recipient's address.
        let isOpen: Bool

        init(_ listener: ListenerConfiguration) {
            role = listener.role
            isOpen = !listener.recipientSuffixes.isEmpty
        }
    }

    private struct Running: Sendable {
        var listener: SMTPListener
        var configuration: ListenerConfiguration
        /// A connection stays with the receiver under which it was admitted.
        var receivers: [Admission: QueueReceiver]
    }

    private struct State {
        var configuration: Configuration
        var running: [Key: Running] = [:]
    }

    private let store: any QueueStore & VaultStore
    private let examiner: CertifiedExaminer
    private let filter: ContentFilter
    private let signing: SigningKeyRing
    private let directory: any RecipientVerifying
    private let exchangeOffer: @Sendable () -> ServerOffer?
    private let screen: SenderScreen
    private let loops: LoopWatch
    private let clock: any WallClock
    private let wake: @Sendable (Route) -> Void
    private let group: any EventLoopGroup
    private let logger: Logger
    private let state: Mutex<State>
    private let opened: AsyncStream<SMTPListener>
    private let open: AsyncStream<SMTPListener>.Continuation

    /// The listeners of `configuration`, none of them bound.
    init(
        _ configuration: Configuration,
        store: any QueueStore & VaultStore,
        examiner: CertifiedExaminer,
        filter: ContentFilter,
        signing: SigningKeyRing,
        directory: any RecipientVerifying,
        exchangeOffer: @escaping @Sendable () -> ServerOffer?,
        screen: SenderScreen,
        loops: LoopWatch,
        clock: any WallClock,
        wake: @escaping @Sendable (Route) -> Void,
        group: any EventLoopGroup,
        logger: Logger
    ) {
        self.store = store
        self.examiner = examiner
        self.filter = filter
        self.signing = signing
        self.directory = directory
        self.exchangeOffer = exchangeOffer
        self.screen = screen
        self.loops = loops
        self.clock = clock
        self.wake = wake
        self.group = group
        self.logger = logger
        state = Mutex(State(configuration: configuration))
        (opened, open) = AsyncStream.makeStream(of: SMTPListener.self)
    }

    /// Binds all.
    ///
    /// - Returns: the ports, in the order of the configuration.
    func start() async throws(GatewayError) -> [Int] {
        let configuration = state.withLock { $0.configuration }
        var ports: [Int] = []
        for (key, listener) in Self.keyed(configuration) {
            let (running, port) = try await bind(listener, configuration)
            state.withLock { $0.running[key] = running }
            ports.append(port)
        }
        return ports
    }

    /// Runs each listener in a task of its own, those that a change adds too, until graceful shutdown.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { tasks in
            for await listener in opened.cancelOnGracefulShutdown() {
                tasks.addTask { try await listener.run() }
            }
        }
    }

    /// Exchanges the listeners for those of `configuration`.
    ///
    /// New ones are bound before anything else changes. One that clashes with one that goes (the same port on every address) can be
    /// bound only when that has made way.
    /// - Throws: when a certificate cannot be used or an address not be bound; those that ran before go on, by their old settings.
    func apply(_ configuration: Configuration) async throws(GatewayError) {
        let wanted = Self.keyed(configuration)
        var settings: [Key: ListenerSettings] = [:]
        for (key, listener) in wanted {
            settings[key] = try listenerSettings(listener, configuration, logger)
        }
        let running = state.withLock { $0.running }
        let gone = running.filter { settings[$0.key] == nil }
        let new = try await bind(wanted.filter { running[$0.0] == nil }, inPlaceOf: gone, configuration)
        var next: [Key: Running] = new
        for (key, listener) in wanted {
            guard let present = running[key], let settings = settings[key] else { continue }
            next[key] = update(present, listener, settings, configuration)
        }
        for entry in gone.values { await entry.listener.stop() }
        state.withLock { [next] in $0 = State(configuration: configuration, running: next) }
    }

    private static func keyed(_ configuration: Configuration) -> [(Key, ListenerConfiguration)] {
        var places: [String: Int] = [:]
        return configuration.listeners.map { listener in
            let place = places["\(listener.address) \(listener.port)", default: 0]
            places["\(listener.address) \(listener.port)"] = place + 1
            return (Key(address: listener.address, port: listener.port, place: place), listener)
        }
    }

    // MARK: Binding

    private func bind(
        _ wanted: [(Key, ListenerConfiguration)],
        inPlaceOf gone: [Key: Running],
        _ configuration: Configuration
    ) async throws(GatewayError) -> [Key: Running] {
        var bound: [Key: Running] = [:]
        var stopped: [Key: Running] = [:]
        // Those that clash with nothing come first: when they fail, nothing has made way.
        let clashing = wanted.filter { new in gone.keys.contains { $0.clashes(with: new.0) } }
        let free = wanted.filter { new in !clashing.contains { $0.0 == new.0 } }
        do throws(GatewayError) {
            for (key, listener) in free + clashing {
                for (other, entry) in gone where stopped[other] == nil && other.clashes(with: key) {
                    await entry.listener.stop()
                    stopped[other] = entry
                }
                bound[key] = try await bind(listener, configuration).running
            }
        } catch {
            for entry in bound.values { await entry.listener.stop() }
            await bindAgain(stopped)
            throw error
        }
        return bound
    }

    /// Those that had made way for nothing listen again, by their old settings.
    private func bindAgain(_ stopped: [Key: Running]) async {
        let configuration = state.withLock { $0.configuration }
        for (key, entry) in stopped {
            do throws(GatewayError) {
                let (running, _) = try await bind(entry.configuration, configuration)
                state.withLock { $0.running[key] = running }
            } catch {
                state.withLock { _ = $0.running.removeValue(forKey: key) }
                logger.error(
                    "a listener that had made way cannot listen again; reload to try once more",
                    metadata: ["error": "\(error)"]
                )
            }
        }
    }

    private func bind(
        _ listener: ListenerConfiguration,
        _ configuration: Configuration
    ) async throws(GatewayError) -> (running: Running, port: Int) {
        let logger = logger(for: listener.role)
        let receiver = makeReceiver(listener, configuration, logger)
        let server = SMTPListener(
            settings: try listenerSettings(listener, configuration, logger),
            receiver: receiver,
            group: group,
            logger: logger
        )
        let port: Int
        do { port = try await server.start() } catch { throw GatewayError("\(error)") }
        open.yield(server)
        let running = Running(listener: server, configuration: listener, receivers: [Admission(listener): receiver])
        return (running, port)
    }

    private func listenerSettings(
        _ listener: ListenerConfiguration,
        _ configuration: Configuration,
        _ logger: Logger
    ) throws(GatewayError) -> ListenerSettings {
        try ListenerSettings(
            listener,
            hostname: configuration.hostname,
            screen: screen,
            vault: StateVault(store, configuration.vault),
            logger: logger
        )
    }

    // MARK: What stays

    private func update(
        _ present: Running,
        _ listener: ListenerConfiguration,
        _ settings: ListenerSettings,
        _ configuration: Configuration
    ) -> Running {
        var running = present
        running.configuration = listener
        for (admission, receiver) in present.receivers {
            receiver.update(policy(admission, listener, configuration))
        }
        let logger = logger(for: listener.role)
        let admission = Admission(listener)
        let receiver = present.receivers[admission] ?? makeReceiver(listener, configuration, logger)
        running.receivers[admission] = receiver
        running.listener.update(settings: settings, receiver: receiver, logger: logger)
        return running
    }

    private func policy(
        _ admission: Admission,
        _ listener: ListenerConfiguration,
        _ configuration: Configuration
    ) -> ReceptionPolicy {
        ReceptionPolicy(admission, listener, configuration, StateVault(store, configuration.vault), logger)
    }

    private func makeReceiver(
        _ listener: ListenerConfiguration,
        _ configuration: Configuration,
        _ logger: Logger
    ) -> QueueReceiver {
        QueueReceiver(
            policy: policy(Admission(listener), listener, configuration),
            store: store,
            examiner: examiner,
            filter: filter,
            signing: signing,
            directory: directory,
            exchangeOffer: exchangeOffer,
            loops: loops,
            clock: clock,
            wake: wake,
            logger: logger
        )
    }

    private func logger(for role: ListenerConfiguration.Role) -> Logger {
        var logger = logger
        logger[metadataKey: "role"] = "\(role.rawValue)"
        return logger
    }
}
