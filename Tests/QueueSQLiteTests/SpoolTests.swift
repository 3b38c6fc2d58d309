// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import MailModel
import MailQueue
import NIOCore
import Testing

@testable import QueueSQLite

struct SpoolTests {
    @Test func `a message of 150 MB streams to the disk and back in small pieces`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        let piece = ByteBuffer(repeating: 0x62, count: 100_000)
        let writer = try await store.makeBodyWriter()
        for count in 1...1500 {
            try await writer.write(piece)
            if count % 100 == 0 { #expect(try octetsOnDisk(directory) > count * 100_000 - 1_000_000) }
        }
        let body = try await writer.finish()
        #expect(body.size == 150_000_000)
        var arrival = sample()
        arrival.body = .stored(body)
        arrival.message.size = body.size
        try await store.insert(arrival)
        let reader = try await store.readBody(arrival.message.id)
        var octets = 0
        var isSame = true
        while let read = try await reader.read(upTo: 1 << 30) {
            #expect(read.readableBytes <= 262_144)
            octets += read.readableBytes
            isSame = isSame && read.withUnsafeReadableBytes { $0.first == 0x62 && $0.last == 0x62 }
        }
        #expect(octets == 150_000_000 && isSame)
        await reader.close()
        await store.close()
    }

    @Test func `a large body's file goes when the message has ended, and not before`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        let arrival = sample(octets: 400_000)
        try await store.insert(arrival)
        #expect(try directory.spoolFiles().count == 1)
        let lease = Lease(owner: "one", until: start + .seconds(60))
        for (outcome, files) in [(RecipientOutcome.deferred(until: start), 1), (.quarantined, 1)] {
            _ = try await store.claim(.exchange, limit: 1, now: start, lease: lease)
            let result = RecipientResult(number: 0, outcome: outcome, attempt: nil)
            try await store.settle(Settlement(id: arrival.message.id, lease: lease, results: [result]))
            #expect(try directory.spoolFiles().count == files)
        }
        _ = try await store.apply(.delete, to: arrival.message.id, now: start, by: "anna")
        #expect(try directory.spoolFiles().isEmpty)
        await store.close()
    }

    @Test func `an arrival that is refused leaves no file`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        var empty = sample(octets: 400_000)
        empty.recipients = []
        let arrival = empty
        await #expect(throws: QueueError.self) { try await store.insert(arrival) }
        #expect(try directory.spoolFiles().isEmpty)
        let writer = try await store.makeBodyWriter()
        try await writer.write(ByteBuffer(repeating: 1, count: 300_000))
        _ = try await writer.finish()
        await writer.abandon()
        #expect(try directory.spoolFiles().isEmpty)
        await store.close()
    }

    @Test func `abandoning a writer after its message was inserted does no harm`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        let writer = try await store.makeBodyWriter()
        try await writer.write(ByteBuffer(repeating: 1, count: 300_000))
        var arrival = sample()
        arrival.body = .stored(try await writer.finish())
        try await store.insert(arrival)
        await writer.abandon()
        #expect(try await store.readBody(arrival.message.id).size == 300_000)
        await store.close()
    }

    @Test func `a writer that is dropped without a word leaves no file`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        do {
            let writer = try await store.makeBodyWriter()
            try await writer.write(ByteBuffer(repeating: 1, count: 300_000))
            #expect(try directory.spoolFiles().count == 1)
        }
        #expect(try directory.spoolFiles().isEmpty)
        await store.close()
    }

    @Test func `purge removes files that nobody names, but none that is being written, waits, or is named`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        try await store.insert(sample(octets: 400_000))
        let orphanFolder = directory.state + "/spool/zz"
        try FileManager.default.createDirectory(atPath: orphanFolder, withIntermediateDirectories: false)
        try Data([1]).write(to: URL(fileURLWithPath: orphanFolder + "/orphan"))
        let writer = try await store.makeBodyWriter()
        try await writer.write(ByteBuffer(repeating: 1, count: 300_000))
        let finished = try await store.makeBodyWriter()
        try await finished.write(ByteBuffer(repeating: 1, count: 300_000))
        let body = try await finished.finish()

        let soon = Timestamp.now
        try await store.purge(endedBefore: start, now: soon)
        #expect(try directory.spoolFiles().count == 4, "an orphan younger than an hour stays")
        try await store.purge(endedBefore: start, now: soon + .seconds(7200))
        #expect(try directory.spoolFiles().count == 3)
        #expect(!FileManager.default.fileExists(atPath: orphanFolder + "/orphan"))
        var arrival = sample()
        arrival.body = .stored(body)
        try await store.insert(arrival)
        _ = try await writer.finish()
        await store.close()
    }

    private func octetsOnDisk(_ directory: borrowing TemporaryDirectory) throws -> Int {
        var sum = 0
        for file in try directory.spoolFiles() {
            let facts = try FileManager.default.attributesOfItem(atPath: directory.state + "/spool/" + file)
            sum += (facts[.size] as? Int) ?? 0
        }
        return sum
    }
}
