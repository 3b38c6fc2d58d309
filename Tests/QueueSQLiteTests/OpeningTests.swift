// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import Foundation
import GRDB
import MailModel
import MailQueue
import Testing

@testable import QueueSQLite

struct OpeningTests {
    @Test func `directories and files are for their owner alone`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        try store.lockForService()
        try await store.insert(sample(octets: 400_000))
        #expect(try mode(directory.state) == 0o700)
        #expect(try mode(directory.state + "/spool") == 0o700)
        for name in ["queue.sqlite", "queue.sqlite-wal", "queue.sqlite-shm", "gateway.lock"] {
            #expect(try mode(directory.state + "/" + name) == 0o600, "\(name)")
        }
        for file in try directory.spoolFiles() { #expect(try mode(directory.state + "/spool/" + file) == 0o600) }
        await store.close()
    }

    @Test func `one gateway holds the lock, commands open beside it, and closing gives it back`() async throws {
        let directory = try TemporaryDirectory()
        let gateway = try SQLiteQueue.open(directory: directory.state)
        try gateway.lockForService()
        try gateway.lockForService()
        let second = try SQLiteQueue.open(directory: directory.state)
        let refusal = #expect(throws: QueueError.self) { try second.lockForService() }
        #expect(refusal?.code == .unavailable)
        #expect(refusal?.message.contains("another gateway") == true)
        try await second.insert(sample())
        #expect(try await gateway.list(.open, limit: 9).count == 1)
        await gateway.close()
        try second.lockForService()
        await second.close()
    }

    @Test func `a database of a newer version is refused with words`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        try await store.pool.write { database in
            try database.execute(
                sql: "INSERT INTO grdb_migrations VALUES ('99 from the future'); PRAGMA user_version = 99"
            )
        }
        await store.close()
        let refusal = #expect(throws: QueueError.self) { _ = try SQLiteQueue.open(directory: directory.state) }
        #expect(refusal?.message.contains("schema version 99, this program knows \(Schema.version)") == true)
        #expect(refusal?.remedy.isEmpty == false)
    }

    @Test func `a file that is no database is refused with words`() throws {
        let directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.state, withIntermediateDirectories: false)
        try Data(repeating: 0x41, count: 9000).write(to: URL(fileURLWithPath: directory.state + "/queue.sqlite"))
        let refusal = #expect(throws: QueueError.self) { _ = try SQLiteQueue.open(directory: directory.state) }
        #expect(refusal?.code == .inputOutput)
        #expect(refusal?.message.contains("damaged") == true)
    }

    @Test func `a directory that cannot be made is named in the error`() throws {
        let refusal = #expect(throws: QueueError.self) { _ = try SQLiteQueue.open(directory: "/nowhere/at/all") }
        #expect(refusal?.message.contains("/nowhere/at/all") == true)
    }

    @Test(arguments: [
        (
            "SELECT message FROM recipient WHERE state = 0 AND route = ? AND next_attempt <= ? ORDER BY next_attempt, message",
            "recipient_due"
        ),
        (
            "SELECT message, number, state FROM recipient WHERE lease_until IS NOT NULL AND lease_until <= ?",
            "recipient_lease"
        ),
        (
            "SELECT route, next_attempt FROM recipient WHERE state = 0 AND route > ? ORDER BY route, next_attempt LIMIT 1",
            "recipient_due"
        ),
        ("SELECT message FROM recipient WHERE state >= 5 AND state <= 7 AND state = ?", "recipient_kept"),
        (
            "SELECT seq FROM message WHERE ended_at IS NOT NULL AND ended_at < ? AND kept = 0 ORDER BY ended_at LIMIT 200",
            "message_ended"
        ),
        ("SELECT 1 FROM message WHERE file = ?", "message_file"),
        ("SELECT seq FROM tracked WHERE message_key = ? AND +account = ?", "tracked_message"),
        ("SELECT seq FROM tracked WHERE identifier_key = ? AND +account = ?", "tracked_identifier"),
        ("SELECT id FROM receipt WHERE message = ? ORDER BY seq", "receipt_message"),
        ("SELECT id FROM receipt WHERE message IS NULL ORDER BY arrival DESC, seq DESC LIMIT ?", "receipt_foreign"),
        (
            "SELECT r.id FROM receipt r LEFT JOIN tracked t ON t.seq = r.message \(SQLiteQueue.digestible)",
            "receipt_waits"
        ),
        ("SELECT DISTINCT account FROM receipt WHERE waits = 1 AND digest IS NULL ORDER BY account", "receipt_waits"),
        ("SELECT id FROM receipt WHERE waits = 1 AND digest = ?", "receipt_listed"),
        ("SELECT digest FROM receipt r WHERE r.digest_failed >= ?", "receipt_digest_failed"),
        (
            "SELECT t.id FROM tracked_recipient r JOIN tracked t ON t.seq = r.message WHERE r.report_due = 1 ORDER BY r.message LIMIT 100",
            "tracked_recipient_report"
        ),
    ])
    func `the queries that run often are answered by an index, without sorting`(
        _ query: String,
        _ index: String
    ) async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        let plan = try await store.read { database in
            let count = query.filter { $0 == "?" }.count
            return try Row.fetchAll(
                database,
                sql: "EXPLAIN QUERY PLAN " + query,
                arguments: StatementArguments([Int](repeating: 0, count: count))
            ).map { row in row["detail"] as String }
        }
        #expect(plan.contains { $0.contains(index) }, "\(plan)")
        #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
        await store.close()
    }

    @Test(arguments: [
        (TrackingFilter.open, "tracked_open"), (.account("azienda@pec.it"), "tracked_account"),
        (.state(.queued), "tracked_open"), (.state(.submitted), "tracked_open"),
        (.state(.withdrawn), "tracked_recipient_rare"), (.state(.uncertain), "tracked_recipient_rare"),
        (.state(.refused), "tracked_recipient_rare"), (.state(.warned), "tracked_recipient_rare"),
        (.state(.failed), "tracked_recipient_rare"), (.state(.accepted), "tracked_recipient_reached"),
        (.state(.delivered), "tracked_recipient_reached"),
    ])
    func `lists of tracked messages are read by an index, whatever they select`(
        _ filter: TrackingFilter,
        _ index: String
    ) async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        let plan = try await store.read { database in
            let (rest, arguments) = SQLiteQueue.selection(filter, 50)
            let query = "EXPLAIN QUERY PLAN SELECT \(TrackedRows.columns) FROM tracked \(rest)"
            return try Row.fetchAll(database, sql: query, arguments: arguments).map { row in row["detail"] as String }
        }
        #expect(plan.contains { $0.contains(index) }, "\(plan)")
        #expect(!plan.contains { $0.hasPrefix("SCAN tracked") && !$0.contains(index) }, "\(plan)")
        await store.close()
    }

    @Test func `what is open is counted without a look at what has ended`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        for query in [SQLiteQueue.openByAccount, SQLiteQueue.openByState] {
            let plan = try await store.read { database in
                try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + query).map { row in row["detail"] as String }
            }
            #expect(plan.contains { $0.contains("tracked_open") }, "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN r") }, "\(plan)")
        }
        await store.close()
    }

    @Test
    func `claiming costs the same however long the queue is`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        for _ in 0..<3 { try await store.insert(sample()) }
        let steps = try await store.pool.writeWithoutTransaction { database in
            let plans = [
                """
                UPDATE recipient SET state = 1 WHERE message = 1 AND +state = 0 AND +route = 'exchange' \
                AND +next_attempt <= 5
                """,
                """
                SELECT number FROM recipient WHERE message = 1 AND +state = 1 AND +route = 'exchange' \
                AND lease_owner = 'one' AND +lease_until = 5 ORDER BY number
                """,
                "SELECT 1 FROM recipient WHERE message = 1 AND state NOT IN (3, 4, 8) LIMIT 1",
            ]
            return try plans.flatMap { plan in
                try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + plan).map { row in row["detail"] as String }
            }
        }
        #expect(steps.count == 3 && steps.allSatisfy { $0.contains("PRIMARY KEY (message=?)") }, "\(steps)")
        await store.close()
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }
}
