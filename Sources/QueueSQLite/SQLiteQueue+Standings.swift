// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import MailModel
public import MailQueue

extension SQLiteQueue {
    /// Keeps what was seen of servers.
    public func record(_ standings: [ServerStanding]) async throws(QueueError) {
        guard !standings.isEmpty else { return }
        try await writer.run { database in
            for standing in standings {
                try database.run(
                    """
                    INSERT INTO server_standing (route, server, error, since, seen) VALUES (?, ?, ?, ?, ?) \
                    ON CONFLICT (route, server) DO UPDATE SET \
                    since = CASE WHEN (error IS NULL) = (excluded.error IS NULL) THEN since ELSE excluded.since END, \
                    error = excluded.error, seen = excluded.seen
                    """,
                    [
                        standing.route.description, standing.server, standing.error, standing.since.milliseconds,
                        standing.seen.milliseconds,
                    ]
                )
            }
        }
    }

    /// What is known of servers.
    public func serverStandings() async throws(QueueError) -> [ServerStanding] {
        try await read { database in
            try database.rows(
                "SELECT route, server, error, since, seen FROM server_standing ORDER BY route, server"
            ) { row in
                let name: String = row[0]
                guard let route = Route(name) else { throw QueueError.damaged("route \(name)") }
                return ServerStanding(
                    route: route,
                    server: row[1],
                    error: row[2],
                    since: Timestamp(milliseconds: row[3]),
                    seen: Timestamp(milliseconds: row[4])
                )
            }
        }
    }

    /// Takes what persons decided.
    public func takeDecisions() async throws(QueueError) -> [PersonDecision] {
        let isEmpty = try await readOnce { database in
            try database.first("SELECT 1 FROM decision LIMIT 1") { _ in true } == nil
        }
        // Asked often, answered seldom: only a decision is worth a commit.
        guard !isEmpty else { return [] }
        return try await writer.run { database in
            let decisions = try database.rows(
                "SELECT moment, action, id, recipients, person FROM decision ORDER BY ordinal",
                [],
                PersonDecision.init(row:)
            )
            try database.run("DELETE FROM decision")
            return decisions
        }
    }
}

/// What is known of accounts, inside one operation of the writer.
enum Standings {
    /// What was uncertain is the account's submission error; it has been decided on. One that lasts comes back with the next message.
    static func clearSubmissionErrors(_ routes: Set<String>, _ database: Database) throws {
        for case .account(let account)? in routes.map({ Route($0) }) {
            try database.run(
                "UPDATE account_standing SET submission_error = NULL, submission_error_at = NULL WHERE account = ?",
                [account]
            )
        }
    }
}

extension PersonDecision {
    fileprivate init(row: Columns) throws {
        let (action, identifier): (String, String) = (row[1], row[2])
        guard let action = QueueAction(rawValue: action) else { throw QueueError.damaged("action \(action)") }
        guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
        self.init(
            moment: Timestamp(milliseconds: row[0]),
            action: action,
            id: id,
            recipients: row[3],
            person: row[4]
        )
    }
}
