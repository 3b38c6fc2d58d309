// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
public import MailModel
public import MailQueue

extension SQLiteQueue {
    /// The statement that finds them. What a person released or deleted meanwhile, and what a scanner held back, waits no more.
    static let digestible = """
        WHERE r.waits = 1 AND r.digest IS NULL AND r.account = ? AND r.arrival < ? AND EXISTS \
        (SELECT 1 FROM message m JOIN recipient q ON q.message = m.seq WHERE m.id = r.id AND +q.state = 5) \
        ORDER BY r.arrival, r.seq LIMIT ?
        """

    /// Receipts of acceptance that are held for a digest, oldest first.
    public func digestible(
        account: String,
        before: Timestamp,
        limit: Int
    ) async throws(QueueError) -> [StoredReceipt] {
        try await read { database in
            try ReceiptRows.select(Self.digestible, [account, before.milliseconds, limit], database)
        }
    }

    /// The accounts, in order.
    public func accountsWithDigest() async throws(QueueError) -> [String] {
        try await read { database in
            try database.rows(
                "SELECT DISTINCT account FROM receipt WHERE waits = 1 AND digest IS NULL ORDER BY account"
            ) { row in row[0] as String }
        }
    }

    /// The digest, and in which message each receipt is listed, in one commit.
    public func queueDigest(_ digest: Arrival, listing ids: [QueueID]) async throws(QueueError) {
        let prepared = try await prepareNotice(digest)
        _ = try await settlingFiles(of: prepared) { database in
            for id in ids {
                try database.run(
                    "UPDATE receipt SET digest = ? WHERE id = ? AND waits = 1 AND digest IS NULL",
                    [digest.message.id.rawValue, id.rawValue]
                )
                guard database.changesCount == 1 else {
                    throw QueueError(.notAllowed, "the receipt \(id) does not wait for a digest any more.")
                }
            }
            for notice in prepared { _ = try notice.insert(database) }
            return true
        }
    }

    /// Digests that failed, with what the server said of the last recipient they did not reach.
    public func failedDigests(since: Timestamp) async throws(QueueError) -> [FailedDigest] {
        try await read { database in
            try database.rows(
                """
                SELECT r.digest, r.account, COUNT(*), (SELECT q.last_reply FROM message m JOIN recipient q \
                ON q.message = m.seq WHERE m.id = r.digest AND +q.state <> 3 ORDER BY q.number DESC LIMIT 1) \
                FROM receipt r WHERE r.digest_failed >= ? GROUP BY r.digest, r.account ORDER BY r.digest
                """,
                [since.milliseconds]
            ) { row in
                let identifier: String = row[0]
                guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
                return FailedDigest(id: id, account: row[1], receipts: row[2], reply: row[3])
            }
        }
    }
}

/// What the end of a digest is to the receipts that it lists, inside one operation of the writer.
enum DigestEnd {
    /// Ends what the digest delivered, releases what it did not (P1). For any other notice this is one step of an index.
    static func note(_ digest: Ending.Message, _ database: Database, now: Timestamp) throws {
        let listed = try database.rows(
            "SELECT id FROM receipt WHERE waits = 1 AND digest = ?",
            [digest.id.rawValue]
        ) { row in row[0] as String }
        guard !listed.isEmpty else { return }
        let readers = try database.rows(
            "SELECT forward_path, state FROM recipient WHERE message = ?",
            [digest.seq]
        ) { row in (row[0] as String, try RecipientState.decode(row[1])) }
        let states = Dictionary(readers) { first, _ in first }
        for identifier in listed {
            guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
            let isReleased = try end(id, states, digest.id, database, now: now)
            try database.run(
                "UPDATE receipt SET waits = 0, digest_failed = ? WHERE id = ?",
                [isReleased ? now.milliseconds : nil, identifier]
            )
        }
    }

    /// Ends or releases one receipt.
    ///
    /// - Returns: true when a recipient of it was released.
    private static func end(
        _ id: QueueID,
        _ readers: [String: RecipientState],
        _ digest: QueueID,
        _ database: Database,
        now: Timestamp
    ) throws -> Bool {
        guard let message = try Ending.message(id, database) else { return false }
        let held = try database.rows(
            "SELECT number, forward_path FROM recipient WHERE message = ? AND +state = 5",
            [message.seq]
        ) { row in (number: row[0] as Int, path: row[1] as String) }
        var isReleased = false
        for recipient in held {
            guard let reader = readers[recipient.path] else { continue }
            let isDelivered = reader == .delivered
            isReleased = isReleased || !isDelivered
            try write(recipient.number, isDelivered, message.seq, digest, database, now: now)
        }
        let isOpen = try database.first(
            "SELECT 1 FROM recipient WHERE message = ? AND state NOT IN (3, 4, 8) LIMIT 1",
            [message.seq]
        ) { _ in true }
        // The octets of a certified message are the archive's: no file is left over.
        if isOpen == nil, !held.isEmpty { _ = try Ending.write(message, database, now: now) }
        return isReleased
    }

    private static func write(
        _ number: Int,
        _ isDelivered: Bool,
        _ seq: Int64,
        _ digest: QueueID,
        _ database: Database,
        now: Timestamp
    ) throws {
        let next = isDelivered ? RecipientState.delivered : .waiting
        let reply =
            isDelivered ? "delivered in the digest \(digest)" : "the digest \(digest) was not delivered: sent by itself"
        try database.run(
            """
            UPDATE recipient SET state = ?1, last_reply = ?2, next_attempt = CASE WHEN ?1 = 0 THEN ?3 ELSE next_attempt END \
            WHERE message = ?4 AND number = ?5
            """,
            [next.code, reply, now.milliseconds, seq, number]
        )
        let entry = DeliveryAttempt(moment: now, duration: .zero, server: "", reply: reply)
        try History.append(entry, next, to: number, of: seq, database)
    }
}
