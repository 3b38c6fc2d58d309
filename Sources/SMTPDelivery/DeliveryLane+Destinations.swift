// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import MailTransport
import SMTPProtocol
import Synchronization
import TransportPolicy

/// What a worker gets when it asks for a session.
enum Acquired {
    case session(LaneSession)
    /// None: the gate says why.
    case none
    /// None, for good: the domain takes no mail.
    case refused(SMTPReply)
    /// None, after an attempt.
    case unanswered(String)
    /// None for now, without an attempt.
    case later(String, until: Timestamp)
}

/// Mail by MX: the lane of the Internet claims, and hands what it claimed to a lane for each domain, with sessions, limits and
/// troubles of its own, so that no domain waits for another.
///
/// A domain that has lately taken mail may hold half of the room that is left. Of one that has not, however many there are, the lanes hold a few parts each
/// (`LaneState.allowance`), which together never fill the room; the rest of its mail waits in the queue.
extension DeliveryLane {
    /// Parts of messages that the lanes of the domains hold, above which nothing more is claimed.
    static let handedLimit = 8192
    /// Domains that have a lane at the same time: half of the room is enough for what the first workers of all of them hold.
    static let maximumDestinations = 2000
    /// How long parts wait that a lane has no room for, at least.
    private static let noRoom = Duration.seconds(1)
    /// The same, at most.
    private static let longNoRoom = Duration.seconds(30)

    /// Parts that the lanes of the domains hold.
    var handedOn: Int {
        children.withLock { Array($0.values) }.reduce(0) { total, lane in total + lane.state.withLock { $0.held.count }
        }
    }

    /// Gives each domain its part of each claim.
    func distribute(_ claims: [Claim], isFull: Bool, now: Timestamp) {
        let isClosed = state.withLock { state in
            state.noteClaimed(isFull: isFull)
            return state.isStopping || state.gate.closedUntil != nil
        }
        var parts: [(domain: String, claims: [Claim])] = []
        var places: [String: Int] = [:]
        for claim in claims {
            let byDomain = Dictionary(grouping: claim.recipients) { $0.recipient.forwardPath.comparisonDomain }
            for (domain, recipients) in byDomain.sorted(by: { $0.key < $1.key }) {
                let part = Claim(message: claim.message, recipients: recipients, lease: claim.lease)
                if let place = places[domain] {
                    parts[place].claims.append(part)
                } else {
                    places[domain] = parts.count
                    parts.append((domain, [part]))
                }
            }
        }
        var handed = handedOn
        var isCrowded = false
        for (domain, claims) in parts {
            guard !isClosed, let lane = child(domain) else {
                putOff(claims, now + Self.noRoom)
                continue
            }
            let given = hand(claims, to: lane, handedOn: handed, now: now)
            handed += given
            if given < claims.count { isCrowded = true }
        }
        if isCrowded { state.withLock { $0.crowdedBatches += 1 } }
    }

    /// Gives a domain what it has room for; the rest waits in the queue, the longer the longer the domain has taken nothing.
    /// - Returns: how many parts it was given.
    private func hand(_ claims: [Claim], to lane: DeliveryLane, handedOn: Int, now: Timestamp) -> Int {
        let (room, silence) = lane.state.withLock { state in
            let allowance = state.allowance(room: Self.handedLimit - handedOn, of: Self.handedLimit, now: now)
            return (max(0, allowance - state.held.count), state.silence(now: now))
        }
        lane.begin(Array(claims.prefix(room)), isFull: false, now: now)
        guard claims.count > room else { return claims.count }
        putOff(Array(claims.dropFirst(room)), now + max(Self.noRoom, min(silence, Self.longNoRoom)))
        return room
    }

    /// Gives claims back to the queue for a moment.
    private func putOff(_ claims: [Claim], _ due: Timestamp) {
        let (jobs, reason, until) = state.withLock { state in
            (state.holdForSweep(claims), state.gate.reason, max(state.gate.closedUntil ?? due, due))
        }
        for job in jobs { giveBack(job, reason, until: until) }
    }

    private func child(_ domain: String) -> DeliveryLane? {
        let settings = settings.withLock { $0 }
        return children.withLock { children in
            if let lane = children[domain] { return lane.state.withLock { $0.isStopping } ? nil : lane }
            if children.count >= Self.maximumDestinations {
                // What is known of a domain that has nothing to do gives way to mail that waits.
                let idle = children.first { $0.value.state.withLock { $0.giveWay() } }
                guard let idle else { return nil }
                children[idle.key] = nil
            }
            let lane = DeliveryLane(route, settings: settings, context: context, destination: domain, parent: self)
            children[domain] = lane
            return lane
        }
    }

    /// A lane of a domain has come further: there may be room again.
    func childProgressed() {
        guard state.withLock({ $0.mayHaveMore && !$0.isStopping && !$0.isCrowded }), handedOn < Self.handedLimit / 2
        else { return }
        look()
    }

    /// Once a second: the lanes of the domains, those that are not needed any more taken away.
    func keepChildren(now: Timestamp) async {
        let lanes = children.withLock { $0 }
        for (domain, lane) in lanes {
            await lane.upkeep()
            children.withLock { children in
                // A lane that is forgotten takes nothing more: whoever has just found it gets its mail back.
                let isForgotten = lane.state.withLock { state in
                    guard state.isForgettable(now: now) else { return false }
                    state.stop()
                    return true
                }
                if isForgotten { children[domain] = nil }
            }
        }
        state.withLock { $0.crowdedBatches = 0 }
    }

    // MARK: Sessions

    /// A session with a server of the lane's domain.
    func acquireByMX(_ opening: OpeningPlan, domain: String) async -> Acquired {
        let settings = settings.withLock { $0 }
        guard let internet = settings.internet, let services = context.internet else { return .none }
        let planner = DestinationPlanner(services: services, settings: internet, hostname: settings.hostname)
        let plan = await planner.plan(domain)
        guard case .dnsDown(let words) = plan else {
            // An address literal says nothing of the DNS.
            if !domain.hasPrefix("[") { parent?.noteWorks() }
            switch plan {
            case .refused(let reply): return .refused(reply)
            case .unavailable(let words), .dnsDown(let words): return giveUp(words, opening)
            case .hosts(let hosts, let kind):
                let route = MXRoute(domain: domain, hosts: hosts, kind: kind, settings: internet, services: services)
                return await open(route, opening)
            }
        }
        return noteDNSDown(words)
    }

    /// The DNS is down, which is no domain's fault: all its mail waits, and none of it has been tried.
    private func noteDNSDown(_ words: String) -> Acquired {
        let now = context.clock.now()
        parent?.close(words, state.withLock { $0.tuning.lanePause })
        let until = parent?.state.withLock { $0.returnTime(now: now) } ?? now + Self.noRoom
        for job in state.withLock({ $0.drainJobs() }) { giveBack(job, words, until: until) }
        return .later(words, until: until)
    }

    private func open(_ route: MXRoute, _ opening: OpeningPlan) async -> Acquired {
        let now = context.clock.now()
        let attempts = state.withLock { state in route.attempts { state.pool.isPaused($0, now: now) } }
        var words = "\(route.domain) has no mail server that can be used"
        for attempt in attempts {
            let outcome = await open(attempt, route, opening)
            guard state.withLock({ $0.generation == opening.generation && !$0.isStopping }) else {
                if case .success(let session) = outcome { retire(session) }
                return .later("", until: context.clock.now())
            }
            switch outcome {
            case .success(let session): return .session(session)
            case .failure(let error): words = error.message
            }
        }
        return giveUp(words, opening)
    }

    private func open(
        _ attempt: MXRoute.Attempt,
        _ route: MXRoute,
        _ opening: OpeningPlan
    ) async -> Result<LaneSession, SMTPClientError> {
        let hostname = settings.withLock { $0.hostname }
        let judge = attempt.judge
        do throws(SMTPClientError) {
            let session = try await SMTPClientSession.open(
                attempt.endpoint,
                settings: SMTPSessionSettings(hostname: hostname, timeouts: opening.tuning.destinationTimeouts),
                login: nil,
                connector: connector,
                at: .init(address: IPAddress.format(attempt.address), judge: judge)
            )
            let now = context.clock.now()
            logger.debug("session opened", metadata: ["peer": "\(session.peer)", "tls": "\(session.isSecure)"])
            state.withLock { $0.pool.succeeded(attempt.key, now: now) }
            route.count(session, attempt, connector: connector, settings: session.settings, now: now)
            let (endpoint, generation) = (attempt.endpoint, opening.generation)
            return .success(
                LaneSession(session: session, endpoint: endpoint, opened: now, generation: generation, lastUsed: now)
            )
        } catch {
            let now = context.clock.now()
            logger.notice(
                "session could not be opened",
                metadata: ["peer": "\(attempt.endpoint.host):\(attempt.endpoint.port)", "error": "\(error.message)"]
            )
            state.withLock { $0.pool.failed(attempt.key, now: now) }
            if error.code == .tls { route.count(error, attempt) }
            return .failure(error)
        }
    }

    /// No server can be used: the domain's mail waits, unless other sessions with it go on, which then do without this one.
    private func giveUp(_ words: String, _ opening: OpeningPlan) -> Acquired {
        let now = context.clock.now()
        if state.withLock({ $0.backOff() }) { return .later(words, until: now + .seconds(10)) }
        close(words, opening.tuning.destinationPause)
        return .unanswered(words)
    }

    /// The DNS answers: what was said of the lane as a whole has ended.
    private func noteWorks() {
        let (opens, hadAlerts) = state.withLock { state -> (Bool, Bool) in
            let opens = state.gate.state != .open
            state.gate.succeed()  // open or not: an outage before a reload has ended too
            let hadAlerts = state.mayHaveAlerts
            state.mayHaveAlerts = false
            state.isDownAlertRaised = false
            return (opens, hadAlerts)
        }
        if opens { look() }
        if hadAlerts { context.spawner.spawn { await self.clearAlerts() } }
    }
}
