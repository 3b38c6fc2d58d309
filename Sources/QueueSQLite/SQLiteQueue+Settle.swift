// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import GRDB
import MailModel
public import MailQueue

extension SQLiteQueue {
    /// Writes how a claim ended, its notices in the same commit.
    public func settle(_ settlement: Settlement) async throws(QueueError) {
        _ = recent.take(settlement.id)
        var notices: [PreparedArrival] = []
        do throws(QueueError) {
            for notice in settlement.notices { notices.append(try await prepare(notice)) }
            let prepared = notices
            let outcome = try await writer.run { database in
                try Settling(settlement: settlement, notices: prepared).run(database)
            }
            await settleFiles(of: notices, stored: outcome.noticesStored)
            await discard(outcome.files)
        } catch {
            await settleFiles(of: notices, stored: false)
            throw error
        }
    }
}

/// One settlement, inside one operation of the writer.
struct Settling: Sendable {
    /// What remains to be done after the commit.
    struct Outcome: Sendable {
        /// Files of bodies that nobody needs any more.
        var files: [String] = []
        /// False when every result was dropped, and with them the notices.
        var noticesStored = false
    }

    let settlement: Settlement
    let notices: [PreparedArrival]

    func run(_ database: Database) throws -> Outcome {
        let message = try Ending.message(settlement.id, database)
        guard let message else { throw QueueError(.notFound, "there is no message \(settlement.id).") }
        var recipients: [Int: Standing] = [:]
        for standing in try database.rows(
            "SELECT number, state, lease_owner FROM recipient WHERE message = ?",
            [message.seq],
            { row in Standing(number: row[0], state: try .decode(row[1]), owner: row[2]) }
        ) {
            recipients[standing.number] = standing
        }
        var outcome = Outcome()
        var last: Timestamp?
        var events: [(event: SubmissionEvent, number: Int)] = []
        for result in settlement.results {
            guard let present = recipients[result.number] else {
                throw QueueError(.notFound, "the message \(settlement.id) has no recipient \(result.number).")
            }
            guard try write(result, present, message.seq, database) else { continue }
            recipients[result.number]?.state = result.outcome.state
            recipients[result.number]?.owner = nil
            last = max(result.attempt?.moment ?? .now, last ?? Timestamp(milliseconds: .min))
            if let event = result.event { events.append((event, result.number)) }
        }
        // Nothing was written: the notices are dropped with the results they follow from.
        guard let last else { return outcome }
        for notice in notices { _ = try notice.insert(database) }
        outcome.noticesStored = true
        if message.isKept { try TrackedEvents.note(events, of: settlement.id, at: last, database) }
        if recipients.values.contains(where: \.state.isAstray) { try Copies.part(message, database) }
        guard recipients.values.allSatisfy(\.state.isFinal) else { return outcome }
        outcome.files = try Ending.write(message, database, now: last)
        return outcome
    }

    /// A recipient as it stands before a result is written.
    private struct Standing {
        let number: Int
        var state: RecipientState
        var owner: String?
    }

    /// Writes one result.
    ///
    /// - Returns: false when it is dropped: the lease is another's by now, and what happened is not a delivery.
    private func write(
        _ result: RecipientResult,
        _ present: Standing,
        _ seq: Int64,
        _ database: Database
    ) throws -> Bool {
        let isHeld =
            (present.state == .leased || present.state == .submitting) && present.owner == settlement.lease.owner
        guard isHeld || result.outcome == .delivered else { return false }
        // Only what was tried ends a submission: another claim of the same message, made when the lease ran out, knows nothing of it.
        if present.state == .submitting, result.attempt == nil, case .deferred = result.outcome { return false }
        let next = result.outcome.state
        guard present.state.mayBecome(next) else {
            guard present.state.isFinal else {
                throw QueueError(.notAllowed, "\(settlement.id): \(present.state) cannot become \(next)")
            }
            return false
        }
        var due: Int64?
        if case .deferred(let until) = result.outcome { due = until.milliseconds }
        try database.run(
            """
            UPDATE recipient SET state = ?, next_attempt = COALESCE(?, next_attempt), attempts = attempts + ?, \
            last_reply = COALESCE(?, last_reply), delay_reported = delay_reported OR ?, lease_owner = NULL, \
            lease_until = NULL WHERE message = ? AND number = ?
            """,
            [
                next.code, due, result.attempt == nil ? 0 : 1, result.attempt?.reply ?? result.reason,
                result.reportsDelay, seq, result.number,
            ]
        )
        if let attempt = result.attempt {
            let isPutOff = present.state == .submitting && next == .waiting
            try History.append(attempt, isPutOff ? .submitting : next, to: result.number, of: seq, database)
        }
        return true
    }
}

extension RecipientState {
    /// True for a recipient that does not get the message unless a person or another copy sees to it.
    var isAstray: Bool { self == .failed || self == .quarantined || self == .deleted }
}

extension RecipientResult {
    /// What the result is to tracking; nil where nothing has happened to the submission.
    fileprivate var event: SubmissionEvent? {
        switch outcome {
        case .delivered: .taken
        case .failed, .quarantined: .refused(attempt?.reply ?? reason ?? "refused")
        case .uncertain: .uncertain
        case .deferred: nil
        }
    }
}

/// What happens when all recipients of a message have come to their end.
enum Ending {
    /// What an end needs to know of a message.
    struct Message {
        let id: QueueID
        let seq: Int64
        let origin: String
        let file: String?
        /// True while its octets are the archive's.
        let isKept: Bool
    }

    /// The message of an identifier.
    static func message(_ id: QueueID, _ database: Database) throws -> Message? {
        try database.first("SELECT seq, origin, file, kept FROM message WHERE id = ?", [id.rawValue]) { row in
            Message(id: id, seq: row[0], origin: row[1], file: row[2], isKept: row[3])
        }
    }

    /// The body is removed, unless it stays until the archive has it, and the maildrop's copy may go where P1 allows it.
    ///
    /// - Returns: the file to remove after the commit, if there is one.
    static func write(_ message: Message, _ database: Database, now: Timestamp) throws -> [String] {
        try database.run(
            "UPDATE message SET ended_at = ?1, file = CASE WHEN kept THEN file END WHERE seq = ?2",
            [now.milliseconds, message.seq]
        )
        if message.file == nil && !message.isKept {
            try database.run("DELETE FROM body WHERE message = ?", [message.seq])
        }
        // A copy that a provider forwarded may have marks as well: of the same message in the maildrop (`Copies`).
        if message.origin.hasPrefix("account:") || message.origin == MessageOrigin.provider.description {
            // P1: when every recipient was delivered, or taken out by a person; a failure keeps the provider's copy there.
            try database.run(
                """
                UPDATE mark SET settled = 1, settled_at = ?2 WHERE message = ?1 \
                AND NOT EXISTS (SELECT 1 FROM recipient WHERE message = ?1 AND state = 4)
                """,
                [message.seq, now.milliseconds]
            )
        }
        if message.origin == MessageOrigin.notice.description { try DigestEnd.note(message, database, now: now) }
        return message.isKept ? [] : message.file.map { [$0] } ?? []
    }
}
