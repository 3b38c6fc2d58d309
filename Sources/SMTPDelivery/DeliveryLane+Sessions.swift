// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import SMTPProtocol
import Synchronization

extension DeliveryLane {
    /// A session for the next transaction: an idle one, or a new one at the first server that can be used.
    ///
    /// When there is none the gate is closed: its reason says why, and the jobs that wait have gone back to the queue. A `fresh` one
    /// leaves the idle ones alone: it is for what has just failed on one of them.
    func acquire(fresh: Bool = false) async -> Acquired {
        while true {
            let now = context.clock.now()
            let (idle, retired, opening) = state.withLock { state in
                let (idle, retired) = fresh ? (nil, []) : state.unpark(now: now)
                return (idle, retired, idle == nil ? state.planOpening(now: now) : nil)
            }
            for session in retired { retire(session) }
            if let idle { return .session(idle) }
            guard let opening else { return .none }
            if let destination { return await acquireByMX(opening, domain: destination) }
            switch await open(opening) {
            case .opened(let session): return .session(session)
            case .failed(let words):
                close(words, opening.target?.pause ?? opening.tuning.lanePause)
                return .none
            case .loginRefused: return .none
            case .outdated: continue
            }
        }
    }

    private enum Opening {
        case opened(LaneSession)
        case failed(String)
        case loginRefused
        /// Other settings came meanwhile: nothing that was found out under the old ones counts.
        case outdated
    }

    /// Opens a session at the first server of `plan` that can be used.
    private func open(_ plan: OpeningPlan) async -> Opening {
        var words = "no server is configured"
        for endpoint in plan.endpoints {
            let outcome = await open(endpoint, plan)
            guard state.withLock({ $0.generation == plan.generation }) else {
                if case .opened(let session) = outcome { retire(session) }
                return .outdated
            }
            guard case .failed(let reason) = outcome else { return outcome }
            words = reason
        }
        return .failed(words)
    }

    private func open(_ endpoint: Endpoint, _ plan: OpeningPlan) async -> Opening {
        while true {
            let hostname = settings.withLock { $0.hostname }
            do {
                let session = try await SMTPClientSession.open(
                    endpoint,
                    settings: SMTPSessionSettings(hostname: hostname, timeouts: plan.tuning.timeouts),
                    login: plan.target?.login,
                    connector: connector
                )
                let now = context.clock.now()
                logger.debug("session opened", metadata: ["peer": "\(session.peer)"])
                let offer = ServerOffer(
                    maximumOctets: session.capabilities.maximumSize,
                    smtpUTF8: session.capabilities.smtpUTF8
                )
                state.withLock { state in
                    state.notes.works(endpoint, now: now)
                    state.notes.offers(offer, endpoint, now: now)
                }
                return .opened(
                    LaneSession(
                        session: session,
                        endpoint: endpoint,
                        opened: now,
                        generation: plan.generation,
                        lastUsed: now
                    )
                )
            } catch {
                if let ending = await noteFailure(error, at: endpoint, plan.generation) { return ending }
            }
        }
    }

    /// - Returns: nil when the same server is to be tried once more.
    private func noteFailure(_ error: SMTPClientError, at endpoint: Endpoint, _ generation: Int) async -> Opening? {
        let now = context.clock.now()
        state.withLock { $0.notes.fails(endpoint, error.message.capped(OutcomeJudge.maximumWords), now: now) }
        logger.warning(
            "session could not be opened",
            metadata: ["peer": "\(endpoint.host):\(endpoint.port)", "error": "\(error.message)"]
        )
        if case .account(let account) = route {
            context.accountEvents.failed(account, at: now, error: error.message.capped(OutcomeJudge.maximumWords))
        }
        let decision = state.withLock { state -> LoginBreaker.Decision? in
            // Settings that came meanwhile are tried for themselves.
            guard state.generation == generation else { return nil }
            switch error.code {
            case .loginRefused: return state.breaker.refused()
            case .passwordUnavailable: return .open
            case .signInNeeded: return state.breaker.barred()
            case .unreachable, .greeting, .tls, .protocolViolation, .loginDeferred, .loginUnavailable,
                .lostBeforeEndOfData, .lostAfterEndOfData, .content:
                state.pool.failed(endpoint, now: now)
                return nil
            }
        }
        guard let decision else { return .failed(error.message) }
        guard decision == .open else { return nil }
        close(error.message, state.withLock { $0.tuning.loginPause })
        if error.code != .signInNeeded { await reportLoginRefused(error.message.capped(OutcomeJudge.maximumWords)) }
        return .loginRefused
    }

    /// Closes the gate; what waits for a worker goes back to the queue.
    func close(_ reason: String, _ pauses: ClosedRange<Duration>) {
        let now = context.clock.now()
        let (rest, until) = state.withLock { state in
            state.gate.fail(reason.capped(OutcomeJudge.maximumWords), now: now, pauses: pauses)
            return (state.drainJobs(), state.returnTime(now: now))
        }
        for job in rest { giveBack(job, reason, until: until) }
    }

    /// Ends a session in the background.
    func retire(_ session: LaneSession) {
        state.withLock { $0.retiring += 1 }
        context.spawner.spawn {
            await session.session.quit()
            self.state.withLock { $0.retiring -= 1 }
            self.noteProgress()
        }
    }

    /// Keeps the session for the next message, or ends it.
    func park(_ session: LaneSession) {
        let now = context.clock.now()
        if !state.withLock({ $0.park(session, now: now) }) { retire(session) }
    }
}

extension LaneState {
    /// When jobs that are given back while the gate is closed are due again.
    func returnTime(now: Timestamp) -> Timestamp {
        min(
            max(gate.closedUntil ?? now, now + .seconds(1)),
            now + (isDestination ? tuning.destinationPause.upperBound : tuning.sweep)
        )
    }
}
