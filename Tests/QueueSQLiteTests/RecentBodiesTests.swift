// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import NIOCore
import Testing

@testable import QueueSQLite

struct RecentBodiesTests {
    private func octets(_ count: Int) -> RecentBodies.Body {
        RecentBodies.Body(trace: "X: y\r\n", octets: ByteBuffer(repeating: 1, count: count))
    }

    @Test func `octets are given out once`() {
        let recent = RecentBodies(limit: 1600)
        let id = QueueID(arrival: start)
        recent.keep(id, octets(100))
        #expect(recent.take(id) == octets(100))
        #expect(recent.take(id) == nil)
    }

    @Test func `the oldest give way, and what is large beside the limit is not kept`() {
        let recent = RecentBodies(limit: 1600)
        let ids = (0..<40).map { QueueID(arrival: start + .seconds($0)) }
        for id in ids { recent.keep(id, octets(100)) }
        #expect(ids.filter { recent.take($0) != nil } == Array(ids.suffix(16)))
        let large = QueueID(arrival: start)
        recent.keep(large, octets(101))
        #expect(recent.take(large) == nil)
    }

    @Test func `it holds no more after many messages than after a few`() {
        let recent = RecentBodies(limit: 1600)
        let ids = (0..<5000).map { QueueID(arrival: start + .seconds($0)) }
        for (place, id) in ids.enumerated() {
            recent.keep(id, octets(10))
            if place % 2 == 0 { #expect(recent.take(id) != nil) }
        }
        #expect(ids.filter { recent.take($0) != nil }.count == 160)
    }

    @Test func `a message that has ended is not read from memory`() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteQueue.open(directory: directory.state)
        let arrival = sample()
        try await store.insert(arrival)
        _ = try await store.apply(.delete, to: arrival.message.id, now: start, by: "anna")
        await #expect(throws: QueueError.self) { _ = try await store.readBody(arrival.message.id) }
        await store.close()
    }
}
