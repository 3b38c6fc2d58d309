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
/// retrieved first:  message (retrieved_as = its own) ──forwarded──▶ a line of its history
/// ```
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
        let words =
            retrieved.map { "the same message was retrieved from the maildrop of \($0.account), as \(message.id)" }
            ?? "the same message was forwarded by the provider for \(key.account), as \(message.id)"
        try note("\(words): it is not delivered again", at: message.arrival, first.seq, database)
        return first.id
    }

    private struct First {
        let id: QueueID
        let seq: Int64
        let endedAt: Timestamp?
    }

    /// The first message of `key` that counts. One that failed for good does not (state 4): its other copy is delivered.
    private static func first(_ key: CopyKey, wasRetrieved: Bool, _ database: Database) throws -> First? {
        try database.first(
            """
            SELECT id, seq, ended_at FROM message WHERE copy_key = ?1 AND (retrieved_as IS NOT NULL) = ?2 \
            AND NOT EXISTS (SELECT 1 FROM recipient WHERE message = seq AND state = 4) ORDER BY seq LIMIT 1
            """,
            [key.stored, wasRetrieved]
        ) { row in
            let identifier: String = row[0]
            guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
            return First(id: id, seq: row[1], endedAt: (row[2] as Int64?).map { Timestamp(milliseconds: $0) })
        }
    }

    /// A line in the history of each recipient, whose state stays.
    private static func note(_ words: String, at moment: Timestamp, _ seq: Int64, _ database: Database) throws {
        let recipients = try database.rows(
            "SELECT number, state FROM recipient WHERE message = ? ORDER BY number",
            [seq]
        ) { row in (number: row[0] as Int, state: try RecipientState.decode(row[1])) }
        let entry = DeliveryAttempt(moment: moment, duration: .zero, server: "", reply: words)
        for recipient in recipients {
            try History.append(entry, recipient.state, to: recipient.number, of: seq, database)
        }
    }
}

extension CopyKey {
    /// The key as it is stored.
    var stored: String { "\(identity) \(account)" }
}
