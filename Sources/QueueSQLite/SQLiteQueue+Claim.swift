// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import GRDB
public import MailModel
public import MailQueue
import NIOCore

extension SQLiteQueue {
    /// Claims up to `limit` messages, in the order of their next attempts.
    public func claim(
        _ route: Route,
        limit: Int,
        now: Timestamp,
        lease: Lease
    ) async throws(QueueError) -> [Claim] {
        try await writer.run { database in
            try Leases.expire(database, now: now)
            return try Leases.claim(database, route: route.description, limit: limit, now: now, lease: lease)
        }
    }

    /// Extends the lease; `notAllowed` when `lease.owner` holds none on `id`.
    public func renew(_ id: QueueID, lease: Lease) async throws(QueueError) {
        try await writer.run { database in
            try database.run(
                """
                UPDATE recipient SET lease_until = ? WHERE message = (SELECT seq FROM message WHERE id = ?) \
                AND lease_owner = ? AND +lease_until IS NOT NULL
                """,
                [lease.until.milliseconds, id.rawValue, lease.owner]
            )
            guard database.changesCount > 0 else {
                throw QueueError(
                    .notAllowed,
                    "\(lease.owner) holds no lease on \(id): it ran out, or the message ended."
                )
            }
        }
    }

    /// Marks all of `numbers` as `submitting`, or none: then `notAllowed`, and nothing may be submitted.
    public func beginSubmission(_ id: QueueID, numbers: [Int], lease: Lease) async throws(QueueError) {
        try await writer.run { database in
            for number in numbers {
                try database.run(
                    """
                    UPDATE recipient SET state = ?, lease_until = ? WHERE message = (SELECT seq FROM message WHERE id = ?) \
                    AND number = ? AND state = ? AND lease_owner = ?
                    """,
                    [
                        RecipientState.submitting.code, lease.until.milliseconds, id.rawValue, number,
                        RecipientState.leased.code, lease.owner,
                    ]
                )
                guard database.changesCount == 1 else {
                    throw QueueError(
                        .notAllowed,
                        "recipient \(number) of \(id) is not leased to \(lease.owner): it must not be submitted."
                    )
                }
            }
        }
    }

    /// Gives back what `owner`, or one of its claims (`owner#…`), held when it ended.
    public func recover(owner: String, now: Timestamp) async throws(QueueError) -> [QueueID] {
        try await writer.run { database in
            let held = try database.rows(
                """
                SELECT message, number, state FROM recipient WHERE lease_until IS NOT NULL \
                AND (lease_owner = ?1 OR substr(lease_owner, 1, length(?1) + 1) = ?1 || '#') ORDER BY message, number
                """,
                [owner]
            ) { row in Leases.Held(message: row[0], number: row[1], state: row[2]) }
            var uncertain: [Int64] = []
            for recipient in held {
                let isUncertain = try Leases.giveBack(
                    recipient,
                    database,
                    now: now,
                    due: now,
                    why: "the gateway \(owner) ended"
                )
                if isUncertain && uncertain.last != recipient.message { uncertain.append(recipient.message) }
            }
            return try uncertain.compactMap { seq in try Leases.identifier(seq, database) }
        }
    }

    /// When each route has something to do: the first message due, or the first lease that ends.
    public func nextAttempts(now: Timestamp) async throws(QueueError) -> [Route: Timestamp] {
        try await read { database in
            var next: [String: Int64] = [:]
            var route = ""
            // One step of the index a route, however many wait there.
            while let (found, due) = try database.first(
                """
                SELECT route, next_attempt FROM recipient WHERE state = 0 AND route > ? ORDER BY route, next_attempt LIMIT 1
                """,
                [route],
                { row in (row[0] as String, row[1] as Int64) }
            ) {
                next[found] = due
                route = found
            }
            let leased = try database.rows(
                "SELECT route, MIN(lease_until) FROM recipient WHERE lease_until IS NOT NULL GROUP BY route"
            ) { row in (row[0] as String, row[1] as Int64) }
            for (route, until) in leased { next[route] = min(until, next[route] ?? until) }
            var times: [Route: Timestamp] = [:]
            for (route, due) in next {
                guard let route = Route(route) else { throw QueueError.damaged("route \(route)") }
                times[route] = Timestamp(milliseconds: due)
            }
            return times
        }
    }

    /// The octets, from the database in one piece or from their file piece by piece; those of a certified message from the archive when it
    /// has ended.
    public func readBody(_ id: QueueID) async throws(QueueError) -> any BodyReader {
        if let body = recent.take(id) { return InlineReader(trace: body.trace, body.octets) }
        enum Place: Sendable {
            case file(String, trace: String)
            case octets(ByteBuffer, trace: String)
        }
        let place = try await readOnce { database -> Place? in
            let found = try database.first(
                "SELECT m.file, b.octets, m.trace FROM message m LEFT JOIN body b ON b.message = m.seq WHERE m.id = ?",
                [id.rawValue]
            ) { row -> Place? in
                if let file: String = row[0] { return .file(file, trace: row[2]) }
                return row.isNull(1) ? nil : .octets(row.octets(1), trace: row[2])
            }
            guard let found else { throw QueueError(.notFound, "there is no message \(id).") }
            return found
        }
        switch place {
        case nil:
            if let reader = try await readEnded(id) { return reader }
            throw QueueError(.notFound, "the octets of \(id) are gone: all its recipients have come to their end.")
        case .octets(let octets, let trace): return InlineReader(trace: trace, octets)
        case .file(let reference, let trace):
            do {
                return try await SpoolReader(path: spool.file(reference), trace: trace)
            } catch  where error.code == .notFound {
                // It may have ended and gone into the archive between the look and the opening.
                guard let reader = try await readEnded(id) else { throw error }
                return reader
            }
        }
    }
}

/// What becomes of leases, inside one operation of the writer.
enum Leases {
    /// A recipient that is leased or submitting.
    struct Held: Sendable {
        let message: Int64
        let number: Int
        let state: Int
    }

    /// Leases that ran out: `leased` is waiting again, `submitting` is uncertain (P5).
    static func expire(_ database: Database, now: Timestamp) throws {
        let held = try database.rows(
            "SELECT message, number, state FROM recipient WHERE lease_until IS NOT NULL AND lease_until <= ?",
            [now.milliseconds]
        ) { row in Held(message: row[0], number: row[1], state: row[2]) }
        for recipient in held {
            _ = try giveBack(recipient, database, now: now, due: nil, why: "the lease ran out")
        }
    }

    /// Takes a lease away; true when the recipient is now uncertain.
    ///
    /// A leased recipient is due again at `due`; nil leaves the time as it was.
    static func giveBack(
        _ held: Held,
        _ database: Database,
        now: Timestamp,
        due: Timestamp?,
        why: String
    ) throws -> Bool {
        let isUncertain = try RecipientState.decode(held.state) == .submitting
        let reply = "submitted, but \(why) before the provider's answer was known"
        try database.run(
            """
            UPDATE recipient SET state = ?, next_attempt = COALESCE(?, next_attempt), last_reply = COALESCE(?, last_reply), \
            lease_owner = NULL, lease_until = NULL WHERE message = ? AND number = ?
            """,
            [
                isUncertain ? RecipientState.uncertain.code : RecipientState.waiting.code, due?.milliseconds,
                isUncertain ? reply : nil, held.message, held.number,
            ]
        )
        if isUncertain {
            let attempt = DeliveryAttempt(moment: now, duration: .zero, server: "", reply: reply)
            try History.append(attempt, .uncertain, to: held.number, of: held.message, database)
            if let id = try identifier(held.message, database) {
                try TrackedEvents.note([(.uncertain, held.number)], of: id, at: now, database)
            }
        }
        return isUncertain
    }

    /// The identifier of the message `seq`.
    static func identifier(_ seq: Int64, _ database: Database) throws -> QueueID? {
        try database.first("SELECT id FROM message WHERE seq = ?", [seq]) { row in QueueID(row[0] as String) } ?? nil
    }

    /// Leases up to `limit` messages with recipients that are due, in the order of their next attempts.
    static func claim(
        _ database: Database,
        route: String,
        limit: Int,
        now: Timestamp,
        lease: Lease
    ) throws -> [Claim] {
        var order: [Int64] = []
        var seen: Set<Int64> = []
        try database.forEach(
            """
            SELECT message FROM recipient WHERE state = 0 AND route = ? AND next_attempt <= ? \
            ORDER BY next_attempt, message
            """,
            [route, now.milliseconds]
        ) { row in
            guard order.count < limit else { return false }
            let message: Int64 = row[0]
            if seen.insert(message).inserted { order.append(message) }
            return true
        }
        return try order.map { try take($0, database, route: route, now: now, lease: lease) }
    }

    /// One message's due recipients. The `+` keep SQLite to the primary key: by the indexes of what is due or leased it would walk
    /// through the whole queue for each message.
    private static func take(
        _ seq: Int64,
        _ database: Database,
        route: String,
        now: Timestamp,
        lease: Lease
    ) throws -> Claim {
        try database.run(
            """
            UPDATE recipient SET state = 1, lease_owner = ?, lease_until = ? \
            WHERE message = ? AND +state = 0 AND +route = ? AND +next_attempt <= ?
            """,
            [lease.owner, lease.until.milliseconds, seq, route, now.milliseconds]
        )
        let recipients = try database.rows(
            """
            SELECT \(QueuedRecipient.columns) FROM recipient WHERE message = ? AND +state = 1 AND +route = ? AND lease_owner = ? \
            AND +lease_until = ? ORDER BY number
            """,
            [seq, route, lease.owner, lease.until.milliseconds],
            QueuedRecipient.init(row:)
        )
        let message = try database.first(
            "SELECT \(QueuedMessage.columns) FROM message WHERE seq = ?",
            [seq],
            QueuedMessage.init(row:)
        )
        guard let message else { throw QueueError.damaged("a recipient without its message \(seq)") }
        return Claim(message: message, recipients: recipients, lease: lease)
    }
}

/// The history of a message's recipients.
enum History {
    /// The state that a row tells of.
    static func state(_ code: Int) throws(QueueError) -> RecipientState {
        let state = try RecipientState.decode(code)
        return state == .submitting ? .waiting : state
    }

    /// Adds one attempt, or one decision of a person. The state `submitting` stands for a recipient that waits again, and was put off behind its
    /// final dot: a receipt may still prove that it was taken.
    static func append(
        _ attempt: DeliveryAttempt,
        _ state: RecipientState,
        to number: Int,
        of seq: Int64,
        _ database: Database
    ) throws {
        try database.run(
            """
            INSERT INTO attempt (message, ordinal, number, moment, duration, server, reply, state) \
            VALUES (?1, COALESCE((SELECT MAX(ordinal) FROM attempt WHERE message = ?1), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7)
            """,
            [
                seq, number, attempt.moment.milliseconds, attempt.duration.wholeMilliseconds, attempt.server,
                attempt.reply,
                state.code,
            ]
        )
    }
}
