// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import GRDB
import MailModel
import MailQueue

/// A tracked message with the key of its row.
struct TrackedRow: Sendable {
    let seq: Int64
    var message: TrackedMessage
}

/// The rows of tracked messages, inside one operation of the writer or one snapshot of a reader.
enum TrackedRows {
    /// The columns that `row` reads, in its order.
    static let columns =
        "seq, id, account, message_id, identifier, subject, senders, digest, created, submitted, accepted"

    /// The condition of the index `tracked_recipient_rare`; a query that names it word for word may use that index.
    static let rare = "state IN ('withdrawn', 'uncertain', 'refused', 'warned', 'failed')"

    /// The condition of the index `tracked_recipient_reached`, likewise.
    static let reached = "state IN ('accepted', 'delivered')"

    // MARK: Reading

    /// The message tracked as `id`; nil when there is none.
    static func find(_ id: QueueID, _ database: Database) throws -> TrackedRow? {
        try select("WHERE id = ?", [id.rawValue], database).first
    }

    /// The messages of `account` with this Message-ID or this identifier of the provider.
    static func find(
        account: String,
        messageID: String?,
        identifier: String?,
        _ database: Database
    ) throws -> [TrackedRow] {
        var found: [TrackedRow] = []
        if let messageID {
            found += try select("WHERE message_key = ? AND +account = ?", [Matching.key(messageID), account], database)
        }
        if let identifier {
            let others = try select(
                "WHERE identifier_key = ? AND +account = ?",
                [Matching.key(identifier), account],
                database
            )
            found += others.filter { other in !found.contains { $0.seq == other.seq } }
        }
        return found
    }

    /// The messages that the rest of a statement selects.
    static func select(
        _ condition: String,
        _ arguments: StatementArguments,
        _ database: Database
    ) throws -> [TrackedRow] {
        var rows = try database.rows("SELECT \(columns) FROM tracked \(condition)", arguments, row)
        for index in rows.indices { rows[index].message.recipients = try recipients(of: rows[index].seq, database) }
        return rows
    }

    private static func row(_ row: Columns) throws -> TrackedRow {
        let (identifier, senders): (String, String) = (row[1], row[6])
        let (submitted, accepted): (Int64?, Int64?) = (row[9], row[10])
        guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
        let message = TrackedMessage(
            id: id,
            account: row[2],
            messageID: row[3],
            identifier: row[4],
            subject: row[5],
            senders: try senders.split(separator: "\n").map { try AddrSpec(stored: String($0)) },
            contentDigest: row[7],
            created: Timestamp(milliseconds: row[8]),
            submittedAt: submitted.map { Timestamp(milliseconds: $0) },
            acceptedAt: accepted.map { Timestamp(milliseconds: $0) },
            recipients: []
        )
        return TrackedRow(seq: row[0], message: message)
    }

    private static func recipients(of seq: Int64, _ database: Database) throws -> [TrackedRecipient] {
        var found = try tracked(of: seq, database)
        // Of one alone it is never asked.
        guard found.count > 1 else { return found }
        let submitted = try submitted(of: seq, database)
        for index in found.indices where submitted.contains(found[index].number) { found[index].wasSubmitted = true }
        return found
    }

    /// The numbers of those that have been in a submission: they are in one now, or an attempt says so (`History`).
    private static func submitted(of seq: Int64, _ database: Database) throws -> Set<Int> {
        Set(
            try database.rows(
                """
                SELECT q.number FROM tracked t JOIN message m ON m.id = t.id JOIN recipient q ON q.message = m.seq \
                WHERE t.seq = ?1 AND +q.state = ?2 UNION \
                SELECT a.number FROM tracked t JOIN message m ON m.id = t.id JOIN attempt a ON a.message = m.seq \
                WHERE t.seq = ?1 AND (a.state IN (?2, ?3) OR (a.state = ?4 AND a.server <> ''))
                """,
                [
                    seq, RecipientState.submitting.code, RecipientState.uncertain.code,
                    RecipientState.delivered.code,
                ]
            ) { row in row[0] as Int }
        )
    }

    private static func tracked(of seq: Int64, _ database: Database) throws -> [TrackedRecipient] {
        try database.rows(
            "SELECT number, address, certified, state, since, detail, accepted, overdue FROM tracked_recipient WHERE message = ? ORDER BY number",
            [seq]
        ) { row in
            let (state, certified): (String, Int?) = (row[3], row[2])
            let (accepted, overdue): (Int64?, Int64?) = (row[6], row[7])
            guard let state = TrackingState(rawValue: state) else { throw QueueError.damaged("state \(state)") }
            return TrackedRecipient(
                number: row[0],
                address: try AddrSpec(stored: row[1]),
                isCertified: certified.map { $0 != 0 },
                state: state,
                since: Timestamp(milliseconds: row[4]),
                detail: row[5],
                acceptedAt: accepted.map { Timestamp(milliseconds: $0) },
                overdueAt: overdue.map { Timestamp(milliseconds: $0) }
            )
        }
    }

    // MARK: Writing

    /// Begins to track a submission that is being stored.
    static func insert(
        _ message: QueuedMessage,
        _ facts: CertifiedFacts,
        _ submission: CertifiedFacts.Submission,
        _ recipients: [QueuedRecipient],
        _ database: Database
    ) throws {
        try database.run(
            """
            INSERT INTO tracked (id, account, message_id, message_key, subject, senders, digest, created, is_open) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)
            """,
            [
                message.id.rawValue, facts.account, submission.messageID, Matching.key(submission.messageID),
                message.subject, submission.senders.map(\.stored).joined(separator: "\n"), facts.digest,
                message.arrival.milliseconds,
            ]
        )
        try add(recipients, to: database.lastInsertedRowID, since: message.arrival, database)
    }

    /// Tracks further recipients of the message `seq`.
    static func add(
        _ recipients: [QueuedRecipient],
        to seq: Int64,
        since: Timestamp,
        _ database: Database
    ) throws {
        for recipient in recipients {
            try database.run(
                "INSERT INTO tracked_recipient (message, number, address, state, since) VALUES (?, ?, ?, ?, ?)",
                [
                    seq, recipient.number, recipient.recipient.forwardPath.stored, TrackingState.queued.rawValue,
                    since.milliseconds,
                ]
            )
        }
    }

    /// Writes what `new` knows more than `old`, the same message before.
    static func update(_ old: TrackedRow, to new: TrackedMessage, _ database: Database) throws {
        let present = old.message
        let isOpen = !new.isFinal
        if isOpen == present.isFinal || new.identifier != present.identifier
            || new.submittedAt != present.submittedAt || new.acceptedAt != present.acceptedAt
        {
            try database.run(
                """
                UPDATE tracked SET identifier = ?, identifier_key = ?, submitted = ?, accepted = ?, is_open = ? WHERE seq = ?
                """,
                [
                    new.identifier, new.identifier.map(Matching.key), new.submittedAt?.milliseconds,
                    new.acceptedAt?.milliseconds, isOpen, old.seq,
                ]
            )
        }
        for (before, after) in zip(present.recipients, new.recipients) where before != after {
            try database.run(
                """
                UPDATE tracked_recipient SET certified = ?, state = ?, since = ?, detail = ?, accepted = ?, overdue = ? \
                WHERE message = ? AND number = ?
                """,
                [
                    after.isCertified, after.state.rawValue, after.since.milliseconds, after.detail,
                    after.acceptedAt?.milliseconds, after.overdueAt?.milliseconds, old.seq, after.number,
                ]
            )
        }
    }

    /// Ends the tracking of messages, and of receipts, that the archive holds no more.
    static func remove(_ id: String, _ database: Database) throws {
        let seq = try database.first("SELECT seq FROM tracked WHERE id = ?", [id]) { row in row[0] as Int64 }
        if let seq {
            try database.run("DELETE FROM tracked_recipient WHERE message = ?", [seq])
            try database.run("DELETE FROM receipt WHERE message = ?", [seq])
            try database.run("DELETE FROM tracked WHERE seq = ?", [seq])
        } else {
            try database.run("DELETE FROM receipt WHERE id = ?", [id])
        }
    }
}
