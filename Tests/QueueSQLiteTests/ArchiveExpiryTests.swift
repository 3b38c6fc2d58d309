// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import MailModel
import MailQueue
import NIOCore
import Testing

@testable import QueueSQLite

struct ArchiveExpiryTests {
    private static let day = Duration.seconds(86_400)
    private let world: ArchiveWorld

    init() throws {
        world = try ArchiveWorld()
    }

    @Test func `the files of days that had their time go, with their directories`() async throws {
        for day in [0, 1, 60] {
            for octets in [300, 400_000] {
                try await world.ended(distinct(octets, UInt32(day)), at: start + Self.day * day)
            }
        }
        #expect(try await world.move() == 6)
        #expect(try world.files().count == 6)
        #expect(try await world.store.expireArchive(before: "2026-11-24") == 2)
        #expect(try world.files().keys.allSatisfy { !$0.contains("2026-11-23") })
        #expect(try world.files().count == 4)
        #expect(try await world.store.expireArchive(before: "2027-01-01") == 2)
        #expect(!FileManager.default.fileExists(atPath: world.archive + "/2026"))
        #expect(try await world.octets() == [distinct(300, 60), distinct(400_000, 60)])
    }

    @Test func `octets that a later day shares are brought into its files first`() async throws {
        try await world.ended(distinct(300, 2))
        for day in [0, 40] {
            for octets in [300, 400_000] { try await world.ended(distinct(octets, 1), at: start + Self.day * day) }
        }
        #expect(try await world.move() == 5)
        #expect(try world.files().keys.allSatisfy { $0.hasPrefix("2026/2026-11-23") })
        #expect(try await world.store.expireArchive(before: "2027-01-01") == 3)
        let files = try world.files()
        #expect(files.count == 2 && files.keys.allSatisfy { $0.hasPrefix("2027/2027-01-02") })
        #expect(try await world.octets() == [distinct(300, 1), distinct(400_000, 1)])
        let pack = try PackReading.messages(world.contents("2027/2027-01-02.pack"))
        #expect(pack.map(\.octets) == [Data(distinct(300, 1).readableBytesView)])
        #expect(pack.first?.line.hasPrefix("== 2027-01-02/1 octets=300 ") == true)
    }

    @Test func `shared octets that cannot be read stay, for the verification to name`() async throws {
        for day in 0..<2 { try await world.ended(distinct(300, 1), at: start + Self.day * day) }
        #expect(try await world.move() == 2)
        try world.write(try world.contents(world.pack).prefix(400), world.pack)
        #expect(try await world.store.expireArchive(before: "2026-11-24") == 1)
        #expect(try world.files()[world.pack] == 400)
        let entry = try #require(try await world.entries().first)
        await #expect(throws: QueueError.self) { _ = try await world.octets(of: entry) }
    }

    @Test func `what a crash interrupted is done by the next call`() async throws {
        for day in 0..<3 {
            for octets in [300, 400_000] {
                try await world.ended(distinct(octets, UInt32(day)), at: start + Self.day * day)
            }
        }
        #expect(try await world.move() == 6)
        // The days are marked, and no more.
        try await world.store.pool.write { database in
            try database.execute(sql: "UPDATE archive_day SET expired = 1 WHERE day = '2026-11-23'")
        }
        #expect(try await world.entries().map(\.day) == ["2026-11-24", "2026-11-24", "2026-11-25", "2026-11-25"])
        #expect(try await world.store.expireArchive(before: "2026-11-24") == 0)
        #expect(try world.files().count == 4)
        // Files are left over.
        try world.write(Data([1]), "2026/2026-11-23.pack")
        #expect(try await world.store.expireArchive(before: "2026-11-25") == 2)
        #expect(try world.files().count == 2)
        let rows = try await world.store.read { database in
            try Int.fetchOne(
                database,
                sql: "SELECT (SELECT COUNT(*) FROM archive_entry) + (SELECT COUNT(*) FROM archive_content)"
            )
        }
        #expect(rows == 4)
    }

    @Test func `many entries go in several commits`() async throws {
        for number in 0..<1200 {
            let arrival = certified(distinct(20, UInt32(number)))
            try await world.store.writer.run { database in
                _ = try PreparedArrival(arrival, body: .inline(Data())).insert(database)
                try database.run("UPDATE message SET ended_at = 1 WHERE id = ?", [arrival.message.id.rawValue])
            }
        }
        #expect(try await world.move(limit: 2000) == 1200)
        #expect(try await world.store.expireArchive(before: "2027-01-01") == 1200)
        #expect(try await world.entries().isEmpty)
        #expect(try world.files().isEmpty)
    }

    @Test func `an archive with nothing in it makes no files`() async throws {
        #expect(try await world.move() == 0)
        #expect(try await world.store.expireArchive(before: "2027-01-01") == 0)
        _ = try await world.store.insert(certified(distinct(100, 1)))
        #expect(try await world.move() == 0)
        #expect(!FileManager.default.fileExists(atPath: world.archive))
    }

    @Test func `pages, a message's entries and what is to be moved are found by an index, without sorting`()
        async throws
    {
        let entry = ArchiveEntry(
            day: "2026-11-24",
            number: 1,
            id: QueueID(arrival: start),
            arrival: start,
            account: "a",
            kind: "k",
            digest: "d",
            size: 1,
            subject: nil,
            messageID: nil,
            chain: "c"
        )
        let whole = ArchiveSelection(from: "2026-11-01", to: "2026-11-30", account: "a")
        let pages: [(ArchiveQuery, String)] = [
            (ArchiveQuery(ArchiveSelection(), after: nil, limit: 9), "PRIMARY KEY"),
            (ArchiveQuery(whole, after: nil, limit: 9), "PRIMARY KEY (day>? AND day<?)"),
            (ArchiveQuery(whole, after: entry, limit: 9), "PRIMARY KEY ((day,number)>(?,?) AND day<?)"),
            (ArchiveQuery(ArchiveSelection(message: entry.id), after: nil, limit: 9), "archive_entry_id (id=?)"),
        ]
        for (query, words) in pages {
            let plan = try await plan(query.sql, query.arguments)
            #expect(plan.contains { $0.contains(words) } || words == "PRIMARY KEY", "\(plan)")
            #expect(!plan.contains { $0.contains("TEMP B-TREE") } || words.contains("_id"), "\(plan)")
        }
        let kept = try await plan(
            """
            SELECT m.seq FROM message m INDEXED BY message_kept JOIN archive_entry e ON e.id = m.id WHERE m.kept = 1 \
            AND m.ended_at IS NOT NULL AND (m.ended_at, m.seq) > (?, ?) ORDER BY m.ended_at, m.seq LIMIT ?
            """,
            [0, 0, 9]
        )
        #expect(
            kept.contains { $0.contains("message_kept") } && !kept.contains { $0.contains("TEMP B-TREE") },
            "\(kept)"
        )
    }

    private func plan(_ sql: String, _ arguments: StatementArguments) async throws -> [String] {
        try await world.store.read { database in
            try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments)
                .map { row in row["detail"] as String }
        }
    }
}
