// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import MailModel
import MailQueue
import NIOCore
import Testing

@testable import QueueSQLite

struct DurabilityTests {
    @Test func `the writer runs with synchronous FULL in WAL mode`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        let (synchronous, journal) = try await store.pool.writeWithoutTransaction { database in
            (
                try Int.fetchOne(database, sql: "PRAGMA synchronous"),
                try String.fetchOne(database, sql: "PRAGMA journal_mode")
            )
        }
        #expect(synchronous == 2)
        #expect(journal == "wal")
        await store.close()
    }

    @Test func `many concurrent insertions share few commits`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<500 { group.addTask { try await store.insert(sample()) } }
            try await group.waitForAll()
        }
        #expect(try await store.summary().recipients[.waiting] == 500)
        #expect((1..<250).contains(store.writer.commits))
        await store.close()
    }

    @Test func `an operation that fails in a shared commit costs the others nothing`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        let failures = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        try await store.writer.run { database in
                            try Self.sampleRow(number, database)
                            if number % 5 == 0 { throw QueueError(.notAllowed, "no") }
                        }
                        return false
                    } catch {
                        return error as? QueueError == QueueError(.notAllowed, "no")
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 40)
        let kept = try await store.read { try Int.fetchAll($0, sql: "SELECT requested FROM fetch_request") }
        #expect(Set(kept) == Set((0..<200).filter { $0 % 5 != 0 }))
        await store.close()
    }

    @Test func `a database at its limit refuses what does not fit, keeps the rest and recovers`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        try await store.insert(sample(octets: 10_000))
        try await store.pool.writeWithoutTransaction { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            try database.execute(sql: "PRAGMA max_page_count = \(pages + 60)")
        }
        // All at once: those that do not fit must not take down the others in their commit.
        let outcomes = await withTaskGroup(of: QueueError?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    do {
                        try await store.insert(sample(octets: number % 2 == 0 ? 200_000 : 1000))
                        return nil
                    } catch {
                        return error as? QueueError
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let refused = outcomes.compactMap { $0 }
        #expect(refused.count >= 19)
        #expect(refused.allSatisfy { $0.code == .full && $0.message.contains("free") && !$0.remedy.isEmpty })
        let kept = outcomes.count - refused.count
        #expect(kept > 0)
        #expect(try await store.list(.all, limit: 99).count == kept + 1)
        #expect(try await store.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM body") } == kept + 1)

        try await store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        for _ in 0..<5 { try await store.insert(sample(octets: 200_000)) }
        #expect(try await store.list(.all, limit: 99).count == kept + 6)
        #expect(try await store.pool.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") } == "ok")
        await store.close()
    }

    @Test func `mail is refused above the reserve while outcomes are still written`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        let arrival = sample()
        try await store.insert(arrival)
        await store.close()

        let tight = try SQLiteQueue.open(directory: directory.state, minimumFree: 1 << 60)
        await #expect(throws: QueueError.self) { try await tight.checkRoom(for: 1) }
        await #expect(throws: QueueError.self) { try await tight.insert(sample()) }
        await #expect(throws: QueueError.self) { _ = try await tight.makeBodyWriter() }
        do {
            try await tight.checkRoom(for: 30_000_000)
        } catch {
            #expect(error.code == .full)
            #expect(error.message.contains("free,") && error.message.contains("needed"))
            #expect(error.remedy.contains(directory.state))
        }
        let lease = Lease(owner: "one", until: start + .seconds(60))
        #expect(try await tight.claim(.exchange, limit: 1, now: start, lease: lease).count == 1)
        let result = RecipientResult(number: 0, outcome: .delivered, attempt: nil)
        try await tight.settle(Settlement(id: arrival.message.id, lease: lease, results: [result]))
        #expect(try await tight.entry(arrival.message.id)?.recipients[0].state == .delivered)
        await tight.close()
    }

    private static func sampleRow(_ number: Int, _ database: Database) throws {
        try database.run("INSERT INTO fetch_request (account, requested) VALUES (?, ?)", ["a\(number)", number])
    }
}
