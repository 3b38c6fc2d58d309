// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import Synchronization

import struct NIOCore.ByteBuffer

extension DeliveryLane {
    /// Records what happened to recipients of a job; it is written in the background, so that the worker goes on. After the last
    /// record nothing more happens to the job.
    func record(
        _ job: LaneJob,
        _ events: [(member: Int, event: OutcomeJudge.Event)],
        _ facts: AttemptFacts,
        isLast: Bool
    ) {
        state.withLock { $0.beginWrite(job.token, isLast: isLast) }
        context.spawner.spawn {
            await self.settle(job, events, facts)
            let (claimsMore, workers) = self.state.withLock { $0.endWrite(job.token) }
            self.spawnWorkers(workers)
            if claimsMore { self.look() }
            self.parent?.childProgressed()
            self.noteProgress()
        }
    }

    private func settle(
        _ job: LaneJob,
        _ events: [(member: Int, event: OutcomeJudge.Event)],
        _ facts: AttemptFacts
    ) async {
        // Of a lost claim only what has arrived counts; all else is for the claim that has the message now.
        let isLost = state.withLock { $0.isLost(job.token) }
        let events = isLost ? events.filter(\.event.isDelivery) : events
        guard !events.isEmpty else { return }
        let settings = settings.withLock { $0 }
        let now = context.clock.now()
        let message = job.claim.message
        let judge = OutcomeJudge(schedule: settings.schedule, now: now, offersDSN: facts.offersDSN)
        let outcomes = events.map { member, event in
            let recipient = job.claim.recipients[member]
            return JudgedRecipient(recipient: recipient, judgement: judge.judge(event, recipient, of: message))
        }
        noteAccount(outcomes, now)
        let notices = await reports(outcomes, message, facts, settings, now)
        let results = outcomes.map { outcome in
            let judgement = outcome.judgement
            let attempt = DeliveryAttempt(
                moment: now,
                duration: facts.duration,
                server: facts.server,
                reply: judgement.words
            )
            return RecipientResult(
                number: outcome.recipient.number,
                outcome: judgement.outcome,
                attempt: judgement.countsAsAttempt ? attempt : nil,
                reportsDelay: judgement.report == .delayed,
                reason: judgement.countsAsAttempt || judgement.words.isEmpty ? nil : judgement.words
            )
        }
        guard await write(job, results, notices.map(\.arrival)) else { return }
        // Only now: what the log calls delivered is never delivered again.
        for outcome in outcomes { log(outcome, message, facts) }
        log(notices, about: message.id)
        await raiseAlerts(outcomes, message, facts)
    }

    /// Writes the outcome, again and again while the store cannot: the message is not delivered a second time meanwhile.
    /// - Returns: true once it is written.
    private func write(_ job: LaneJob, _ results: [RecipientResult], _ notices: [Arrival]) async -> Bool {
        var pause = Duration.seconds(1)
        while true {
            let lease = state.withLock { $0.held[job.token]?.claim.lease ?? job.claim.lease }
            do {
                try await context.store.settle(
                    Settlement(id: job.claim.message.id, lease: lease, results: results, notices: notices)
                )
                return true
            } catch {
                logger.error(
                    "the outcome of a delivery could not be written",
                    metadata: ["queueID": "\(job.claim.message.id)", "error": "\(error)"]
                )
                guard error.code != .notFound, error.code != .notAllowed else { return false }
            }
            do {
                try await Task.sleep(for: pause)
            } catch {
                logger.error(
                    "the gateway ends with an outcome unwritten: the message may be delivered again",
                    metadata: ["queueID": "\(job.claim.message.id)"]
                )
                return false
            }
            pause = min(pause * 2, .seconds(60))
        }
    }

    // MARK: Reports

    private func reports(
        _ outcomes: [JudgedRecipient],
        _ message: QueuedMessage,
        _ facts: AttemptFacts,
        _ settings: DeliverySettings,
        _ now: Timestamp
    ) async -> [(report: OutcomeJudge.Report, arrival: Arrival)] {
        var arrivals: [(report: OutcomeJudge.Report, arrival: Arrival)] = []
        for report in [OutcomeJudge.Report.failed, .delayed, .relayed] {
            let concerned = outcomes.filter { $0.judgement.report == report }
            guard !concerned.isEmpty else { continue }
            let action = report.action(message, settings.schedule)
            let recipients = concerned.map { outcome in
                ReportedRecipient(
                    outcome.recipient.recipient,
                    status: outcome.judgement.status,
                    reply: outcome.judgement.reply,
                    explanation: outcome.judgement.words,
                    remoteMTA: facts.server.isEmpty ? nil : String(facts.server.prefix { $0 != ":" }),
                    lastAttempt: outcome.judgement.countsAsAttempt && !facts.server.isEmpty ? now : nil
                )
            }
            let original = await beginning(of: message, DeliveryReport.octetsNeeded(action, of: message))
            let notice = DeliveryReport(
                action,
                of: message,
                recipients: recipients,
                original: original,
                hostname: settings.hostname,
                postmaster: settings.postmaster,
                now: now
            )
            arrivals.append((report, notice.arrival(route: .exchange)))
        }
        return arrivals
    }

    /// One line links the report with the message that it speaks of: whoever follows either finds the other.
    private func log(_ reports: [(report: OutcomeJudge.Report, arrival: Arrival)], about id: QueueID) {
        for (report, arrival) in reports {
            logger.notice(
                "report queued",
                metadata: ["queueID": "\(arrival.message.id)", "about": "\(id)", "report": "\(report)"]
            )
        }
    }

    /// The first octets of the message for a report; what cannot be read is left out of it.
    private func beginning(of message: QueuedMessage, _ count: Int) async -> ByteBuffer {
        var octets = ByteBuffer()
        do {
            let reader = try await context.store.readBody(message.id)
            while octets.readableBytes < count, let piece = try await reader.read(upTo: count - octets.readableBytes) {
                octets.writeImmutableBuffer(piece)
            }
            await reader.close()
        } catch {
            logger.error(
                "a report goes without the message, which could not be read",
                metadata: ["queueID": "\(message.id)", "error": "\(error)"]
            )
        }
        return octets
    }

    // MARK: Log and accounts

    private func log(_ outcome: JudgedRecipient, _ message: QueuedMessage, _ facts: AttemptFacts) {
        let judgement = outcome.judgement
        guard judgement.countsAsAttempt || judgement.report != nil else { return }
        let metadata: Logger.Metadata = [
            "queueID": "\(message.id)", "peer": "\(facts.server)", "reply": "\(judgement.words)",
            "recipient": "\(outcome.recipient.recipient.forwardPath)", "route": "\(route)",
        ]
        switch judgement.outcome {
        case .delivered: context.logger.info("delivered", metadata: metadata)
        case .deferred: context.logger.notice("deferred", metadata: metadata)
        case .failed where message.origin == .notice:
            context.logger.error("a notice of the gateway's own could not be delivered", metadata: metadata)
        case .failed: context.logger.warning("failed", metadata: metadata)
        case .quarantined: context.logger.warning("quarantined", metadata: metadata)
        case .uncertain:
            context.logger.error("uncertain: the reply to a certified submission is lost", metadata: metadata)
        }
    }

    private func noteAccount(_ outcomes: [JudgedRecipient], _ now: Timestamp) {
        guard case .account(let account) = route else { return }
        if outcomes.contains(where: { $0.judgement.outcome == .delivered }) {
            context.accountEvents.submitted(account, at: now)
        }
        let failure = outcomes.first { $0.judgement.countsAsAttempt && $0.judgement.outcome != .delivered }
        if let failure { context.accountEvents.failed(account, at: now, error: failure.judgement.words) }
    }
}

/// A recipient with what becomes of it.
struct JudgedRecipient {
    let recipient: QueuedRecipient
    let judgement: OutcomeJudge.Judgement
}

extension OutcomeJudge.Report {
    fileprivate func action(_ message: QueuedMessage, _ schedule: RetrySchedule) -> DeliveryReport.Action {
        switch self {
        case .failed: .failed
        case .delayed: .delayed(willRetryUntil: message.arrival + schedule.lifetime)
        case .relayed: .relayed
        }
    }
}
