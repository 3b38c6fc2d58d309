// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedIntake
import ContentScanning
import DomainKeys
public import GatewayConfiguration
public import Logging
import MailModel
import MailQueue
import MailRetrieval
import MailTransport
public import NIOCore
import NameResolutionUnbound
import OAuthTransport
import PolicyFetching
import QueueSQLite
import SMTPDelivery
import SMTPServer
import SecretsVault
import SenderScreening
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
    private let pauseFile: PauseFile
    private let alerts: GatewayAlerts
    private let examiner: CertifiedExaminer
    private let filter: ContentFilter
    private let signing: SigningKeyRing
    private let directory: RecipientDirectory
    private let screen: SenderScreen
    private let screening: ScreeningJournal
    private let loops: LoopWatch
    private let connector: MailConnector
    private let resolver: UnboundResolver
    /// For questions about clients alone: strangers, whose zones may never answer, decide how many there are.
    private let screeningResolver: UnboundResolver
    private let policies: MTASTSFetcher
    private let tlsReport: TLSReportLedger
    private let delivery: DeliveryService
    private let retrieval: RetrievalService
    private let tokens: TokenKeeper
    private let housekeeping: Housekeeping
    private let tracking: TrackingWatch
    private let digests: AcceptanceDigests
    private let archiver: Archiver
    private let quarantine: QuarantineWatch
    private let clock = SystemClock()
    private let listeners: ListenerSet
    private let journal: StateJournal
    private let configuration: Mutex<Configuration>

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
        let vault = StateVault(store, configuration.vault)
        examiner = CertifiedExaminer(
            store: store,
            settings: try IntakeSettings(configuration, logger: logger),
            clock: clock,
            logger: logger
        )
        signing = SigningKeyRing(try DomainKey.read(configuration.domainKeys, logger: logger))
        resolver = try UnboundResolver.make(configuration.dns)
        screeningResolver = try UnboundResolver.make(configuration.dns)
        processFile = ProcessFile(state: configuration.state)
        pauseFile = PauseFile(state: configuration.state)
        let wakening = Wakening()
        alerts = GatewayAlerts(
            store: store,
            sender: .init(configuration),
            clock: clock,
            wake: { wakening.wake($0) },
            logger: logger
        )
        let tokens = TokenKeeper(
            store: store,
            server: AuthorizationServerConnection(),
            alerts: alerts,
            clock: clock,
            logger: logger,
            mended: { wakening.retry(account: $0) }
        )
        self.tokens = tokens
        connector = MailConnector(group: group)
        connector.show(.init(configuration.exchange), to: configuration.exchange.servers)
        filter = ContentFilter(
            ContentFilter.Settings(configuration.scanners, connector: connector),
            store: store,
            alerts: alerts,
            clock: clock,
            logger: logger
        )
        policies = MTASTSFetcher(
            .init(configuration.internet),
            resolver: resolver,
            store: store,
            clock: clock,
            logger: logger
        )
        let tlsReport = TLSReportLedger(state: configuration.state, clock: clock, logger: logger)
        self.tlsReport = tlsReport
        delivery = DeliveryService(
            store: store,
            settings: DeliverySettings(configuration, vault: vault, tokens: tokens),
            connector: connector,
            internet: .init(resolver: resolver, policies: policies) { tlsReport.count($0, $1, $2) },
            alerts: alerts,
            clock: clock,
            owner: Self.owner(configuration),
            logger: logger
        )
        wakening.set(delivery)
        directory = RecipientDirectory(
            try .init(configuration, vault: vault),
            connector: connector,
            alerts: alerts,
            clock: clock,
            logger: logger
        )
        screen = SenderScreen(
            rules: ScreeningRules(configuration),
            resolver: screeningResolver,
            clock: clock,
            logger: logger
        )
        loops = LoopWatch(alerts: alerts, clock: clock)
        screening = ScreeningJournal(screen: screen, store: store, clock: clock, logger: logger)
        retrieval = RetrievalService(
            store: store,
            settings: RetrievalSettings(configuration, vault: vault, tokens: tokens),
            connector: connector,
            examiner: examiner,
            filter: filter,
            alerts: alerts,
            clock: clock,
            wake: { wakening.wake($0) },
            logger: logger
        )
        wakening.set(retrieval)
        listeners = ListenerSet(
            configuration,
            store: store,
            examiner: examiner,
            filter: filter,
            signing: signing,
            directory: directory,
            exchangeOffer: { [delivery] in delivery.exchangeOffer },
            screen: screen,
            loops: loops,
            clock: clock,
            wake: { wakening.wake($0) },
            group: group,
            logger: logger
        )
        housekeeping = Housekeeping(store: store, alerts: alerts, clock: clock, logger: logger)
        tracking = TrackingWatch(
            store: store,
            alerts: alerts,
            clock: clock,
            wake: { wakening.wake($0) },
            logger: logger
        )
        digests = AcceptanceDigests(
            store: store,
            alerts: alerts,
            clock: clock,
            day: .system,
            wake: { wakening.wake($0) },
            logger: logger
        )
        quarantine = QuarantineWatch(
            store: store,
            clock: clock,
            day: .system,
            wake: { wakening.wake($0) },
            logger: logger
        )
        archiver = Archiver(store: store, alerts: alerts, clock: clock, logger: logger)
        journal = StateJournal(store: store, logger: logger)
        self.configuration = Mutex(configuration)
    }

    /// The name under which this gateway leases what it delivers; the lock on the state keeps it single.
    private static func owner(_ configuration: Configuration) -> String { configuration.hostname }

    /// Binds the listeners.
    ///
    /// - Returns: the ports that were bound, in the order of the configuration.
    @discardableResult
    public func start() async throws -> [Int] {
        let configuration = configuration.withLock { $0 }
        do throws(GatewayError) {
            try processFile.write()
        } catch {
            // A full disk, say: commands then find this process by its lock on the state directory.
            logger.warning("the process's number is not written", metadata: ["error": "\(error)"])
        }
        await screening.load()
        await policies.load()
        remarkSecrets(configuration)
        let ports = try await listeners.start()
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
            tasks.addTask { await self.keepJournal() }
            tasks.addTask { await self.keepTrack() }
            tasks.addTask { await self.keepTokens() }
            tasks.addTask { try await self.listeners.run() }
            try await tasks.waitForAll()
        }
        await journal.write(delivery.serverStandings())
        await screening.round()
        await tokens.stop()
        processFile.remove()
        await directory.close()
        await filter.close()
        resolver.stop()
        screeningResolver.stop()
        tlsReport.write()
        await store.close()
        logger.notice("gateway stopped")
    }

    /// Applies `configuration` to what comes from now on; connections and transactions go on.
    ///
    /// - Throws: `GatewayError` when a listener cannot be bound or its certificate cannot be used; then nothing of it applies, and the
    ///   listeners go on as before.
    public func reload(_ configuration: Configuration) async throws(GatewayError) {
        let state = self.configuration.withLock { $0.state }
        guard configuration.state == state else {
            throw GatewayError("`state` cannot change while the gateway runs; restart it to use \(configuration.state)")
        }
        let intake = try IntakeSettings(configuration, logger: logger)
        let vault = StateVault(store, configuration.vault)
        let recipients = try RecipientDirectory.Settings(configuration, vault: vault)
        let keys = try DomainKey.read(configuration.domainKeys, logger: logger)
        try UnboundResolver.make(configuration.dns).stop()
        try await listeners.apply(configuration)
        try resolver.take(configuration.dns)
        try screeningResolver.take(configuration.dns)
        screen.update(ScreeningRules(configuration))
        signing.update(keys)
        await directory.update(recipients)
        examiner.update(intake)
        let isScannedAnew = self.configuration.withLock { $0.scanners } != configuration.scanners
        if isScannedAnew {
            await filter.update(ContentFilter.Settings(configuration.scanners, connector: connector))
        }
        store.keepFree(configuration.queue.minimumFree.octets)
        policies.update(.init(configuration.internet))
        connector.show(.init(configuration.exchange), to: configuration.exchange.servers)
        delivery.update(DeliverySettings(configuration, vault: vault, tokens: tokens))
        retrieval.update(RetrievalSettings(configuration, vault: vault, tokens: tokens))
        tokens.review(configuration)
        alerts.update(.init(configuration))
        self.configuration.withLock { $0 = configuration }
        await housekeeping.reviewAlerts(configuration)
        remarkSecrets(configuration)
        logger.notice("configuration applied", metadata: ["accounts": "\(configuration.accounts.count)"])
    }

    /// Says which secrets of the vault do not open: their logins wait, all else goes on.
    private func remarkSecrets(_ configuration: Configuration) {
        let vault = StateVault(store, configuration.vault)
        for (user, reference) in configuration.secrets {
            guard case .vault(let name) = reference else { continue }
            do { _ = try vault.read(name) } catch {
                logger.warning(
                    "a secret of the vault cannot be read",
                    metadata: ["user": "\(user)", "error": "\(error)"]
                )
            }
        }
    }

    // MARK: Housekeeping

    private func keepHouse() async {
        await cancelWhenGracefulShutdown {
            var minute = 0
            while !Task.isCancelled {
                self.tlsReport.write()
                let configuration = self.configuration.withLock { $0 }
                await self.housekeeping.round(configuration, isHourly: minute % 60 == 0)
                if minute % 60 == 0 { await self.screening.forget(remember: configuration.greylistMemory) }
                minute += 1
                do { try await Task.sleep(for: .seconds(60)) } catch { return }
            }
        }
    }

    /// Once a minute: what is late of certified messages, the day's digests, the quarantine, and the archive behind them.
    private func keepTrack() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let configuration = self.configuration.withLock { $0 }
                await self.tracking.round(configuration)
                await self.digests.round(configuration)
                await self.quarantine.round(configuration)
                await self.filter.review()
                await self.loops.review(configuration.accounts.map(\.address.comparisonKey))
                await self.archiver.round(configuration.archive)
                do { try await Task.sleep(for: .seconds(60)) } catch { return }
            }
        }
    }

    /// Once a minute: the accounts' tokens; by itself, for authorization servers may be slow.
    private func keepTokens() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.tokens.round()
                do { try await Task.sleep(for: .seconds(60)) } catch { return }
            }
        }
    }

    /// Once a second: the servers' standings and what the screening learnt into the store, persons' decisions out of it.
    private func keepJournal() async {
        await cancelWhenGracefulShutdown {
            var told: String?
            while !Task.isCancelled {
                await self.journal.write(self.delivery.serverStandings())
                self.tellPauses(&told)
                await self.journal.logDecisions()
                await self.screening.round()
                await self.tokens.look()
                do { try await Task.sleep(for: .seconds(1)) } catch { return }
            }
        }
    }
}

extension Gateway {
    /// Writes which routes are left alone, when that has changed; `told` is what was written last.
    private func tellPauses(_ told: inout String?) {
        let text = PauseFile.text(delivery.pauses())
        guard text != told else { return }
        do throws(GatewayError) {
            try pauseFile.write(text)
            told = text
        } catch {
            logger.debug("the pauses of the lanes are not written", metadata: ["error": "\(error)"])
        }
    }
}

extension Configuration {
    /// How long networks that came again are kept: as long as greylisting would know them.
    fileprivate var greylistMemory: Duration {
        (screening.greylisting ?? ScreeningConfiguration.Greylisting()).remember
    }
}

/// Carries wake-ups to the agents, which are made after those who call them.
private final class Wakening: Sendable {
    private let delivery = Mutex<DeliveryService?>(nil)
    private let retrieval = Mutex<RetrievalService?>(nil)

    func set(_ service: RetrievalService) {
        retrieval.withLock { $0 = service }
    }

    /// What kept the account from logging in is mended.
    func retry(account: String) {
        delivery.withLock { $0 }?.retry(.account(account))
        retrieval.withLock { $0 }?.fetchNow(account: account)
    }

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
