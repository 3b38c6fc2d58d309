// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import MailModel
import MailQueue
import NIOCore
import Testing

@testable import QueueSQLite

struct ArchiveFilesTests {
    private let world: ArchiveWorld

    init() throws {
        world = try ArchiveWorld()
    }

    // MARK: What a person finds

    @Test func `a pack says of each message what it is, and is read without the database`() async throws {
        let bodies = [
            distinct(100, 1), ByteBuffer(string: "\n== 2026-11-23/9 octets=5 sha256=x\n"), distinct(90_000, 2),
        ]
        for body in bodies { try await world.ended(body) }
        #expect(try await world.move() == 3)
        let entries = try await world.entries()
        let found = try PackReading.messages(world.contents(world.pack))
        #expect(found.map(\.octets) == bodies.map { Data($0.readableBytesView) })
        for (entry, found) in zip(entries, found) {
            #expect(
                found.line
                    == "== \(entry.day)/\(entry.number) octets=\(entry.size) sha256=\(entry.digest) id=\(entry.id) kind=accettazione account=azienda@pec.example.it"
            )
        }
        let first = try world.contents(world.pack).prefix { $0 != 0x0A }
        #expect(String(decoding: first, as: UTF8.self).hasPrefix("Ceralacca archive of 2026-11-23 (UTC)."))
    }

    @Test func `what is large has a file of its own, and the spool is empty afterwards`() async throws {
        let id = try await world.ended(distinct(400_000, 1))
        try await world.ended(distinct(400, 2))
        #expect(try world.directory.spoolFiles().count == 1)
        #expect(try await world.move() == 2)
        #expect(try world.directory.spoolFiles().isEmpty)
        #expect(try Set(world.files().keys) == [world.pack, "2026/2026-11-23/000001-\(id).eml"])
        #expect(try world.files()["2026/2026-11-23/000001-\(id).eml"] == 400_000)
    }

    @Test func `directories and files are for their owner alone`() async throws {
        for octets in [400, 400_000] { try await world.ended(distinct(octets, 1)) }
        #expect(try await world.move() == 2)
        for name in try [""] + FileManager.default.subpathsOfDirectory(atPath: world.archive) {
            let facts = try FileManager.default.attributesOfItem(atPath: "\(world.archive)/\(name)")
            let isDirectory = facts[.type] as? FileAttributeType == .typeDirectory
            #expect((facts[.posixPermissions] as? NSNumber)?.intValue == (isDirectory ? 0o700 : 0o600), "\(name)")
        }
    }

    @Test func `each message is in the pack of the day that it came on, whenever it ends`() async throws {
        for day in 0..<3 { try await world.ended(distinct(100, UInt32(day)), at: start + .seconds(day * 86_400)) }
        #expect(try await world.move() == 3)
        #expect(try Set(world.files().keys) == [world.pack, "2026/2026-11-24.pack", "2026/2026-11-25.pack"])
    }

    @Test func `a message of 150 MB is moved by its name and read in small pieces`() async throws {
        let writer = try await world.store.makeBodyWriter()
        let piece = ByteBuffer(repeating: 0x62, count: 1_000_000)
        for _ in 0..<150 { try await writer.write(piece) }
        var arrival = certified(ByteBuffer())
        arrival.body = .stored(try await writer.finish())
        _ = try await world.store.insert(arrival)
        _ = try await world.store.apply(.delete, to: arrival.message.id, now: start, by: "anna")
        let before = try inode(world.directory.state + "/spool/" + (try world.directory.spoolFiles()[0]))
        #expect(try await world.move() == 1)
        let (name, size) = try #require(try world.files().first)
        #expect(try inode("\(world.archive)/\(name)") == before && size == 150_000_000)
        let reader = try await world.store.readArchived(try #require(try await world.entries().first))
        #expect(reader.size == 150_000_000)
        var octets = 0
        while let piece = try await reader.read(upTo: 1 << 30) {
            #expect(piece.readableBytes <= 262_144)
            octets += piece.readableBytes
        }
        await reader.close()
        #expect(octets == 150_000_000)
    }

    private func inode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
    }

    // MARK: The same octets

    @Test func `the same octets take their room once, within a batch and in a later one`() async throws {
        for _ in 0..<2 {
            for _ in 0..<3 {
                try await world.ended(distinct(100_000, 1))
                try await world.ended(distinct(400_000, 1))
            }
            #expect(try await world.move() == 6)
        }
        let files = try world.files()
        #expect(files.count == 2)
        #expect(files.values.reduce(0, +) < 501_000)
        #expect(try await world.octets() == (0..<6).flatMap { _ in [distinct(100_000, 1), distinct(400_000, 1)] })
    }

    @Test func `octets whose first copy was damaged are kept anew`() async throws {
        for octets in [1000, 400_000] { try await world.ended(distinct(octets, 1)) }
        #expect(try await world.move() == 2)
        for name in try world.files().keys {
            var data = try world.contents(name)
            data[data.count - 10] ^= 1
            try world.write(data, name)
        }
        for octets in [1000, 400_000] { try await world.ended(distinct(octets, 1)) }
        #expect(try await world.move() == 2)
        #expect(try await world.octets().suffix(2) == [distinct(1000, 1), distinct(400_000, 1)])
    }

    @Test func `other octets under the same digest and size are kept apart`() async throws {
        try await world.ended(distinct(1000, 1))
        var arrival = certified(distinct(1000, 2))
        arrival.certified = certified(distinct(1000, 1)).certified
        _ = try await world.store.insert(arrival)
        _ = try await world.store.apply(.delete, to: arrival.message.id, now: start, by: "anna")
        #expect(try await world.move() == 2)
        #expect(try await world.octets() == [distinct(1000, 1), distinct(1000, 2)])
    }

    // MARK: Damage

    @Test func `a changed octet, a shortened file and a file that is gone are told of the entry that it is about`()
        async throws
    {
        try await world.ended(distinct(1000, 1))
        try await world.ended(distinct(1000, 2))
        #expect(try await world.move() == 2)
        let entries = try await world.entries()
        let whole = try world.contents(world.pack)
        var changed = whole
        changed[changed.count - 500] ^= 0x20
        try world.write(changed, world.pack)
        #expect(try await world.octets(of: entries[0]) == distinct(1000, 1))
        #expect(try await world.octets(of: entries[1]) != distinct(1000, 2))
        try world.write(whole.prefix(whole.count - 500), world.pack)
        #expect(try await world.octets(of: entries[0]) == distinct(1000, 1))
        let short = await #expect(throws: QueueError.self) { _ = try await world.octets(of: entries[1]) }
        #expect(short?.code == .inputOutput)
        try FileManager.default.removeItem(atPath: "\(world.archive)/\(world.pack)")
        let gone = await #expect(throws: QueueError.self) { _ = try await world.octets(of: entries[0]) }
        #expect(gone?.code == .notFound && gone?.message.contains(world.pack) == true)
    }

    @Test func `octets that are gone from the queue are named, and hold up no others`() async throws {
        let lost = [try await world.ended(distinct(400_000, 1)), try await world.ended(distinct(400, 2))]
        try await world.ended(distinct(400_000, 3))
        try FileManager.default.removeItem(
            atPath: world.directory.state + "/spool/" + (try await spoolFile(of: lost[0]))
        )
        try await world.store.pool.write { database in
            try database.execute(
                sql: "DELETE FROM body WHERE message = (SELECT seq FROM message WHERE id = ?)",
                arguments: [lost[1].rawValue]
            )
        }
        for _ in 0..<2 {
            let told = await #expect(throws: QueueError.self) { _ = try await world.move() }
            #expect(told?.code == .inputOutput)
            for id in lost { #expect(told?.message.contains("\(id)") == true) }
        }
        #expect(try world.directory.spoolFiles().isEmpty)
        let last = try #require(try await world.entries().last)
        #expect(try await world.octets(of: last) == distinct(400_000, 3))
    }

    private func spoolFile(of id: QueueID) async throws -> String {
        try await world.store.read { database in
            try String.fetchOne(database, sql: "SELECT file FROM message WHERE id = ?", arguments: [id.rawValue]) ?? ""
        }
    }
}

/// Reads a pack as a person would who has nothing else.
enum PackReading {
    /// The messages, each with the line in front of it.
    static func messages(_ pack: Data) throws -> [(line: String, octets: Data)] {
        var messages: [(String, Data)] = []
        var rest = pack
        while let line = nextLine(&rest) {
            guard line.hasPrefix("== ") else { continue }
            let words = line.split(separator: " ")
            guard words.count == 7, let size = Int(words[2].dropFirst("octets=".count)) else { continue }
            messages.append((line, Data(rest.prefix(size))))
            rest = rest.dropFirst(size)
        }
        return messages
    }

    private static func nextLine(_ rest: inout Data) -> String? {
        guard let end = rest.firstIndex(of: 0x0A) else { return nil }
        defer { rest = rest[rest.index(after: end)...] }
        return String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
    }
}
