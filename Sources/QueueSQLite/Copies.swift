// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import MailModel
import MailQueue

/// A message that comes by both ways, from the maildrop and as a copy that the provider forwards; inside one operation of the writer, so that of two
/// that come at the same moment one is the first.
///
/// Each retrieved message is paired with one forwarded copy at most, so that a maildrop with two equal messages brings two. A forwarded copy is
/// not needed once any retrieved message of its key is known: whatever else lies in the maildrop comes by itself.
/// ```text
/// forwarded first:  message (retrieved_as NULL) ──retrieved──▶ retrieved_as = its identifier, its mark points here
///                                        ▲                          │
///                                        └── failed, quarantined, deleted: its mark is forgotten, and the maildrop brings it again
/// retrieved first:  message (retrieved_as = its own) ──forwarded──▶ a line of its history
/// ```
/// Only one that is on its way to its readers, or has reached them, stands for another.
enum Copies {
    /// Takes note of `message` where its other copy is here.
    ///
    /// - Returns: the message that is here; nil when there is none, and this one is to be stored.
    static func take(
        _ message: QueuedMessage,
        _ key: CopyKey,
        _ retrieved: RetrievedIdentity?,
        _ database: Database
    ) throws -> QueueID? {
        guard let first = try first(key, wasRetrieved: retrieved == nil, database) else { return nil }
        if let retrieved {
            try database.run("UPDATE message SET retrieved_as = ? WHERE seq = ?", [message.id.rawValue, first.seq])
            try Marks.insert(retrieved, of: message, first.seq, settledAt: first.endedAt, database)
        }
        if let retrieved {
            let words = "the same message was retrieved from the maildrop of \(retrieved.account), as \(message.id)"
            try note("\(words): it is not delivered again", at: message.arrival, first.seq, database)
        } else {
            try noteForwarded(message, key, first.seq, database)
        }
        return first.id
    }

    private struct First {
        let id: QueueID
        let seq: Int64
        let endedAt: Timestamp?
    }

    /// Undoes the pair of a forwarded copy that does not reach its readers, or not all: what is retrieved stands on its own then. A mark that is
    /// settled stays: its message had reached them.
    static func part(_ message: Ending.Message, _ database: Database) throws {
        guard message.origin == MessageOrigin.provider.description else { return }
        try database.run(
            "DELETE FROM mark WHERE message = ? AND id <> ? AND settled = 0",
            [message.seq, message.id.rawValue]
        )
        try database.run("UPDATE message SET retrieved_as = NULL WHERE seq = ?", [message.seq])
    }

    /// The first message of `key` that counts: it waits (0), is being delivered (1), or was (3), or it waits for a digest. Whatever failed, is held or
    /// quarantined, or was taken out, does not: its other copy is delivered.
    private static func first(_ key: CopyKey, wasRetrieved: Bool, _ database: Database) throws -> First? {
        try database.first(
            """
            SELECT m.id, m.seq, m.ended_at FROM message m WHERE m.copy_key = ?1 AND (m.retrieved_as IS NOT NULL) = ?2 \
            AND NOT EXISTS (SELECT 1 FROM recipient r WHERE r.message = m.seq AND r.state NOT IN (0, 1, 3) \
            AND NOT (r.state = 5 AND EXISTS (SELECT 1 FROM receipt w WHERE w.id = m.id AND w.waits = 1))) \
            ORDER BY m.seq LIMIT 1
            """,
            [key.stored, wasRetrieved]
        ) { row in
            let identifier: String = row[0]
            guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
            return First(id: id, seq: row[1], endedAt: (row[2] as Int64?).map { Timestamp(milliseconds: $0) })
        }
    }

    /// Of copies that are forwarded again and again, the first alone is worth a line.
    private static func noteForwarded(
        _ message: QueuedMessage,
        _ key: CopyKey,
        _ seq: Int64,
        _ database: Database
    ) throws {
        let words = "the same message was forwarded by the provider for \(key.account), as "
        let isNoted = try database.first(
            "SELECT 1 FROM attempt WHERE message = ?1 AND substr(reply, 1, length(?2)) = ?2 LIMIT 1",
            [seq, words]
        ) { _ in true }
        guard isNoted == nil else { return }
        try note("\(words)\(message.id): it is not delivered again", at: message.arrival, seq, database)
    }

    /// A line in the history of the message: of its first recipient, whose state stays.
    private static func note(_ words: String, at moment: Timestamp, _ seq: Int64, _ database: Database) throws {
        let recipient = try database.first(
            "SELECT number, state FROM recipient WHERE message = ? ORDER BY number LIMIT 1",
            [seq]
        ) { row in (number: row[0] as Int, state: try RecipientState.decode(row[1])) }
        guard let recipient else { return }
        let entry = DeliveryAttempt(moment: moment, duration: .zero, server: "", reply: words)
        try History.append(entry, recipient.state, to: recipient.number, of: seq, database)
    }
}

extension CopyKey {
    /// The key as it is stored.
    var stored: String { "\(identity) \(account)" }
}
