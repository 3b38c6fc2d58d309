// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import GRDB
import MailModel
import MailQueue

/// A certified submission that Exchange offers, inside one operation of the writer: is it here already? (P5)
///
/// Exchange offers a message again when our 250 was lost, and divides one with many recipients into several transactions. What was offered
/// before is known by account, Message-ID and the digest of the content.
struct Submission {
    /// What becomes of the offer.
    enum Judgement {
        /// To be stored for these recipients.
        case new([QueuedRecipient])
        /// Here already, for every recipient.
        case duplicate(of: QueueID)
        /// Added to a message that still waits.
        case merged(into: QueueID)
    }

    let message: QueuedMessage
    let facts: CertifiedFacts
    let submission: CertifiedFacts.Submission
    let recipients: [QueuedRecipient]

    /// Looks for the same message, and adds recipients to it where it waits for them.
    func judge(_ database: Database) throws -> Judgement {
        let same = try TrackedRows.find(
            account: facts.account,
            messageID: submission.messageID,
            identifier: nil,
            database
        )
        .filter { $0.message.contentDigest == facts.digest && $0.message.isRemembered(at: message.arrival) }
        guard !same.isEmpty else { return .new(recipients.map(waiting)) }
        var fresh: [QueuedRecipient] = []
        var first: QueueID?
        for recipient in recipients {
            if let holder = same.first(where: { $0.message.reaches(recipient.recipient.forwardPath) }) {
                first = first ?? holder.message.id
            } else {
                fresh.append(recipient)
            }
        }
        if let first, fresh.isEmpty { return .duplicate(of: first) }
        for holder in same where try add(fresh, to: holder, database) { return .merged(into: holder.message.id) }
        for index in fresh.indices { fresh[index].number = index }
        return .new(fresh.map(waiting))
    }

    /// A recipient that waits for further transactions before its first attempt.
    private func waiting(_ recipient: QueuedRecipient) -> QueuedRecipient {
        var recipient = recipient
        recipient.nextAttempt = max(recipient.nextAttempt, message.arrival + submission.mergeWindow)
        return recipient
    }

    /// Adds recipients to a message whose window is still open: nothing of it was tried, and none of it is due.
    private func add(_ fresh: [QueuedRecipient], to holder: TrackedRow, _ database: Database) throws -> Bool {
        guard submission.mergeWindow > .zero,
            let seq = try Ending.message(holder.message.id, database)?.seq
        else { return false }
        let present = try database.rows(
            "SELECT \(QueuedRecipient.columns) FROM recipient WHERE message = ? ORDER BY number",
            [seq],
            QueuedRecipient.init(row:)
        )
        guard let last = present.last, present.count + fresh.count <= submission.maximumRecipients,
            present.allSatisfy({
                $0.state == .waiting && $0.attempts == 0 && $0.nextAttempt == last.nextAttempt
                    && $0.nextAttempt > message.arrival
            })
        else { return false }
        var added = fresh
        for index in added.indices {
            added[index].number = last.number + 1 + index
            added[index].nextAttempt = last.nextAttempt
            try added[index].insert(seq, database)
        }
        try TrackedRows.add(added, to: holder.seq, since: message.arrival, database)
        return true
    }
}

extension TrackedMessage {
    /// How long after the last event an offer of the same message counts as the same submission. Exchange resubmits from its queues and its
    /// Safety Net for two days unless told otherwise; who offers it later means it.
    private static let memory = Duration.seconds(7 * 86_400)

    /// True while the same message that is offered again is no new one: for ever where nobody knows whether it went, or it waits.
    fileprivate func isRemembered(at now: Timestamp) -> Bool {
        let isUndecided = recipients.contains { $0.state == .queued || $0.state == .uncertain }
        let last = recipients.map(\.since).max() ?? created
        return isUndecided || now < max(last, created, submittedAt ?? created) + Self.memory
    }

    /// True when the message went, goes, or may have gone to `address`; what was not delivered may be sent again.
    fileprivate func reaches(_ address: AddrSpec) -> Bool {
        recipients.contains { recipient in
            switch recipient.state {
            case .refused, .withdrawn, .failed: false
            case .queued, .uncertain, .submitted, .accepted, .warned, .delivered:
                recipient.address.comparisonKey == address.comparisonKey
            }
        }
    }
}
