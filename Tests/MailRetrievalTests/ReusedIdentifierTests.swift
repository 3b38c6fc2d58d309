// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import QueueSQLite
import Testing

@testable import MailRetrieval

/// Providers that give the identifier of one message to another: no message is deleted that was not delivered (P1).
@Suite struct ReusedIdentifierTests {
    private func message(_ text: String) -> String { MaildropFetchTests.message(text) }

    /// Of everything that was ever stored, oldest first.
    private func subjects(_ bench: RetrievalBench) async throws -> [String?] {
        try await bench.queue.list(.all, limit: 10).map(\.message.subject)
    }

    private func add(_ uniqueID: String, _ text: String, _ bench: RetrievalBench) {
        bench.server.change { $0.messages.append((uniqueID, Array(message(text).utf8))) }
    }

    @Test(arguments: [true, false])
    func `the identifier of a deleted message given to one of the same size is not believed`(
        _ remembers: Bool
    ) async throws {
        let bench = try await RetrievalBench([("1", message("uno"))])
        var memory = MaildropMemory()
        _ = try await bench.fetch(&memory)
        try await bench.deliverAll()
        #expect(try await bench.fetch(&memory).deleted == 1)
        #expect(try await bench.queue.marks(account: RetrievalBench.key).map(\.isDeletionSent) == [true])
        add("1", "due", bench)
        if !remembers { memory = MaildropMemory() }
        let report = try await bench.fetch(&memory)
        #expect(report.messages == 1 && report.deleted == 0 && bench.remaining == ["1"])
        #expect(try await subjects(bench) == ["uno", "due"])
        // Known from now on, and not downloaded again.
        #expect(try await bench.fetch(&memory).messages == 0)
        #expect(bench.server.retrievals.count == 2)
        // An empty listing for a moment: the fresh mark stays.
        bench.server.change { $0.messages = [] }
        _ = try await bench.fetch(&memory)
        add("1", "due", bench)
        #expect(try await bench.fetch(&memory).messages == 0)
        try await bench.deliverAll()
        #expect(try await bench.fetch(&memory).deleted == 1)
        #expect(try await bench.queue.list(.all, limit: 10).count == 2)
        await bench.finish()
    }

    @Test(arguments: [KeepPolicy.days(0), .days(7), .forever])
    func `the identifier of a message that somebody else removed is not believed for another size`(
        _ keep: KeepPolicy
    ) async throws {
        var bench = try await RetrievalBench([("1", message("uno"))])
        bench.account.keep = keep
        _ = try await bench.fetch()
        try await bench.deliverAll()
        bench.server.change { $0.messages = [] }
        add("1", "another one", bench)
        let report = try await bench.fetch()
        #expect(report.messages == 1 && report.deleted == 0 && bench.remaining == ["1"])
        #expect(try await subjects(bench) == ["uno", "another one"])
        await bench.finish()
    }

    @Test func `identifiers that are message numbers move, and what is not delivered stays`() async throws {
        let bench = try await RetrievalBench([("1", message("a")), ("2", message("bb")), ("3", message("ccc"))])
        _ = try await bench.fetch()
        let lease = Lease(owner: "test", until: bench.clock.now() + .seconds(60))
        let due = bench.clock.now() + .seconds(1)
        let claim = try #require(try await bench.queue.claim(.exchange, limit: 1, now: due, lease: lease).first)
        let result = RecipientResult(number: 0, outcome: .delivered, attempt: nil)
        try await bench.queue.settle(Settlement(id: claim.message.id, lease: lease, results: [result]))
        #expect(try await bench.fetch().deleted == 1)
        bench.server.change { for index in $0.messages.indices { $0.messages[index].uniqueID = "\(index + 1)" } }
        let report = try await bench.fetch()
        #expect(report.messages == 0 && report.renamed == 2 && report.deleted == 0)
        #expect(bench.remaining == ["1", "2"])
        try await bench.deliverAll()
        #expect(try await bench.fetch().deleted == 2)
        #expect(try await bench.queue.list(.all, limit: 10).count == 3)
        await bench.finish()
    }

    @Test func `a message whose listed size changes is downloaded once more and stored once`() async throws {
        let bench = try await RetrievalBench([("1", message("uno"))])
        bench.server.change { $0.listedSize = 5 }
        _ = try await bench.fetch()
        bench.server.change { $0.listedSize = 6 }
        for _ in 0..<2 { #expect(try await bench.fetch().messages == 0) }
        #expect(bench.server.retrievals.count == 2)
        await bench.finish()
    }

    /// The server's identifiers are message numbers.
    private func renumber(_ bench: RetrievalBench) {
        bench.server.change { for index in $0.messages.indices { $0.messages[index].uniqueID = "\(index + 1)" } }
    }

    @Test(arguments: [KeepPolicy.days(0), .forever])
    func `one identifier that proves reused makes the listing's others worth nothing`(_ keep: KeepPolicy) async throws {
        var bench = try await RetrievalBench(
            [("1", message("a")), ("2", message("bb")), ("3", message("cc")), ("4", message("dd"))]
        )
        bench.account.keep = keep
        _ = try await bench.fetch()
        try await bench.deliverAll()
        // Somebody deletes the first; a new one of the size of the others comes under the number of the last.
        bench.server.change { $0.messages.removeFirst() }
        add("4", "ee", bench)
        renumber(bench)
        let report = try await bench.fetch()
        #expect(report.messages == 1 && report.renamed == 3)
        #expect(report.deleted == (keep == .days(0) ? 3 : 0))
        #expect(bench.server.behaviour.messages.last?.octets == Array(message("ee").utf8))
        #expect(try await subjects(bench) == ["a", "bb", "cc", "dd", "ee"])
        try await bench.deliverAll()
        renumber(bench)
        _ = try await bench.fetch()
        #expect(bench.remaining.count == (keep == .days(0) ? 0 : 4))
        #expect(try await subjects(bench).count == 5)
        await bench.finish()
    }

    @Test func `while a suspect is refused, nothing is deleted before its octets were seen`() async throws {
        let bench = try await RetrievalBench([("1", message("a")), ("2", message("bb")), ("3", message("cc"))])
        _ = try await bench.fetch()
        try await bench.deliverAll()
        bench.server.change { $0.messages.removeFirst() }
        add("3", "dd", bench)
        renumber(bench)
        bench.server.change { $0.refuses = (1, "-ERR not now") }
        let report = try await bench.fetch()
        #expect(report.refused == 1 && report.messages == 1)
        #expect(try await subjects(bench) == ["a", "bb", "cc", "dd"])
        // "cc" was seen and is delivered; "bb" was not seen, "dd" is not delivered.
        #expect(report.deleted == 1 && bench.remaining == ["1", "3"])
        await bench.finish()
    }

    @Test func `suspects that are what they were leave the others alone`() async throws {
        let bench = try await RetrievalBench([("1", message("a")), ("2", message("bb")), ("3", message("cc"))])
        _ = try await bench.fetch()
        try await bench.deliverAll()
        bench.server.change { $0.refusesQuit = true }
        _ = try await bench.fetch()
        bench.server.change { $0.refusesQuit = false }
        add("4", "dd", bench)
        // All three were told to go and are there: each is seen once more, and goes.
        let report = try await bench.fetch()
        #expect(report.messages == 1 && report.deleted == 3 && bench.remaining == ["4"])
        #expect(bench.server.retrievals.count == 7)
        await bench.finish()
    }
}
