// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

/// Turns what happened to a recipient into what becomes of it in the queue and which report is due. Pure.
struct OutcomeJudge {
    /// What happened to a recipient.
    enum Event: Equatable {
        /// A server, or our own judgement of what it offers, answered.
        case answered(SMTPReply)
        /// There was an attempt, and no answer.
        case unanswered(String)
        /// There was no attempt; the claim is given back until the moment.
        case notTried(String, until: Timestamp)
        /// Nobody knows whether a certified message was taken (P5).
        case uncertain(String)

        /// True when the server has taken the message.
        var isDelivery: Bool {
            guard case .answered(let reply) = self else { return false }
            return ReplyVerdict(reply) == .delivered
        }
    }

    /// What becomes of a recipient.
    struct Judgement: Equatable {
        var outcome: RecipientOutcome
        var countsAsAttempt: Bool
        /// What is kept as the last reply.
        var words: String
        /// The status of a report.
        var status: EnhancedStatus?
        var reply: SMTPReply?
        var report: Report?
    }

    enum Report: Equatable {
        case failed
        case delayed
        case relayed
    }

    let schedule: RetrySchedule
    let now: Timestamp
    /// True when the server passes DSN requests on.
    let offersDSN: Bool

    /// The octets of words that are kept of one attempt.
    static let maximumWords = 2048

    func judge(_ event: Event, _ recipient: QueuedRecipient, of message: QueuedMessage) -> Judgement {
        var judgement = decide(event, recipient, message)
        judgement.words = judgement.words.capped(Self.maximumWords)
        return judgement
    }

    private func decide(_ event: Event, _ recipient: QueuedRecipient, _ message: QueuedMessage) -> Judgement {
        switch event {
        case .answered(let reply):
            switch ReplyVerdict(reply) {
            case .delivered:
                let isRelayed = !offersDSN && DeliveryReport.isDue(.relayed, of: message, to: recipient.recipient)
                return Judgement(
                    outcome: .delivered,
                    countsAsAttempt: true,
                    words: reply.description,
                    reply: reply,
                    report: isRelayed ? .relayed : nil
                )
            case .transient: return deferred(reply.description, reply, recipient, message)
            case .permanent: return ended(reply.description, reply, reply.status, recipient, message)
            }
        case .unanswered(let words): return deferred(words, nil, recipient, message)
        case .notTried(let words, let until): return givenBack(words, until, recipient, message)
        case .uncertain(let words):
            return Judgement(outcome: .uncertain, countsAsAttempt: true, words: words)
        }
    }

    private func deferred(
        _ words: String,
        _ reply: SMTPReply?,
        _ recipient: QueuedRecipient,
        _ message: QueuedMessage
    ) -> Judgement {
        let age = now - message.arrival
        guard let delay = schedule.delay(afterAttempt: recipient.attempts + 1, age: age) else {
            return expired(words, reply, recipient, message)
        }
        return Judgement(
            outcome: .deferred(until: now + delay),
            countsAsAttempt: true,
            words: words,
            reply: reply,
            report: isDelayDue(age, recipient, message) ? .delayed : nil
        )
    }

    private func givenBack(
        _ words: String,
        _ until: Timestamp,
        _ recipient: QueuedRecipient,
        _ message: QueuedMessage
    ) -> Judgement {
        let age = now - message.arrival
        guard age < schedule.lifetime else { return expired(words, nil, recipient, message) }
        return Judgement(
            outcome: .deferred(until: until),
            countsAsAttempt: false,
            words: words,
            report: isDelayDue(age, recipient, message) ? .delayed : nil
        )
    }

    private func expired(
        _ words: String,
        _ reply: SMTPReply?,
        _ recipient: QueuedRecipient,
        _ message: QueuedMessage
    ) -> Judgement {
        let days = schedule.lifetime.components.seconds / 86400
        return ended(
            "not delivered within \(days) days; last: \(words)",
            reply,
            EnhancedStatus(4, 4, 7),
            recipient,
            message
        )
    }

    /// The end of a recipient that cannot be delivered, by where the message came from.
    private func ended(
        _ words: String,
        _ reply: SMTPReply?,
        _ status: EnhancedStatus?,
        _ recipient: QueuedRecipient,
        _ message: QueuedMessage
    ) -> Judgement {
        let outcome: RecipientOutcome =
            switch message.origin {
            case .exchange, .notice: .failed
            case .internet, .provider, .account: .quarantined
            }
        let isReported = outcome == .failed && DeliveryReport.isDue(.failed, of: message, to: recipient.recipient)
        return Judgement(
            outcome: outcome,
            countsAsAttempt: true,
            words: words,
            status: status,
            reply: reply,
            report: isReported ? .failed : nil
        )
    }

    private func isDelayDue(_ age: Duration, _ recipient: QueuedRecipient, _ message: QueuedMessage) -> Bool {
        schedule.isDelayNoticeDue(age: age, isReported: recipient.isDelayReported)
            && DeliveryReport.isDue(
                .delayed(willRetryUntil: message.arrival + schedule.lifetime),
                of: message,
                to: recipient.recipient
            )
    }
}

extension String {
    /// At most `limit` octets of the text, whole characters, with a mark where it was cut.
    func capped(_ limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(startIndex, offsetBy: max(0, limit - "…".utf8.count))
        while end > startIndex, end.samePosition(in: unicodeScalars) == nil { end = utf8.index(before: end) }
        return self[..<end] + "…"
    }
}
