// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import MailTransport
import Synchronization

/// Delivers the mail of one route: claims it from the store, gives it to workers that each own a session, and writes the outcomes.
///
/// ```text
/// wake ─▶ claim ─▶ jobs ─▶ workers (a session each, kept between messages) ─▶ outcomes ─▶ store
///            │                └─ no server can be used: the gate closes, jobs go back to the queue
///            └─ gate closed: now and then a sweep for delay notices and expiry
/// ```
final class DeliveryLane: Sendable {
    let route: Route
    let context: LaneContext
    let settings: Mutex<DeliverySettings>
    let state: Mutex<LaneState>
    /// Makes the lane's connections, all on the event loop on which its workers run.
    let connector: MailConnector
    private let executor: EventLoopExecutor
    /// The domain whose mail by MX the lane delivers; nil for the lane of a route, which claims for itself.
    let destination: String?
    /// The lane that claims for this one; nil for the lane of a route.
    let parent: DeliveryLane?
    /// The lanes of the domains, where mail goes by MX.
    let children = Mutex<[String: DeliveryLane]>([:])
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(
        _ route: Route,
        settings: DeliverySettings,
        context: LaneContext,
        destination: String? = nil,
        parent: DeliveryLane? = nil
    ) {
        self.route = route
        self.destination = destination
        self.parent = parent
        self.context = context
        self.settings = Mutex(settings)
        state = Mutex(LaneState(route, settings, isDestination: destination != nil))
        (connector, executor) = context.connector.onOneLoop()
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    var logger: Logger {
        var logger = context.logger
        logger[metadataKey: "route"] = "\(route)"
        if let destination { logger[metadataKey: "domain"] = "\(destination)" }
        return logger
    }

    /// Looks at the queue at once; calls that come while it looks are one. The lane of a domain has its parent look.
    func look() {
        if let parent { parent.childProgressed() } else { signal.yield() }
    }

    /// Claims whenever it is woken, until the lane stops.
    func run() async {
        for await _ in signals {
            state.withLock { $0.isClaiming = true }
            await claim()
            state.withLock { $0.isClaiming = false }
            noteProgress()
        }
    }

    /// Takes changed settings; what was closed is tried again.
    func update(_ settings: DeliverySettings) {
        self.settings.withLock { $0 = settings }
        let hasTarget = state.withLock { state in
            state.take(settings, for: route)
            return state.target != nil
        }
        for lane in children.withLock({ Array($0.values) }) {
            if settings.relay == nil { lane.update(settings) } else { lane.stop() }
        }
        guard destination == nil else { return }
        if hasTarget { context.spawner.spawn { await self.clearMissingTarget() } }
        look()
    }

    // MARK: Claiming

    private func claim() async {
        while true {
            let now = context.clock.now()
            let handed = handedOn
            let (plan, lease) = state.withLock { ($0.planClaim(now: now, handedOn: handed), $0.tuning.lease) }
            switch plan {
            case .nothing: return
            case .claim(let limit):
                guard let claims = await claim(limit, lease, now) else { return }
                begin(claims, isFull: claims.count == limit, now: now)
                if claims.count < limit { return }
            case .sweep(let reason, let until):
                if state.withLock({ $0.target == nil }) { await reportMissingTarget(reason) }
                guard let claims = await claim(LaneState.sweepLimit, lease, now) else { return }
                for job in state.withLock({ $0.holdForSweep(claims) }) { giveBack(job, reason, until: until) }
                return
            }
        }
    }

    private func claim(_ limit: Int, _ lease: Duration, _ now: Timestamp) async -> [Claim]? {
        do {
            return try await context.store.claim(
                route,
                limit: limit,
                now: now,
                lease: Lease(owner: context.claimNames.next(), until: now + lease)
            )
        } catch {
            logger.error("the queue gave no claims", metadata: ["error": "\(error)"])
            return nil
        }
    }

    func begin(_ claims: [Claim], isFull: Bool, now: Timestamp) {
        if state.withLock({ $0.target?.isByMX ?? false }), destination == nil {
            return distribute(claims, isFull: isFull, now: now)
        }
        let (workers, rest) = state.withLock { $0.accept(claims, isFull: isFull, now: now) }
        spawnWorkers(workers)
        let (reason, until) = state.withLock { state in
            (state.gate.reason, state.isDestination ? state.returnTime(now: now) : now + .seconds(1))
        }
        for job in rest { giveBack(job, reason, until: until) }
    }

    func spawnWorkers(_ count: Int) {
        for _ in 0..<count {
            context.spawner.spawn { await withTaskExecutorPreference(self.executor) { await self.work() } }
        }
    }

    /// Gives a claim back to the queue without an attempt.
    func giveBack(_ job: LaneJob, _ reason: String, until: Timestamp) {
        let events = job.claim.recipients.indices.map { ($0, OutcomeJudge.Event.notTried(reason, until: until)) }
        record(job, events, AttemptFacts(), isLast: true)
    }

    // MARK: Upkeep, once a second

    /// Renews leases, ends idle sessions, begins workers for jobs that wait, and tells a person of a lane that is down.
    func upkeep() async {
        let now = context.clock.now()
        let (workers, retired, tuning) = state.withLock {
            ($0.addWorkers(jobsPerWorker: 1), $0.retireIdle(now: now), $0.tuning)
        }
        spawnWorkers(workers)
        for session in retired { retire(session) }
        let due = state.withLock { state in
            state.held.filter { !$0.value.isLost && $0.value.claim.lease.until - now < tuning.lease / 2 }
        }
        for (token, held) in due { await renew(token, held.claim, until: now + tuning.lease) }
        guard destination == nil else { return }
        await keepChildren(now: now)
        await reportDown(now, tuning)
    }

    /// Extends the lease of a claim.
    ///
    /// - Returns: false when it could not be extended. When it is another's by now, the job is lost.
    @discardableResult
    func renew(_ token: Int, _ claim: Claim, until: Timestamp) async -> Bool {
        let lease = Lease(owner: claim.lease.owner, until: until)
        do {
            try await context.store.renew(claim.message.id, lease: lease)
            state.withLock { $0.renewed(token, lease) }
            return true
        } catch {
            if error.code == .notAllowed || error.code == .notFound { state.withLock { $0.lose(token) } }
            logger.error(
                "a lease could not be renewed",
                metadata: ["queueID": "\(claim.message.id)", "error": "\(error)"]
            )
            return false
        }
    }

    // MARK: The end

    /// Claims nothing more and gives back what no worker has begun; workers end after the transaction in flight.
    func stop() {
        let now = context.clock.now()
        let (rest, idle) = state.withLock { state in
            state.stop()
            return (state.drainJobs(), state.retireIdle(now: now))
        }
        signal.finish()
        for lane in children.withLock({ Array($0.values) }) { lane.stop() }
        for job in rest { giveBack(job, "", until: now) }
        for session in idle { retire(session) }
        noteProgress()
    }

    /// Cuts the sessions in use; their transactions end as lost.
    func cut() async {
        for session in state.withLock({ Array($0.active.values) }) { await session.close() }
        for lane in children.withLock({ Array($0.values) }) { await lane.cut() }
    }

    /// Returns once a stopping lane has no worker and every outcome is written, or once its task is cancelled.
    func waitUntilDrained() async {
        // A stream of its own for each wait: a cancelled one is at its end for good.
        let (drained, drain) = AsyncStream.makeStream(of: Void.self)
        state.withLock { $0.drains.append(drain) }
        noteProgress()
        for await _ in drained {}
        for lane in children.withLock({ Array($0.values) }) { await lane.waitUntilDrained() }
    }

    /// Called whenever a worker ends or an outcome is written.
    func noteProgress() {
        let drains = state.withLock { $0.isDrained ? $0.drains : [] }
        for drain in drains { drain.finish() }
    }
}
