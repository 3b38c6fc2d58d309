// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import Foundation
import GRDB
import MailModel
import MailQueue
import NIOCore
import Testing

@testable import QueueSQLite

/// Databases as older versions wrote them: made by the migrations up to theirs, filled by the statements that they had.
struct UpgradeTests {
    private static let account = "azienda@pec.example.it"
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A database of the version whose last migration this is.
    private func database(upTo migration: String, _ fill: (Database) throws -> Void) throws {
        try FileManager.default.createDirectory(atPath: directory.state, withIntermediateDirectories: true)
        let queue = try DatabaseQueue(path: directory.state + "/queue.sqlite")
        try Schema.migrator.migrate(queue, upTo: migration)
        try queue.write(fill)
        try queue.close()
    }

    /// A message of version 1 to 4, whose trace fields stand in its body, with one recipient in `state`.
    private func insertOld(_ id: QueueID, state: Int, reply: String?, _ database: Database) throws {
        let body = "Received: by relay\r\nSubject: \(id)\r\n\r\nCiao\r\n"
        try database.execute(
            sql: """
                INSERT INTO message (id, origin, arrival, reverse_path, return_content, envelope_id, flags, size, trace_octets, \
                header_from, subject, message_id, route_reason, file) VALUES (?, 'exchange', ?, ?, NULL, NULL, 0, ?, 20, ?, ?, ?, 'x', NULL)
                """,
            arguments: [
                id.rawValue, start.milliseconds, Self.account, body.utf8.count, Self.account, "Oggetto",
                "\(id)@azienda.it",
            ]
        )
        let seq = database.lastInsertedRowID
        try database.execute(sql: "INSERT INTO body VALUES (?, ?)", arguments: [seq, Data(body.utf8)])
        try database.execute(
            sql: """
                INSERT INTO recipient (message, number, forward_path, notify, original_recipient, route, state, next_attempt, \
                attempts, last_reply, delay_reported) VALUES (?, 0, 'ente@pec.fuori.example', NULL, NULL, ?, ?, ?, 1, ?, 0)
                """,
            arguments: [seq, "account:\(Self.account)", state, start.milliseconds, reply]
        )
        try database.execute(
            sql: """
                INSERT INTO attempt (message, ordinal, number, moment, duration, server, reply, state) \
                VALUES (?, 1, 0, ?, 12, 'smtp:465', ?, ?)
                """,
            arguments: [seq, start.milliseconds, reply ?? "", state]
        )
    }

    @Test(arguments: ["1 queue", "4 servers and decisions"])
    func `what waited, was held or uncertain before tracking is there behind the upgrade, octet for octet`(
        _ migration: String
    ) async throws {
        let ids = (0..<3).map { QueueID(arrival: start + .seconds($0)) }
        try database(upTo: migration) { database in
            for (id, state) in zip(ids, [0, 5, 7]) {
                try insertOld(id, state: state, reply: "state \(state)", database)
            }
            try database.execute(
                sql: """
                    INSERT INTO mark (account, unique_id, digest, message, id, retrieved, settled) VALUES (?, 'u1', 'aa', 1, ?, ?, 0)
                    """,
                arguments: [Self.account, ids[0].rawValue, start.milliseconds]
            )
        }
        let store = try SQLiteQueue.open(directory: directory.state)
        var states: [RecipientState?] = []
        for id in ids {
            let entry = try #require(try await store.entry(id))
            states.append(entry.recipients.first?.state)
            #expect(entry.message.trace.isEmpty && entry.history.count == 1)
            let reader = try await store.readBody(id)
            let octets = try await reader.read(upTo: 1000)
            await reader.close()
            #expect(octets.map { String(buffer: $0) } == "Received: by relay\r\nSubject: \(id)\r\n\r\nCiao\r\n")
            #expect(entry.message.size == octets?.readableBytes)
        }
        #expect(states == [.waiting, .held, .uncertain])
        let mark = try #require(try await store.marks(account: Self.account).first)
        #expect(mark.id == ids[0] && !mark.isDeletionSent && mark.settledAt == nil)
        #expect(try await store.apply(.resend, to: ids[2], now: start, by: "anna") == 1)
        await store.close()
    }

    @Test func `receipts that waited for a digest before it could fail wait still, but not what a scanner held back`()
        async throws
    {
        let ids = (0..<3).map { QueueID(arrival: start + .seconds($0)) }
        try database(upTo: "8 notices of the quarantine") { database in
            for (id, state) in zip(ids, [5, 6, 5]) { try insertTracked(id, state: state, database) }
        }
        let store = try SQLiteQueue.open(directory: directory.state)
        let waiting = try await store.digestible(account: Self.account, before: start + .seconds(60), limit: 9)
        #expect(waiting.map(\.id) == [ids[0], ids[2]])
        #expect(try await store.entry(ids[1])?.recipients.map(\.state) == [.quarantined])
        let tracked = try #require(try await store.tracked(ids[0]))
        #expect(tracked.receipts.map(\.id) == [ids[0]])
        #expect(tracked.message.recipients.map(\.acceptedAt) == [start])
        #expect(try await store.refusalsUntold().isEmpty)
        await store.close()
    }

    /// A receipt of version 8 that waits for a digest, and the message that it is about.
    private func insertTracked(_ id: QueueID, state: Int, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO message (id, origin, arrival, reverse_path, return_content, envelope_id, flags, size, trace, \
                header_from, subject, message_id, route_reason, file, report_to, kept) \
                VALUES (?, ?, ?, NULL, NULL, NULL, 0, 9, 'X: y', NULL, NULL, NULL, 'x', NULL, NULL, 1)
                """,
            arguments: [id.rawValue, "account:\(Self.account)", start.milliseconds]
        )
        let seq = database.lastInsertedRowID
        try database.execute(
            sql: """
                INSERT INTO recipient (message, number, forward_path, notify, original_recipient, route, state, next_attempt, \
                attempts, last_reply, delay_reported) VALUES (?, 0, 'mario@azienda.it', NULL, NULL, 'exchange', ?, ?, 0, NULL, 0)
                """,
            arguments: [seq, state, start.milliseconds]
        )
        try database.execute(
            sql: """
                INSERT INTO tracked (id, account, message_id, message_key, subject, senders, digest, created, accepted, is_open) \
                VALUES (?, ?, ?, ?, NULL, 'mario@azienda.it', '00', ?, ?, 1)
                """,
            arguments: [
                id.rawValue, Self.account, "\(id)@x", "\(id)@x".lowercased(), start.milliseconds, start.milliseconds,
            ]
        )
        let message = database.lastInsertedRowID
        try database.execute(
            sql: """
                INSERT INTO tracked_recipient (message, number, address, certified, state, since) \
                VALUES (?, 0, 'ente@pec.fuori.example', 1, 'accepted', ?)
                """,
            arguments: [message, start.milliseconds]
        )
        try database.execute(
            sql: """
                INSERT INTO receipt (id, arrival, message, effect, waits, account, kind, statement, recipients, concerned, signature) \
                VALUES (?, ?, ?, 'moved one recipient', 1, ?, 'accettazione', 'accepted', '', '', 'valid')
                """,
            arguments: [id.rawValue, start.milliseconds, message, Self.account]
        )
    }

    @Test func `only a gateway upgrades, and none under another one that runs`() async throws {
        try database(upTo: "8 notices of the quarantine") { _ in }
        let command = #expect(throws: QueueError.self) {
            _ = try SQLiteQueue.open(directory: directory.state, upgrades: false)
        }
        #expect(command?.message.contains("has schema version 8, this program works with \(Schema.version)") == true)
        #expect(command?.remedy.contains("ceralacca serve") == true)
        let running = try FileLock(
            path: directory.state + "/gateway.lock",
            refusal: QueueError(.unavailable, "locked")
        )
        let second = #expect(throws: QueueError.self) { _ = try SQLiteQueue.open(directory: directory.state) }
        #expect(second?.code == .unavailable && second?.message.contains("another gateway") == true)
        #expect(try version() == 8, "the tables are as they were")
        withExtendedLifetime(running) {}
    }

    @Test func `a command makes the first database, and opens one of its own version`() async throws {
        for _ in 0..<2 {
            let store = try SQLiteQueue.open(directory: directory.state, upgrades: false)
            await store.close()
        }
        #expect(try version() == Schema.version)
    }

    private func version() throws -> Int? {
        let queue = try DatabaseQueue(path: directory.state + "/queue.sqlite")
        return try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    }
}
