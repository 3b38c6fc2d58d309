// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
public import MailModel
public import MailQueue

extension SQLiteQueue {
    /// Messages by filter, in the order of their arrival here.
    public func list(_ filter: QueueFilter, limit: Int) async throws(QueueError) -> [QueueEntry] {
        try await read { database in
            let (condition, arguments) = Self.condition(filter)
            let found = try database.rows(
                "SELECT \(QueuedMessage.columns) FROM message \(condition) ORDER BY seq LIMIT ?",
                arguments + [limit]
            ) { row in (seq: row[0] as Int64, message: try QueuedMessage(row: row)) }
            return try found.map { found in
                QueueEntry(message: found.message, recipients: try Self.recipients(of: found.seq, database))
            }
        }
    }

    /// One message with its recipients and its history.
    public func entry(_ id: QueueID) async throws(QueueError) -> QueueEntry? {
        try await read { database in
            let found = try database.first(
                "SELECT \(QueuedMessage.columns) FROM message WHERE id = ?",
                [id.rawValue]
            ) { row in (seq: row[0] as Int64, message: try QueuedMessage(row: row)) }
            guard let found else { return nil }
            let history = try database.rows(
                "SELECT number, moment, duration, server, reply, state FROM attempt WHERE message = ? ORDER BY ordinal",
                [found.seq]
            ) { row in
                let attempt = DeliveryAttempt(
                    moment: Timestamp(milliseconds: row[1]),
                    duration: .milliseconds(row[2] as Int64),
                    server: row[3],
                    reply: row[4]
                )
                return (number: row[0] as Int, attempt: attempt, state: try History.state(row[5]))
            }
            return QueueEntry(
                message: found.message,
                recipients: try Self.recipients(of: found.seq, database),
                history: history
            )
        }
    }

    /// Figures of the whole queue, in one snapshot.
    public func summary() async throws(QueueError) -> QueueSummary {
        try await read { database in
            var counts: [RecipientState: Int] = [:]
            for (state, count) in try database.rows(
                "SELECT state, COUNT(*) FROM recipient GROUP BY state",
                [],
                { row in (try RecipientState.decode(row[0]), row[1] as Int) }
            ) {
                counts[state] = count
            }
            let open = try database.first(
                "SELECT COALESCE(SUM(size), 0) FROM message WHERE seq IN (\(Self.openMessages))"
            ) { row in row[0] as Int }
            let oldest = try database.first(
                "SELECT MIN(arrival) FROM message WHERE seq IN (SELECT message FROM recipient WHERE state = 0)"
            ) { row in row[0] as Int64? }
            return QueueSummary(
                recipients: counts,
                openOctets: open ?? 0,
                oldestWaiting: (oldest ?? nil).map { Timestamp(milliseconds: $0) }
            )
        }
    }

    /// What a recipient takes beside the message's octets.
    private static let recipientOctets = 1024

    /// The octets that an origin has in the quarantine, by the partial index of what waits for a person.
    public func quarantinedOctets(from origin: MessageOrigin) async throws(QueueError) -> Int {
        try await read { database in
            let octets = try database.first(
                """
                SELECT COALESCE(SUM(m.size + held.recipients * ?1), 0) FROM (SELECT message, COUNT(*) AS recipients \
                FROM recipient WHERE state >= 5 AND state <= 7 AND state = ?2 GROUP BY message) AS held \
                JOIN message m ON m.seq = held.message WHERE m.origin = ?3
                """,
                [Self.recipientOctets, RecipientState.quarantined.code, origin.description]
            ) { row in row[0] as Int }
            return octets ?? 0
        }
    }

    /// The messages that have not ended, by the partial indexes, so that the ended ones cost nothing.
    private static let openMessages = """
        SELECT message FROM recipient WHERE state = 0 UNION SELECT message FROM recipient WHERE lease_until IS NOT NULL \
        UNION SELECT message FROM recipient WHERE state >= 5 AND state <= 7
        """

    /// By the partial index of what waits for a person.
    private static func quarantined(
        _ relation: String,
        _ origins: Set<MessageOrigin>
    ) -> (sql: String, arguments: StatementArguments) {
        let places = origins.map { _ in "?" }.joined(separator: ", ")
        return (
            """
            WHERE origin \(relation) (\(places)) \
            AND seq IN (SELECT message FROM recipient WHERE state >= 5 AND state <= 7 AND state = ?)
            """,
            StatementArguments(origins.map(\.description)) + [RecipientState.quarantined.code]
        )
    }

    private static func condition(_ filter: QueueFilter) -> (sql: String, arguments: StatementArguments) {
        switch filter {
        case .all: ("", [])
        case .open: ("WHERE seq IN (\(openMessages))", [])
        case .quarantined(let origins): quarantined("IN", origins)
        case .quarantinedApart(let origins): quarantined("NOT IN", origins)
        case .state(let state):
            switch state {
            case .waiting: ("WHERE seq IN (SELECT message FROM recipient WHERE state = 0)", [])
            case .leased, .submitting:
                (
                    "WHERE seq IN (SELECT message FROM recipient WHERE lease_until IS NOT NULL AND state = ?)",
                    [state.code]
                )
            case .held, .quarantined, .uncertain:
                (
                    "WHERE seq IN (SELECT message FROM recipient WHERE state >= 5 AND state <= 7 AND state = ?)",
                    [state.code]
                )
            case .delivered, .failed, .deleted:
                (
                    "WHERE EXISTS (SELECT 1 FROM recipient r WHERE r.message = message.seq AND r.state = ?)",
                    [state.code]
                )
            }
        }
    }

    static func recipients(of seq: Int64, _ database: Database) throws -> [QueuedRecipient] {
        try database.rows(
            "SELECT \(QueuedRecipient.columns) FROM recipient WHERE message = ? ORDER BY number",
            [seq],
            QueuedRecipient.init(row:)
        )
    }
}
