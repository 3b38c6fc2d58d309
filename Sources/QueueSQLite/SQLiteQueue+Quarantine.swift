// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
public import MailModel
public import MailQueue

extension SQLiteQueue: QuarantineStore {
    /// By the partial index of what waits for a person.
    public func quarantineUntold(
        isFromInternet: Bool,
        before: Timestamp,
        limit: Int
    ) async throws(QueueError) -> [QueueEntry] {
        try await read { database in
            let found = try database.rows(
                """
                SELECT \(QueuedMessage.columns) FROM message WHERE quarantine_told IS NULL \
                AND (origin = '\(MessageOrigin.internet)') = ? AND arrival < ? AND seq IN \
                (SELECT message FROM recipient WHERE state >= 5 AND state <= 7 AND state = ? AND attempts = 0) \
                ORDER BY seq LIMIT ?
                """,
                [isFromInternet, before.milliseconds, RecipientState.quarantined.code, limit]
            ) { row in (seq: row[0] as Int64, message: try QueuedMessage(row: row)) }
            return try found.map { found in
                QueueEntry(message: found.message, recipients: try Self.recipients(of: found.seq, database))
            }
        }
    }

    /// The notices and the marks, in one commit.
    public func noteQuarantineTold(_ ids: [QueueID], notices: [Arrival], now: Timestamp) async throws(QueueError) {
        var prepared: [PreparedArrival] = []
        for notice in notices { prepared += try await prepareNotice(notice) }
        let arrivals = prepared
        _ = try await settlingFiles(of: arrivals) { database in
            for id in ids {
                let isTold = try database.first(
                    "SELECT 1 FROM message WHERE id = ? AND quarantine_told IS NULL",
                    [id.rawValue]
                ) { _ in true }
                guard isTold != nil else { return false }
            }
            for id in ids {
                try database.run(
                    "UPDATE message SET quarantine_told = ? WHERE id = ?",
                    [now.milliseconds, id.rawValue]
                )
            }
            for notice in arrivals { _ = try notice.insert(database) }
            return true
        }
    }

    /// What waits for nothing but a person, by the same index.
    public func quarantineExpired(
        from origin: MessageOrigin,
        before: Timestamp,
        limit: Int
    ) async throws(QueueError) -> [QueueID] {
        try await read { database in
            try database.rows(
                """
                SELECT id FROM message WHERE origin = ? AND arrival < ? AND seq IN \
                (SELECT message FROM recipient WHERE state >= 5 AND state <= 7 AND state = ?) \
                AND NOT EXISTS (SELECT 1 FROM recipient r WHERE r.message = message.seq AND r.state NOT IN (3, 4, 8, ?)) \
                ORDER BY seq LIMIT ?
                """,
                [
                    origin.description, before.milliseconds, RecipientState.quarantined.code,
                    RecipientState.quarantined.code, limit,
                ]
            ) { row in
                let identifier: String = row[0]
                guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
                return id
            }
        }
    }
}
