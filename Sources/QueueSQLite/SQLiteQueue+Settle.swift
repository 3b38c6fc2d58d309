// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import MailModel
public import MailQueue

extension SQLiteQueue {
    /// Writes how a claim ended, its notices in the same commit.
    public func settle(_ settlement: Settlement) async throws(QueueError) {
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
        let seq = try database.first("SELECT seq FROM message WHERE id = ?", [settlement.id.rawValue]) { row in
            row[0] as Int64
        }
        guard let seq else { throw QueueError(.notFound, "there is no message \(settlement.id).") }
        var outcome = Outcome()
        var last: Timestamp?
        for result in settlement.results where try write(result, seq, database) {
            outcome.noticesStored = true
            last = max(result.attempt?.moment ?? .now, last ?? Timestamp(milliseconds: .min))
        }
        guard let last else { return outcome }
        for notice in notices { _ = try notice.insert(database) }
        outcome.files = try Ending.check(seq, database, now: last)
        return outcome
    }

    /// Writes one result.
    ///
    /// - Returns: false when it is dropped: the lease is another's by now, and what happened is not a delivery.
    private func write(_ result: RecipientResult, _ seq: Int64, _ database: Database) throws -> Bool {
        let found = try database.first(
            "SELECT state, lease_owner FROM recipient WHERE message = ? AND number = ?",
            [seq, result.number]
        ) { row in (code: row[0] as Int, owner: row[1] as String?) }
        guard let found else {
            throw QueueError(.notFound, "the message \(settlement.id) has no recipient \(result.number).")
        }
        let present = try RecipientState.decode(found.code)
        let isHeld = (present == .leased || present == .submitting) && found.owner == settlement.lease.owner
        guard isHeld || result.outcome == .delivered else { return false }
        let next = result.outcome.state
        guard present.mayBecome(next) else {
            if !present.isFinal { throw QueueError(.notAllowed, "\(settlement.id): \(present) cannot become \(next)") }
            return false
        }
        var due: Int64?
        if case .deferred(let until) = result.outcome { due = until.milliseconds }
        try database.run(
            """
            UPDATE recipient SET state = ?, next_attempt = COALESCE(?, next_attempt), attempts = attempts + ?, \
            last_reply = COALESCE(?, last_reply), delay_reported = delay_reported OR ?, lease_owner = NULL, lease_until = NULL \
            WHERE message = ? AND number = ?
            """,
            [
                next.code, due, result.attempt == nil ? 0 : 1, result.attempt?.reply ?? result.reason,
                result.reportsDelay,
                seq, result.number,
            ]
        )
        if let attempt = result.attempt { try History.append(attempt, next, to: result.number, of: seq, database) }
        return true
    }
}

/// What happens when all recipients of a message have come to their end.
enum Ending {
    /// If they have: the body is removed, and the maildrop's copy may go where P1 allows it.
    ///
    /// - Returns: the file to remove after the commit, if there is one.
    static func check(_ seq: Int64, _ database: Database, now: Timestamp) throws -> [String] {
        let isOpen = try database.first(
            "SELECT 1 FROM recipient WHERE message = ? AND state NOT IN (3, 4, 8) LIMIT 1",
            [seq]
        ) { _ in true }
        guard isOpen == nil else { return [] }
        let found = try database.first("SELECT origin, file FROM message WHERE seq = ?", [seq]) { row in
            (origin: row[0] as String, file: row[1] as String?)
        }
        guard let found else { return [] }
        try database.run("UPDATE message SET ended_at = ?, file = NULL WHERE seq = ?", [now.milliseconds, seq])
        guard found.file == nil else {
            try settleMark(seq, origin: found.origin, database)
            return found.file.map { [$0] } ?? []
        }
        try database.run("DELETE FROM body WHERE message = ?", [seq])
        try settleMark(seq, origin: found.origin, database)
        return []
    }

    /// P1: the provider's copy may go when every recipient was delivered, or taken out by a person; a failure keeps it there.
    private static func settleMark(_ seq: Int64, origin: String, _ database: Database) throws {
        guard origin.hasPrefix("account:") else { return }
        try database.run(
            """
            UPDATE mark SET settled = 1 WHERE message = ?1 \
            AND NOT EXISTS (SELECT 1 FROM recipient WHERE message = ?1 AND state = 4)
            """,
            [seq]
        )
    }
}
