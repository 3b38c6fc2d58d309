// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import QueueSQLite
import Testing

@testable import MailRetrieval

/// Maildrops with messages that another program fetched before.
@Suite struct TakenOverTests {
    private func bench(
        received: String = "Received: from x by y; Mon, 2 Nov 2020 10:00:00 +0100\r\n"
    ) async throws
        -> RetrievalBench
    {
        let names = ["a", "b", "c"]
        let bench = try await RetrievalBench(names.map { ($0, received + MaildropFetchTests.message("old \($0)")) })
        let taken = try await bench.queue.takeOver(["a", "b"], account: RetrievalBench.key, now: bench.clock.now())
        #expect(taken == 2)
        return bench
    }

    @Test func `a session that is cut at QUIT stores nothing of another program's twice, and the next one removes it`()
        async throws
    {
        let bench = try await bench()
        bench.server.change { $0.cutsAtQuit = true }
        await #expect(throws: RetrievalFailure.self) { try await bench.fetch() }
        #expect(bench.remaining == ["a", "b", "c"])
        #expect(try await bench.queue.list(.all, limit: 10).map(\.message.subject) == ["old c"])
        bench.server.change { $0.cutsAtQuit = false }
        let report = try await bench.fetch()
        #expect(report.messages == 0 && report.deleted == 2 && bench.remaining == ["c"])
        #expect(try await bench.queue.list(.all, limit: 10).count == 1)
        await bench.finish()
    }

    @Test func `another message under an identifier that was taken over and removed is stored`() async throws {
        let bench = try await bench()
        #expect(try await bench.fetch().deleted == 2)
        let octets = Array(MaildropFetchTests.message("new a").utf8)
        bench.server.change { $0.messages.append(("a", octets)) }
        let report = try await bench.fetch()
        #expect(report.messages == 1 && report.deleted == 0)
        #expect(try await bench.queue.list(.all, limit: 10).map(\.message.subject) == ["old c", "new a"])
        await bench.finish()
    }

    @Test(arguments: [
        "", "Received: from x by y; Sat, 2 Nov 2999 10:00:00 +0100\r\n", "Received: from x by y; today\r\n",
    ])
    func `what does not prove to be older than the import is stored, and not removed in that session`(
        _ received: String
    ) async throws {
        let bench = try await bench(received: received)
        let report = try await bench.fetch()
        #expect(report.messages == 3 && report.deleted == 0 && bench.remaining == ["a", "b", "c"])
        #expect(
            try await bench.queue.list(.all, limit: 10).compactMap(\.message.subject).sorted() == [
                "old a", "old b", "old c",
            ]
        )
        let again = try await bench.fetch()
        #expect(again.messages == 0 && again.deleted == 0 && bench.remaining == ["a", "b", "c"])
        await bench.finish()
    }

    @Test func `what is kept is neither retrieved nor removed`() async throws {
        var bench = try await bench()
        bench.account.keep = .forever
        let report = try await bench.fetch()
        #expect(report.messages == 1 && report.deleted == 0 && bench.server.retrievals.count == 1)
        #expect(bench.remaining == ["a", "b", "c"])
        await bench.finish()
    }
}
