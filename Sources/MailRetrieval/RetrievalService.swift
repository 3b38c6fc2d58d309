// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import CertifiedIntake
public import ContentScanning
public import Logging
public import MailModel
public import MailQueue
public import MailTransport
public import ServiceLifecycle
import Synchronization

/// Fetches every account's maildrop, each in a loop of its own: an account in trouble delays no other.
///
/// `account fetch` and a changed configuration end a loop's pause. Stopping breaks off sessions; what was stored stays stored, and
/// nothing was deleted that the provider's QUIT had not confirmed.
public final class RetrievalService: Service, Sendable {
    /// The loops that run and what they work by.
    private struct Registry {
        var settings: RetrievalSettings
        /// Grows with each change of the settings: sessions that stay open belong to one of them.
        var generation = 0
        var wakeups: [String: Wakeup] = [:]
    }

    private let store: any QueueStore & RetrievalLedger & AccountLedger
    private let connector: MailConnector
    private let examiner: CertifiedExaminer?
    private let filter: ContentFilter?
    private let alerts: any AlertReporting
    private let clock: any WallClock
    private let wake: @Sendable (Route) -> Void
    private let logger: Logger
    private let slots: SessionSlots
    private let registry: Mutex<Registry>
    private let begun: AsyncStream<String>
    private let begin: AsyncStream<String>.Continuation

    /// A service that has not begun.
    /// - Parameters:
    ///   - store: takes the messages and remembers what was seen.
    ///   - settings: the accounts and how to fetch them; `update` changes them.
    ///   - connector: makes the connections.
    ///   - examiner: examines the messages of certified accounts.
    ///   - filter: has messages scanned before they are stored.
    ///   - alerts: is told what a person must act on, keys `account:ADDRESS:login-pop3` or `:login-imap`,
    ///     `:fetch`, `:mailbox-full`, `:folder`, `:messages-refused` and `:not-deleted`.
    ///   - clock: the time of day.
    ///   - wake: is called when messages for a route were stored.
    ///   - logger: for the log.
    public init(
        store: any QueueStore & RetrievalLedger & AccountLedger,
        settings: RetrievalSettings,
        connector: MailConnector,
        examiner: CertifiedExaminer? = nil,
        filter: ContentFilter? = nil,
        alerts: any AlertReporting,
        clock: any WallClock,
        wake: @escaping @Sendable (Route) -> Void,
        logger: Logger
    ) {
        self.store = store
        self.connector = connector
        self.examiner = examiner
        self.filter = filter
        self.alerts = alerts
        self.clock = clock
        self.wake = wake
        self.logger = logger
        slots = SessionSlots(limit: settings.maximumConnections)
        registry = Mutex(Registry(settings: settings))
        (begun, begin) = AsyncStream.makeStream(of: String.self)
        apply(settings)
    }

    /// Applies changed settings: new accounts are fetched at once, gone ones after what is under way no more, the others at once
    /// as well, so that a mended password is tried.
    public func update(_ settings: RetrievalSettings) {
        apply(settings)
        // Ends by itself: it only takes one turn of the actor.
        Task { [slots] in await slots.setLimit(settings.maximumConnections) }
    }

    /// Ends the pause of this account's loop; nothing happens for an address that is not fetched.
    public func fetchNow(account: String) {
        registry.withLock { $0.wakeups[account] }?.signal()
    }

    /// Runs until the service is told to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.serveRequests() }
                for await account in self.begun {
                    group.addTask { await self.loop(account) }
                }
            }
        }
    }

    private func apply(_ settings: RetrievalSettings) {
        let (added, others) = registry.withLock { registry -> ([String], [Wakeup]) in
            registry.settings = settings
            registry.generation += 1
            let keys = Set(settings.accounts.map(\.key))
            let gone = registry.wakeups.keys.filter { !keys.contains($0) }
            // The loop of an account that is gone finds its wake-up replaced, and ends.
            var woken = gone.compactMap { registry.wakeups.removeValue(forKey: $0) }
            let added = keys.filter { registry.wakeups[$0] == nil }
            woken += registry.wakeups.values
            for key in added { registry.wakeups[key] = Wakeup() }
            return (added.sorted(), woken)
        }
        for wakeup in others { wakeup.signal() }
        for key in added { begin.yield(key) }
    }

    /// What the loop of `key` works by; nil when it is to end.
    private func current(_ key: String, _ wakeup: Wakeup) -> (RetrievalSettings, RetrievalAccount, Int)? {
        registry.withLock { registry in
            guard registry.wakeups[key] === wakeup,
                let account = registry.settings.accounts.first(where: { $0.key == key })
            else { return nil }
            return (registry.settings, account, registry.generation)
        }
    }

    /// Looks each second for requests of `account fetch`.
    private func serveRequests() async {
        var isFailing = false
        while !Task.isCancelled {
            do throws(QueueError) {
                for account in try await store.takeFetchRequests() { fetchNow(account: account) }
                isFailing = false
            } catch {
                if !isFailing { logger.warning("fetch requests not read", metadata: ["error": "\(error)"]) }
                isFailing = true
            }
            do { try await Task.sleep(for: .seconds(1)) } catch { return }  // cancelled
        }
    }

    private func loop(_ key: String) async {
        guard let wakeup = registry.withLock({ $0.wakeups[key] }) else { return }
        var memory = MaildropMemory()
        var schedule = AccountSchedule()
        var generation = 0
        while !Task.isCancelled, let (settings, account, current) = current(key, wakeup) {
            if current != generation {
                await memory.endSession()
                memory.mailboxes = MailboxMemory()  // it may be another server now
            }
            generation = current
            guard await slots.take(for: account.endpoint.host) else { break }
            let pause = await fetch(account, settings, &memory, &schedule)
            await slots.giveBack(of: account.endpoint.host)
            await wait(Self.jittered(pause), account, wakeup, &memory)
        }
        await memory.endSession()
    }

    /// Waits for the next fetch: by IDLE where a session stayed open, which takes no slot meanwhile.
    private func wait(
        _ pause: Duration,
        _ account: RetrievalAccount,
        _ wakeup: Wakeup,
        _ memory: inout MaildropMemory
    ) async {
        guard var session = memory.session else {
            await wakeup.wait(upTo: pause)
            return
        }
        memory.session = nil
        let begin = ContinuousClock.now
        do throws(RetrievalFailure) {
            try await session.idle(wakeup, upTo: pause)
            memory.session = session
            // A server that tells of news without an end is not asked without a pause.
            let rest = Self.shortestWait - (.now - begin)
            if rest > .zero { await wakeup.wait(upTo: rest) }
        } catch {
            await session.close()
            guard error.kind != .cancelled else { return }
            logger.info("idle session lost", metadata: ["account": "\(account.key)", "error": "\(error)"])
            // A server that ends each wait at once is fetched from as one that has no IDLE.
            await wakeup.wait(upTo: max(.zero, account.every - (.now - begin)))
        }
    }

    /// The time between two fetches of one session at least.
    private static var shortestWait: Duration { .milliseconds(500) }

    /// The pause, a tenth more or less, so that accounts do not march in step.
    private static func jittered(_ pause: Duration) -> Duration {
        pause * Double.random(in: 0.9...1.1)
    }

    /// Fetches once, and says so to everybody concerned.
    /// - Returns: the pause before the next fetch.
    private func fetch(
        _ account: RetrievalAccount,
        _ settings: RetrievalSettings,
        _ memory: inout MaildropMemory,
        _ schedule: inout AccountSchedule
    ) async -> Duration {
        let fetch = MaildropFetch(
            account: account,
            settings: settings,
            store: store,
            connector: connector,
            examiner: examiner,
            filter: filter,
            clock: clock,
            wake: wake,
            logger: logger
        )
        let start = ContinuousClock.now
        let outcome: Result<FetchReport, RetrievalFailure>
        do throws(RetrievalFailure) {
            outcome = .success(try await fetch.run(&memory))
        } catch {
            outcome = .failure(error)
        }
        let reporter = RetrievalReporter(account: account, ledger: store, alerts: alerts, clock: clock, logger: logger)
        // What is waited for comes by itself: reading it all the same is a net, unless other mailboxes are read by polling alone.
        let isWaiting = memory.session != nil && account.mailboxes.count == 1
        let every = isWaiting ? max(account.every, settings.idle.net) : account.every
        return await reporter.report(outcome, every: every, took: .now - start, &schedule)
    }
}
