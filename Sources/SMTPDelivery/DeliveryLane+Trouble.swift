// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import SMTPProtocol
import Synchronization

/// What transactions show of the servers: a lane is taken to work only once a transaction has come to its end, and one whose server
/// leaves or drops new sessions is closed, so that a queue of messages does not become a queue of logins.
extension DeliveryLane {
    /// Draws from a result what it says of the server.
    /// - Returns: the transaction that is to follow at once instead of an attempt; nil when the result stands.
    func notedTrouble(
        _ result: SMTPTransactionResult,
        _ sending: Sending,
        _ current: LaneSession
    ) -> PlannedTransaction? {
        let members = sending.plan.members
        let mail = result.answers.first { $0.stage == .mail }?.reply
        let goodbye = result.answers.first { $0.reply.code == 421 }?.reply
        if mail?.code == 421, sending.wasUsed, !sending.plan.isRetry {
            return PlannedTransaction(members: members, isRetry: true, isFailover: sending.plan.isFailover)
        }
        if let mail, mail.lacksResources, !sending.plan.isFailover, hasAnother(than: current.endpoint) {
            let now = context.clock.now()
            state.withLock { $0.pool.failed(current.endpoint, now: now) }
            logger.notice(
                "a server has no resources for mail, another one is asked",
                metadata: [
                    "queueID": "\(sending.job.claim.message.id)", "peer": "\(current.session.peer)", "reply": "\(mail)",
                ]
            )
            return PlannedTransaction(members: members, isRetry: true, isFailover: true)
        }
        if let goodbye {
            leave(current.endpoint, "\(current.session.peer) said \(goodbye)")
        } else if result.answers.contains(where: { $0.stage != .local }) {
            noteCompleted(current.endpoint)
        }
        return nil
    }

    /// Draws from a lost transaction what it says of the server: one that drops new sessions is left alone for a time.
    func noteLoss(_ error: SMTPClientError, _ sending: Sending, _ current: LaneSession) {
        switch error.code {
        case .lostBeforeEndOfData, .lostAfterEndOfData, .protocolViolation:
            guard !sending.wasUsed, !state.withLock({ $0.isStopping }) else { return }
            leave(current.endpoint, error.message)
        case .content, .unreachable, .greeting, .tls, .loginRefused, .loginDeferred, .loginUnavailable,
            .passwordUnavailable, .signInNeeded:
            return
        }
    }

    private func hasAnother(than endpoint: Endpoint) -> Bool {
        let now = context.clock.now()
        return state.withLock { $0.pool.hasAnother(than: endpoint, now: now) }
    }

    /// Leaves a server alone for its pause, and the lane when it has no other.
    private func leave(_ endpoint: Endpoint, _ words: String) {
        let now = context.clock.now()
        if state.withLock({ $0.isDestination && $0.backOff() }) { return }
        let pauses = state.withLock { state -> ClosedRange<Duration>? in
            state.pool.failed(endpoint, now: now)
            state.notes.fails(endpoint, words.capped(OutcomeJudge.maximumWords), now: now)
            guard !state.pool.hasAnother(than: endpoint, now: now) else { return nil }
            return state.target?.pause ?? state.tuning.lanePause
        }
        if let pauses { close(words, pauses) }
    }

    /// A transaction has come to its end: the lane works. A pause that runs is kept, and its probe then opens the gate.
    private func noteCompleted(_ endpoint: Endpoint) {
        let now = context.clock.now()
        let (opens, hadAlerts, workers) = state.withLock { state -> (Bool, Bool, Int) in
            state.pool.succeeded(endpoint, now: now)
            if !state.pool.isPaused(endpoint, now: now) { state.notes.works(endpoint, now: now) }
            guard state.gate.closedUntil == nil else { return (false, false, 0) }
            state.breaker.accepted()
            let opens = state.gate.state != .open
            state.gate.succeed()  // open or not: an outage before a reload has ended too
            let hadAlerts = state.mayHaveAlerts
            state.mayHaveAlerts = false
            state.isDownAlertRaised = false
            return (opens, hadAlerts, state.grow(now: now))
        }
        spawnWorkers(workers)
        if opens { look() }
        if hadAlerts { context.spawner.spawn { await self.clearAlerts() } }
    }
}

extension SMTPReply {
    /// True for a refusal of all mail for now (RFC 3463: 4.3.x, 4.4.x), Exchange's back pressure, and not of this sender.
    fileprivate var lacksResources: Bool {
        guard isTransient else { return false }
        guard let status, code != 421 else { return true }
        return [0, 3, 4, 5].contains(status.subject)
    }
}
