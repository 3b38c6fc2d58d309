// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import GRDB
import MailModel
import MailQueue
import NIOCore
import Testing

@testable import QueueSQLite

struct ArchiveCrashTests {
    private let world: ArchiveWorld

    init() throws {
        world = try ArchiveWorld()
    }

    @Test(arguments: ["== 2026-11-23/2 octets=1000 sha256=0", "\n== torn", "x", "\0\0\0\0\0\0\0\0"])
    func `what a crash left at a pack's end does no harm`(_ tail: String) async throws {
        try await world.ended(distinct(1000, 1))
        #expect(try await world.move() == 1)
        var torn = try world.contents(world.pack)
        torn.append(Data(tail.utf8))
        try world.write(torn, world.pack)
        try await world.ended(distinct(1000, 2))
        #expect(try await world.move() == 1)
        #expect(try await world.octets() == [distinct(1000, 1), distinct(1000, 2)])
        // Nothing was written over, and a person still finds both.
        let pack = try world.contents(world.pack)
        #expect(pack.prefix(torn.count) == torn)
        #expect(
            try PackReading.messages(pack).map(\.octets) == [1, 2].map { Data(distinct(1000, $0).readableBytesView) }
        )
    }

    @Test func `a batch that was written and never committed is written again`() async throws {
        var bodies: [ByteBuffer] = []
        for number in 0..<20 {
            bodies.append(distinct(number % 5 == 0 ? 400_000 : 200_000, UInt32(number)))
            try await world.ended(bodies[number])
        }
        do {
            // As if the power went after the files were written: packs are dropped with what they wrote.
            var batch = ArchiveBatch(store: world.store)
            for message in try await world.store.keptMessages(after: nil, limit: 100) { try await batch.add(message) }
        }
        #expect(try world.files().count == 5)
        #expect(try await world.octets() == bodies)
        await world.store.close()
        let again = try ArchiveWorld(world.directory)
        #expect(try await again.octets() == bodies)
        #expect(try await again.move() == 20)
        #expect(try await again.octets() == bodies)
        #expect(try world.directory.spoolFiles().isEmpty)
        #expect(try await again.move() == 0)
        await again.store.close()
    }

    @Test func `a file that lost its name in the spool is found under its name in the archive`() async throws {
        try await world.ended(distinct(400_000, 1))
        let message = try #require(try await world.store.keptMessages(after: nil, limit: 1).first)
        let spooled = world.directory.state + "/spool/" + (try #require(message.file))
        let own = world.store.archive.ownFile(message.entry)
        try FileManager.default.createDirectory(
            atPath: world.store.archive.folder(message.entry.day),
            withIntermediateDirectories: true
        )
        try FileManager.default.moveItem(atPath: spooled, toPath: own)
        #expect(try await world.octets() == [distinct(400_000, 1)])
        #expect(try await world.move() == 1)
        #expect(try await world.octets() == [distinct(400_000, 1)])
    }

    @Test func `what a broken attempt left under an entry's name gives way to its octets`() async throws {
        try await world.ended(distinct(400_000, 1))
        let message = try #require(try await world.store.keptMessages(after: nil, limit: 1).first)
        let folder = world.store.archive.folder(message.entry.day)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: world.store.archive.ownFile(message.entry)))
        #expect(try await world.move() == 1)
        #expect(try await world.octets() == [distinct(400_000, 1)])
    }

    @Test(.enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm")))
    func `an archive on another file system gets copies`() async throws {
        let elsewhere = "/dev/shm/archive-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: elsewhere) }
        try FileManager.default.createSymbolicLink(atPath: world.archive, withDestinationPath: elsewhere)
        for octets in [400, 3_000_000] { try await world.ended(distinct(octets, 1)) }
        #expect(try await world.move() == 2)
        #expect(try await world.octets() == [distinct(400, 1), distinct(3_000_000, 1)])
        #expect(try world.directory.spoolFiles().isEmpty)
        let names = try FileManager.default.subpathsOfDirectory(atPath: elsewhere)
        #expect(!names.contains { $0.hasSuffix(".partial") })
    }

    // MARK: What fails and is tried again

    @Test func `without room nothing is moved and nothing is lost, and it goes on when there is`() async throws {
        for octets in [400, 400_000] { try await world.ended(distinct(octets, 1)) }
        world.store.keepFree(1 << 60)
        let told = await #expect(throws: QueueError.self) { _ = try await world.move() }
        #expect(told?.code == .full && told?.remedy.isEmpty == false)
        #expect(try await world.octets() == [distinct(400, 1), distinct(400_000, 1)])
        world.store.keepFree(0)
        #expect(try await world.move() == 2)
        #expect(try await world.octets() == [distinct(400, 1), distinct(400_000, 1)])
    }

    @Test func `a batch whose commit fails is taken out of the pack, however often`() async throws {
        try await world.ended(distinct(1000, 1))
        #expect(try await world.move() == 1)
        let size = try world.files()[world.pack]
        try await world.ended(distinct(2_000, 2))
        try await world.store.pool.write { database in
            try database.execute(
                sql: "CREATE TRIGGER no BEFORE INSERT ON archive_content BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        }
        for _ in 0..<3 {
            await #expect(throws: QueueError.self) { _ = try await world.move() }
            #expect(try world.files()[world.pack] == size)
        }
        try await world.store.pool.write { try $0.execute(sql: "DROP TRIGGER no") }
        #expect(try await world.move() == 1)
        #expect(try await world.octets() == [distinct(1000, 1), distinct(2_000, 2)])
    }

    @Test func `two that would change the files at once do not`() async throws {
        try await world.ended(distinct(1000, 1))
        let other = try ArchiveWorld(world.directory)
        do {
            let lock = try await other.store.archiveLock()
            defer { withExtendedLifetime(lock) {} }
            let told = await #expect(throws: QueueError.self) { _ = try await world.move() }
            #expect(told?.code == .unavailable)
        }
        #expect(try await other.move() == 1)
        #expect(try await world.octets() == [distinct(1000, 1)])
        await other.store.close()
    }

    @Test func `what fails in a shared commit leaves no gap in the chain`() async throws {
        let known = certified(distinct(100, 0))
        _ = try await world.store.insert(known)
        let refused = await withTaskGroup(of: Bool.self) { group in
            for number in 1...100 {
                group.addTask { [store = world.store] in
                    var arrival = certified(distinct(100, UInt32(number)))
                    if number % 5 == 0 { arrival.message.id = known.message.id }
                    do {
                        _ = try await store.insert(arrival)
                        return false
                    } catch {
                        return true
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(refused == 20)
        let entries = try await world.entries()
        #expect(entries.map(\.number) == Array(1...81))
        var chain = ArchiveEntry.firstChain
        for entry in entries {
            chain = Hexadecimal.lowerCase(SHA256.hash(data: Array(entry.chained(after: chain).utf8)))
            #expect(entry.chain == chain)
        }
    }
}
