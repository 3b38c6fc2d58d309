// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
public import MailModel
public import MailQueue
public import MailTransport
public import ServiceLifecycle
import Synchronization

/// Delivers what the queue holds: a lane for each route, with connections, limits and troubles of its own.
public final class DeliveryService: Service {
    private struct Lanes {
        var settings: DeliverySettings
        var byRoute: [Route: DeliveryLane] = [:]
        var isStopping = false
    }

    private let context: LaneContext
    private let lanes: Mutex<Lanes>

    /// A service that begins with `run`.
    ///
    /// `internet` is what delivery by MX asks; without it, and without a relay, mail for the Internet waits. `owner` names this gateway among those that share the store; it is the same at each start, so that it finds its leases.
    public init(
        store: any QueueStore & AccountLedger & AlertStore,
        settings: DeliverySettings,
        connector: MailConnector,
        internet: InternetServices? = nil,
        alerts: any AlertReporting,
        clock: any WallClock,
        owner: String,
        logger: Logger
    ) {
        context = LaneContext(
            store: store,
            connector: connector,
            internet: internet,
            alerts: alerts,
            clock: clock,
            owner: owner,
            claimNames: ClaimNames(owner: owner),
            watch: MessageWatch(),
            logger: logger,
            spawner: TaskSpawner(),
            accountEvents: AccountEventBuffer()
        )
        lanes = Mutex(Lanes(settings: settings))
        context.watch.update(settings)
    }

    /// Something was queued for `route`: it is looked for at once.
    public func wake(_ route: Route) { lane(route)?.look() }

    /// Takes changed settings. Sessions are opened anew, and what was closed (a refused login, a failed server) is tried again.
    public func update(_ settings: DeliverySettings) {
        let all = lanes.withLock { lanes in
            lanes.settings = settings
            return Array(lanes.byRoute.values)
        }
        context.watch.update(settings)
        for lane in all { lane.update(settings) }
    }

    /// Tries `route` again at once, whatever closed it: what was wrong is mended.
    public func retry(_ route: Route) {
        let (lane, settings) = lanes.withLock { ($0.byRoute[route], $0.settings) }
        lane?.update(settings)
    }

    /// How the servers stand that are configured and were used or tried since the start.
    public func serverStandings() -> [ServerStanding] {
        lanes.withLock { Array($0.byRoute.values) }.flatMap { lane in
            lane.state.withLock { $0.notes.standings(lane.route, $0.target?.endpoints ?? []) }
        }
    }

    /// What Exchange takes, as all its servers said when they were last greeted; nil until they have.
    public var exchangeOffer: ServerOffer? {
        let now = context.clock.now()
        guard let lane = lanes.withLock({ $0.byRoute[.exchange] }) else { return nil }
        return lane.state.withLock { $0.notes.offer($0.target?.endpoints ?? [], now: now) }
    }

    /// The lanes of routes that are left alone now, and until when.
    public func pauses() -> [LanePause] {
        let now = context.clock.now()
        return lanes.withLock { Array($0.byRoute.values) }.compactMap { lane in
            guard let until = lane.state.withLock({ $0.gate.closedUntil }), until > now else { return nil }
            return LanePause(route: lane.route, until: until)
        }
    }

    /// Delivers until the graceful shutdown, or until its task is cancelled.
    public func run() async throws {
        await recover()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.tick() }
            group.addTask { await self.awaitShutdown() }
            for await work in context.spawner.works { group.addTask { await work() } }
            group.cancelAll()
        }
    }

    // MARK: Lanes

    private func lane(_ route: Route) -> DeliveryLane? {
        let (lane, isNew) = lanes.withLock { lanes -> (DeliveryLane?, Bool) in
            if let lane = lanes.byRoute[route] { return (lane, false) }
            guard !lanes.isStopping else { return (nil, false) }
            let lane = DeliveryLane(route, settings: lanes.settings, context: context)
            lanes.byRoute[route] = lane
            return (lane, true)
        }
        if let lane, isNew { context.spawner.spawn { await lane.run() } }
        return lane
    }

    // MARK: Once a second

    private func tick() async {
        let poll = lanes.withLock { $0.settings.tuning.poll }
        while !Task.isCancelled {
            await lookAround()
            do { try await Task.sleep(for: poll) } catch { return }
        }
    }

    private func lookAround() async {
        let now = context.clock.now()
        do {
            for (route, due) in try await context.store.nextAttempts(now: now) where due <= now { wake(route) }
        } catch {
            context.logger.error("the queue could not be asked what is due", metadata: ["error": "\(error)"])
        }
        for lane in lanes.withLock({ Array($0.byRoute.values) }) { await lane.upkeep() }
        await writeAccountEvents()
        await context.watch.look(context, now: now)
    }

    private func writeAccountEvents() async {
        for (account, event) in context.accountEvents.take() {
            do {
                try await context.store.record(event, account: account)
            } catch {
                context.accountEvents.putBack(event, account: account)
                context.logger.error(
                    "an account's figures could not be written",
                    metadata: ["account": "\(account)", "error": "\(error)"]
                )
            }
        }
    }

    // MARK: Beginning and end

    /// Gives back what an earlier run of this gateway had leased.
    private func recover() async {
        do {
            let uncertain = try await context.store.recover(owner: context.owner, now: context.clock.now())
            for id in uncertain {
                context.logger.error(
                    "uncertain: the gateway ended while it waited for the reply to a certified submission",
                    metadata: ["queueID": "\(id)"]
                )
            }
        } catch {
            context.logger.error("earlier leases could not be given back", metadata: ["error": "\(error)"])
        }
    }

    private func awaitShutdown() async {
        do { try await gracefulShutdown() } catch { return context.spawner.finish() }
        await stop()
    }

    /// Ends the service: nothing more is claimed, transactions in flight may finish, sessions are closed.
    package func stop() async {
        let (all, drain) = lanes.withLock { lanes in
            lanes.isStopping = true
            return (Array(lanes.byRoute.values), lanes.settings.tuning.drain)
        }
        for lane in all { lane.stop() }
        if await !waitUntilDrained(all, within: drain) {
            context.logger.warning("transactions still in flight are cut")
            for lane in all { await lane.cut() }
            _ = await waitUntilDrained(all, within: .seconds(1))
        }
        await writeAccountEvents()
        context.spawner.finish()
    }

    private func waitUntilDrained(_ all: [DeliveryLane], within limit: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for lane in all { await lane.waitUntilDrained() }
                return !Task.isCancelled
            }
            group.addTask {
                do { try await Task.sleep(for: limit) } catch { return true }
                return false
            }
            let isDrained = await group.next() ?? true
            group.cancelAll()
            return isDrained
        }
    }
}
