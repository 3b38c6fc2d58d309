// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

/// A session of a lane with what decides on its end.
struct LaneSession: Sendable {
    let session: SMTPClientSession
    let endpoint: Endpoint
    let opened: Timestamp
    let generation: Int
    /// Transactions so far.
    var transactions = 0
    var lastUsed: Timestamp
}

/// A claim that waits for a worker or is worked on.
struct LaneJob: Sendable {
    let token: Int
    let claim: Claim
}

/// What a lane holds: its jobs, workers, idle sessions, and whether it may be used. Pure; the lane keeps it under a lock.
struct LaneState {
    /// A claim from the moment it is made until its outcome is written.
    struct Held {
        var claim: Claim
        /// Outcomes that wait to be written.
        var pendingWrites = 0
        /// True once the lease is known to be another's: nothing more is sent, and only a delivery is still written.
        var isLost = false
        /// True once no worker has to do with it any more.
        var isWorked = false
    }

    enum ClaimPlan: Equatable {
        case nothing
        case claim(limit: Int)
        /// Claims are made to look for reports that are due, and given back at once.
        case sweep(reason: String, until: Timestamp)
    }

    /// Messages claimed ahead of the workers.
    static let claimAhead = 256
    /// Claims whose outcome is not written, above which nothing more is claimed.
    static let heldLimit = 2048
    static let sweepLimit = 512
    /// Outcomes that wait to be written, above which no worker begins a job: were the gateway killed, each of them could be a message
    /// that arrives twice.
    static let unwrittenLimit = 64

    /// True for the lane of one domain, to which mail goes by MX.
    let isDestination: Bool
    private(set) var target: LaneTarget?
    /// Why there is no target.
    private(set) var missing = ""
    private(set) var tuning: DeliveryTuning
    /// Grows with each change of the settings; sessions of an older one are ended.
    private(set) var generation = 0
    var gate = LaneGate()
    var breaker = LoginBreaker()
    var pool: ServerPool
    var notes = ServerNotes()
    private var window: MessageWindow?
    private var jobs: [LaneJob] = []
    private var nextJob = 0
    private(set) var held: [Int: Held] = [:]
    private var nextToken = 0
    private(set) var workers = 0
    private var parked: [LaneSession] = []
    private(set) var mayHaveMore = false
    /// Claims of this second of which domains had no room for all.
    var crowdedBatches = 0
    /// True while nothing more is claimed for want of room: what is claimed and given back costs a commit.
    var isCrowded: Bool { crowdedBatches >= Self.crowdedLimit }
    private static let crowdedLimit = 8
    /// Workers that the lane of a domain may have: it grows with what is delivered and backs off when its servers take no more sessions.
    private var concurrency = Self.firstConcurrency
    private static let firstConcurrency = 2
    /// When the lane of a domain last came to the end of a transaction, or was made.
    private var lastProgress: Timestamp?
    /// How long that makes it one that takes mail.
    private static let quickness = Duration.seconds(30)
    private var hasProgressed = false
    /// Parts that the lane of a domain may hold before anything is known of it.
    private static let unknownAllowance = 64
    /// Since when the lane of a domain has had nothing to do; nil while it has.
    private var idleSince: Timestamp?
    private var unwritten = 0
    private var nextSweep: Timestamp?
    private(set) var isStopping = false
    /// Alerts that may be open, from this run or an earlier one.
    var mayHaveAlerts = true
    var isDownAlertRaised = false
    /// Sessions in use, so that they can be cut at the end.
    var active: [Int: SMTPClientSession] = [:]

    init(_ route: Route, _ settings: DeliverySettings, isDestination: Bool = false) {
        self.isDestination = isDestination
        tuning = settings.tuning
        pool = ServerPool([], pauses: settings.tuning.serverPause)
        take(settings, for: route)
    }

    /// Takes changed settings: everything is tried anew.
    mutating func take(_ settings: DeliverySettings, for route: Route) {
        let oldLimit = target?.limits?.messagesPerMinute
        (target, missing) = LaneTarget.make(route, settings)
        tuning = settings.tuning
        generation += 1
        gate = gate.renewed(isProving: target?.login != nil)
        breaker = LoginBreaker()
        pool = ServerPool(target?.endpoints ?? [], pauses: tuning.serverPause)
        nextSweep = nil
        isDownAlertRaised = false
        // What is said of the route is said by its own lane.
        mayHaveAlerts = !isDestination
        concurrency = Self.firstConcurrency
        let limit = target?.limits?.messagesPerMinute
        if limit != oldLimit || window == nil { window = limit.map(MessageWindow.init(limit:)) }
    }

    var waitingJobs: Int { jobs.count - nextJob }
    var isDrained: Bool { isStopping && !isClaiming && workers == 0 && held.isEmpty && retiring == 0 }
    /// True while the store is asked for claims: what it gives is given back when the lane stops meanwhile.
    var isClaiming = false
    /// Those who wait for the end of a stopping lane.
    var drains: [AsyncStream<Void>.Continuation] = []
    /// Sessions that are saying goodbye.
    var retiring = 0

    // MARK: Claims

    /// The next claim, with `handedOn` parts of earlier ones in the hands of the lanes of domains.
    mutating func planClaim(now: Timestamp, handedOn: Int = 0) -> ClaimPlan {
        guard !isStopping else { return .nothing }
        gate.look(now: now)
        guard target != nil else { return planSweep(missing, until: now + tuning.sweep, now: now) }
        switch gate.state {
        case .closed(let until):
            let soon = min(max(until, now + .seconds(1)), now + tuning.sweep)
            return planSweep(gate.reason, until: soon, now: now)
        case .probing:
            guard workers == 0, waitingJobs == 0 else { return .nothing }
            return limited(1, now: now)
        case .open:
            guard !isCrowded else { return .nothing }
            let room = min(
                Self.claimAhead - waitingJobs,
                Self.heldLimit - held.count,
                DeliveryLane.handedLimit - handedOn
            )
            // The lanes of slow domains may hold most of it: the rest goes on with what there is.
            guard room >= (handedOn > 0 ? Self.claimAhead / 16 : Self.claimAhead / 2) else {
                mayHaveMore = true
                return .nothing
            }
            return limited(room, now: now)
        }
    }

    private mutating func limited(_ wanted: Int, now: Timestamp) -> ClaimPlan {
        let allowed = window?.available(now: now) ?? wanted
        return allowed > 0 ? .claim(limit: min(wanted, allowed)) : .nothing
    }

    private mutating func planSweep(_ reason: String, until: Timestamp, now: Timestamp) -> ClaimPlan {
        if let nextSweep, nextSweep > now { return .nothing }
        nextSweep = now + tuning.sweep
        return .sweep(reason: reason, until: until)
    }

    /// Takes what was claimed.
    /// - Returns: how many workers to begin, and true when the lane stopped meanwhile: then all is to be given back.
    mutating func accept(_ claims: [Claim], isFull: Bool, now: Timestamp) -> (workers: Int, givenBack: [LaneJob]) {
        window?.take(claims.count, now: now)
        mayHaveMore = isFull
        if isDestination { gate.look(now: now) }
        for claim in claims { jobs.append(hold(claim)) }
        guard !isStopping, gate.closedUntil == nil else { return (0, drainJobs()) }
        return (addWorkers(jobsPerWorker: 4), [])
    }

    /// Claims were handed on to the lanes of their domains.
    mutating func noteClaimed(isFull: Bool) { mayHaveMore = isFull }

    /// Takes claims that are given back at once.
    mutating func holdForSweep(_ claims: [Claim]) -> [LaneJob] { claims.map { hold($0) } }

    private mutating func hold(_ claim: Claim) -> LaneJob {
        nextToken += 1
        held[nextToken] = Held(claim: claim)
        return LaneJob(token: nextToken, claim: claim)
    }

    /// Begins as many workers as the waiting jobs ask for.
    mutating func addWorkers(jobsPerWorker: Int) -> Int {
        guard let target, !isStopping, waitingJobs > 0, gate.closedUntil == nil, unwritten < Self.unwrittenLimit else {
            return 0
        }
        let allowed = isDestination ? min(concurrency, target.connections) : target.connections
        let most = gate.state == .probing ? 1 : allowed
        let wanted = min(most, max(1, (waitingJobs + jobsPerWorker - 1) / jobsPerWorker))
        let added = max(0, wanted - workers)
        workers += added
        return added
    }

    // MARK: Work

    /// The next job for a worker. Without one the worker has ended; `claimsMore` says that the store is to be asked.
    mutating func takeJob() -> (job: LaneJob?, claimsMore: Bool) {
        let isOneTooMany = isDestination && workers > concurrency
        guard !isStopping, gate.closedUntil == nil, nextJob < jobs.count, unwritten < Self.unwrittenLimit, !isOneTooMany
        else {
            workers -= 1
            return (nil, mayHaveMore && !isStopping)
        }
        let job = jobs[nextJob]
        nextJob += 1
        if nextJob == jobs.count || nextJob > 1024 {
            jobs.removeFirst(nextJob)
            nextJob = 0
        }
        return (job, mayHaveMore && waitingJobs <= Self.claimAhead / 2)
    }

    /// Takes out the jobs that no worker has begun; they go back to the queue.
    mutating func drainJobs() -> [LaneJob] {
        let rest = Array(jobs[nextJob...])
        jobs = []
        nextJob = 0
        window?.giveBack(rest.count)
        return rest
    }

    /// A transaction that was counted has not been sent.
    mutating func giveBackAllowance() { window?.giveBack(1) }

    /// Counts a transaction beyond the first of its claim; false when the provider's limit does not admit it now.
    mutating func takeAllowance(now: Timestamp) -> Bool {
        if let available = window?.available(now: now), available < 1 { return false }
        window?.take(1, now: now)
        return true
    }

    mutating func beginWrite(_ token: Int, isLast: Bool) {
        unwritten += 1
        held[token]?.pendingWrites += 1
        if isLast { held[token]?.isWorked = true }
    }

    /// - Returns: true when the store is to be asked for more, and how many workers to begin that had ended for want of writes.
    mutating func endWrite(_ token: Int) -> (claimsMore: Bool, workers: Int) {
        unwritten -= 1
        held[token]?.pendingWrites -= 1
        if let entry = held[token], entry.isWorked, entry.pendingWrites == 0 { held[token] = nil }
        let workers = unwritten == Self.unwrittenLimit / 2 ? addWorkers(jobsPerWorker: 4) : 0
        return (mayHaveMore && !isStopping && held.count < Self.heldLimit / 2, workers)
    }

    /// The claim is another's by now; what is being sent under it comes to its own end.
    mutating func lose(_ token: Int) { held[token]?.isLost = true }

    func isLost(_ token: Int) -> Bool { held[token]?.isLost ?? true }

    /// Nothing more is sent under a lost claim.
    mutating func drop(_ token: Int) {
        held[token]?.isLost = true
        held[token]?.isWorked = true
        if held[token]?.pendingWrites == 0 { held[token] = nil }
    }

    mutating func renewed(_ token: Int, _ lease: Lease) { held[token]?.claim.lease = lease }

    // MARK: Domains

    /// Parts of messages that the lane of a domain may hold, where there is room for `room` parts of `limit`: half of it for a domain that has lately
    /// taken mail; some for one of which nothing is known yet; a few ahead of its workers for one that takes none, and for both, once half of the room is
    /// gone, no more than these work on.
    mutating func allowance(room: Int, of limit: Int, now: Timestamp) -> Int {
        let isSilent = silence(now: now) >= Self.quickness
        if hasProgressed, !isSilent { return max(concurrency, room / 2) }
        guard room > limit / 2 else { return concurrency }
        return isSilent ? 4 * concurrency + 8 : Self.unknownAllowance
    }

    /// How long no transaction of a domain has come to its end.
    mutating func silence(now: Timestamp) -> Duration {
        let since = lastProgress ?? now
        lastProgress = since
        return max(.zero, now - since)
    }

    /// A transaction of a domain has come to its end.
    /// - Returns: how many workers to begin.
    mutating func grow(now: Timestamp) -> Int {
        guard isDestination, let target else { return 0 }
        (lastProgress, hasProgressed) = (now, true)
        concurrency = min(concurrency + 1, target.connections)
        return addWorkers(jobsPerWorker: 4)
    }

    /// A session could not be had.
    /// - Returns: true when others go on: then there are fewer from now on, and the lane is not closed.
    mutating func backOff() -> Bool {
        guard isDestination, workers > 1, !active.isEmpty else {
            concurrency = Self.firstConcurrency
            return false
        }
        concurrency = max(1, active.count)
        return true
    }

    /// True when the lane of a domain has long had nothing to do and nothing of it is worth remembering.
    mutating func isForgettable(now: Timestamp) -> Bool {
        guard held.isEmpty, workers == 0, parked.isEmpty, retiring == 0 else {
            idleSince = nil
            return false
        }
        if isStopping { return true }
        let since = max(idleSince ?? now, gate.closedUntil ?? .init(milliseconds: 0))
        idleSince = idleSince ?? now
        return now - since > (gate.downSince == nil ? .seconds(60) : .seconds(3600))
    }

    /// Stops a lane that has nothing to do, for another's sake.
    ///
    /// - Returns: false when it has.
    mutating func giveWay() -> Bool {
        guard held.isEmpty, workers == 0, parked.isEmpty, retiring == 0 else { return false }
        stop()
        return true
    }

    // MARK: Sessions

    /// An idle session that may be used, and those that are too old.
    mutating func unpark(now: Timestamp) -> (session: LaneSession?, retired: [LaneSession]) {
        var retired: [LaneSession] = []
        while let session = parked.popLast() {
            if isFit(session, now: now) { return (session, retired) }
            retired.append(session)
        }
        return (nil, retired)
    }

    /// Keeps an idle session; false when it is to be ended.
    mutating func park(_ session: LaneSession, now: Timestamp) -> Bool {
        guard !isStopping, isFit(session, now: now) else { return false }
        parked.append(session)
        return true
    }

    func isFit(_ session: LaneSession, now: Timestamp) -> Bool {
        guard let target, session.generation == generation, session.session.isOpen else { return false }
        return now - session.opened < target.sessionAge && session.transactions < tuning.sessionMessages
    }

    /// Takes out the sessions that have been idle too long, or no longer fit.
    mutating func retireIdle(now: Timestamp) -> [LaneSession] {
        let all = parked
        parked = all.filter { !isOld($0, now: now) }
        let old = all.filter { isOld($0, now: now) }
        return old
    }

    private func isOld(_ session: LaneSession, now: Timestamp) -> Bool {
        isStopping || !isFit(session, now: now) || now - session.lastUsed >= tuning.idleSession
    }

    mutating func stop() { isStopping = true }
}
