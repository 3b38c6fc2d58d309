// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
public import MailModel
public import MailQueue
public import TransportPolicy

extension SQLiteQueue: MTASTSPolicyStore {
    /// In one commit with the forgetting of those that have ended.
    public func keep(_ policy: KeptPolicy, most: Int) async throws(QueueError) {
        try await writer.run { database in
            try database.run("DELETE FROM transport_policy WHERE until <= ?", [policy.fetched.milliseconds])
            try database.run(
                """
                INSERT OR REPLACE INTO transport_policy (domain, identifier, mode, patterns, maximum_age, fetched, until) \
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    policy.domain, policy.identifier, policy.policy.mode.rawValue,
                    policy.policy.patterns.joined(separator: "\n"), policy.policy.maximumAge,
                    policy.fetched.milliseconds, policy.end.milliseconds,
                ]
            )
            try database.run(
                """
                DELETE FROM transport_policy WHERE domain IN \
                (SELECT domain FROM transport_policy WHERE domain <> ? ORDER BY until DESC LIMIT -1 OFFSET ?)
                """,
                [policy.domain, max(1, most) - 1]
            )
        }
    }

    /// By domain.
    public func keptPolicies(now: Timestamp) async throws(QueueError) -> [KeptPolicy] {
        try await read { database in
            try database.rows(
                """
                SELECT domain, identifier, mode, patterns, maximum_age, fetched FROM transport_policy WHERE until > ? \
                ORDER BY domain
                """,
                [now.milliseconds]
            ) { row in
                guard let mode = MTASTSPolicy.Mode(rawValue: row[2]) else {
                    throw QueueError.damaged("policy of \(row[0] as String)")
                }
                let patterns = (row[3] as String).split(separator: "\n").map(String.init)
                return KeptPolicy(
                    domain: row[0],
                    identifier: row[1],
                    policy: MTASTSPolicy(mode: mode, patterns: patterns, maximumAge: row[4]),
                    fetched: Timestamp(milliseconds: row[5])
                )
            }
        }
    }
}
