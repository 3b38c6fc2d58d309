// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import Synchronization
import Testing

@testable import MailRetrieval

/// What servers and messages do wrong, and that nothing is lost or stored twice by it.
@Suite struct MaildropTroubleTests {
    private func message(_ text: String) -> String { MaildropFetchTests.message(text) }

    private func failure(_ bench: RetrievalBench, _ memory: inout MaildropMemory) async -> RetrievalFailure? {
        do throws(RetrievalFailure) {
            _ = try await bench.fetch(&memory)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a connection cut inside a message keeps what was stored and brings the rest next time`() async throws {
        let bench = try await RetrievalBench((1...5).map { ("u\($0)", message("m\($0)")) })
        bench.server.change { $0.cutsAt = (3, 30) }
        var memory = MaildropMemory()
        #expect(await failure(bench, &memory)?.kind == .session)
        #expect(try await bench.stored() == [message("m1"), message("m2")])
        #expect(memory.lastBroke && memory.troubles == ["u3": 1])
        // The message that broke the session comes last, so that the others get through even if it breaks it again.
        #expect(await failure(bench, &memory)?.kind == .session)
        #expect(bench.server.retrievals.suffix(3) == [4, 5, 3])
        #expect(try await bench.stored().count == 4)
        bench.server.change { $0.cutsAt = nil }
        #expect(try await bench.fetch(&memory).messages == 1)
        #expect(try await bench.stored().sorted() == (1...5).map { message("m\($0)") })
        await bench.finish()
    }

    @Test func `deletions get a session of their own after one that broke`() async throws {
        let bench = try await RetrievalBench([("u1", message("m1")), ("u2", message("m2"))])
        bench.server.change { $0.cutsAt = (2, 30) }
        var memory = MaildropMemory()
        _ = await failure(bench, &memory)
        try await bench.deliverAll()
        let report = try await bench.fetch(&memory)
        #expect(report.deleted == 1 && report.continues && bench.remaining == ["u2"])
        await bench.finish()
    }

    @Test func `a dead peer is given up after its patience`() async throws {
        var bench = try await RetrievalBench([("u1", message("m1")), ("u2", message("m2"))])
        bench.patience.silence = .seconds(20)
        bench.server.change { $0.silentAt = 2 }
        var memory = MaildropMemory()
        let error = await failure(bench, &memory)
        #expect(error?.kind == .session && error?.message.contains("sent nothing") == true)
        #expect(memory.troubles == ["u2": 1])
        #expect(try await bench.stored() == [message("m1")])
        await bench.finish()
    }

    @Test func `one refused message does not cost the others`() async throws {
        let bench = try await RetrievalBench((1...3).map { ("u\($0)", message("m\($0)")) })
        bench.server.change { $0.refuses = (2, "-ERR [SYS/TEMP] not now") }
        var memory = MaildropMemory()
        let report = try await bench.fetch(&memory)
        #expect(report.messages == 2 && report.refused == 1 && report.refusal == "-ERR [SYS/TEMP] not now")
        bench.server.change { $0.refuses = nil }
        #expect(try await bench.fetch(&memory).messages == 1)
        await bench.finish()
    }

    @Test func `a reset of all identifiers stores nothing again and deletes what was delivered`() async throws {
        let bench = try await RetrievalBench([("u1", message("m1")), ("u2", message("m2"))])
        _ = try await bench.fetch()
        bench.server.change { for index in $0.messages.indices { $0.messages[index].uniqueID = "new\(index)" } }
        let report = try await bench.fetch()
        #expect(report.messages == 0 && report.renamed == 2)
        #expect(
            try await bench.queue.marks(account: RetrievalBench.key).map(\.identity.uniqueID).sorted() == [
                "new0", "new1",
            ]
        )
        try await bench.deliverAll()
        #expect(try await bench.fetch().deleted == 2)
        #expect(bench.remaining.isEmpty)
        await bench.finish()
    }

    @Test func `two messages with equal octets are two messages, with and without identifiers`() async throws {
        for offersUniqueIDs in [true, false] {
            let bench = try await RetrievalBench([("u1", message("same")), ("u2", message("same"))])
            bench.server.change { $0.offersUniqueIDs = offersUniqueIDs }
            #expect(try await bench.fetch().messages == 2)
            #expect(try await bench.fetch().messages == 0)
            bench.server.change { $0.messages.append(("u3", Array(message("same").utf8))) }
            #expect(try await bench.fetch().messages == 1)
            try await bench.deliverAll()
            #expect(try await bench.fetch().deleted == 3)
            #expect(bench.remaining.isEmpty)
            await bench.finish()
        }
    }

    @Test func `identifiers that are listed twice are not believed`() async throws {
        let bench = try await RetrievalBench([("u1", message("m1"))])
        #expect(try await bench.fetch().messages == 1)
        bench.server.change { $0.messages.append(("u1", Array(message("m2").utf8))) }
        #expect(try await bench.fetch().messages == 1)
        #expect(try await bench.fetch().messages == 0)
        try await bench.deliverAll()
        #expect(try await bench.fetch().deleted == 2)
        await bench.finish()
    }

    @Test func `renumbering after a deletion by somebody else is survived`() async throws {
        let bench = try await RetrievalBench((1...3).map { ("u\($0)", message("m\($0)")) })
        var memory = MaildropMemory()
        _ = try await bench.fetch(&memory)
        bench.server.change { $0.messages.remove(at: 0) }
        bench.server.change { $0.messages.append(("u4", Array(message("m4").utf8))) }
        #expect(try await bench.fetch(&memory).messages == 1)
        #expect(try await bench.stored() == (1...4).map { message("m\($0)") })
        // Gone for another reason than our deletion: remembered for a day more.
        #expect(try await bench.queue.marks(account: RetrievalBench.key).count == 4)
        bench.clock.advance(by: .seconds(90_000))
        _ = try await bench.fetch(&memory)
        #expect(try await bench.queue.marks(account: RetrievalBench.key).count == 3)
        await bench.finish()
    }

    @Test(arguments: OddMessage.all)
    func `octets of odd messages arrive unchanged behind the trace fields`(_ odd: OddMessage) async throws {
        let bench = try await RetrievalBench([("u1", odd.text)])
        #expect(try await bench.fetch().messages == 1)
        let body = try #require(try await bench.bodies().first)
        #expect(body.content == Array(odd.text.utf8), "octets changed")
        #expect(body.trace.hasPrefix("Received: from "))
        let header = HeaderSection(ByteBuffer(string: odd.text))
        let mark = header.isBroken || header.isTruncated ? "X-Ceralacca-PEC: kind=none; foreign-field=yes\r\n" : ""
        #expect(body.trace.hasSuffix("X-Auto-Response-Suppress: All\r\n\(mark)" + (odd.hasHeader ? "" : "\r\n")))
        #expect(body.message.hasBareLineEnds == (odd.name == "bare line ends"))
        #expect(body.message.isEightBit == odd.text.utf8.contains { $0 > 0x7F })
        await bench.finish()
    }

    @Test func `sizes of the listing may lie`() async throws {
        for size in [0, 1, 2_000_000_000] {
            let bench = try await RetrievalBench((1...4).map { ("u\($0)", message("m\($0)")) })
            bench.server.change { $0.listedSize = size }
            #expect(try await bench.fetch().messages == 4)
            await bench.finish()
        }
    }

    @Test func `a server without PIPELINING is served one message at a time`() async throws {
        let bench = try await RetrievalBench((1...10).map { ("u\($0)", message("m\($0)")) })
        bench.server.change { $0.pipelines = false }
        #expect(try await bench.fetch().messages == 10)
        await bench.finish()
    }

    @Test func `QUIT that fails or is cut leaves the marks, and nothing is stored again`() async throws {
        let bench = try await RetrievalBench([("u1", message("m1"))])
        var memory = MaildropMemory()
        _ = try await bench.fetch(&memory)
        try await bench.deliverAll()
        bench.server.change { $0.refusesQuit = true }
        #expect(try await bench.fetch(&memory).deleted == 0)
        bench.server.change { $0.refusesQuit = false }
        bench.server.change { $0.cutsAtQuit = true }
        #expect(await failure(bench, &memory)?.kind == .session)
        #expect(bench.remaining == ["u1"])
        #expect(try await bench.queue.marks(account: RetrievalBench.key).count == 1)
        bench.server.change { $0.cutsAtQuit = false }
        let report = try await bench.fetch(&memory)
        #expect(report.deleted == 1 && report.messages == 0 && bench.remaining.isEmpty)
        await bench.finish()
    }

    @Test func `endless greetings and endless messages are given up`() async throws {
        var bench = try await RetrievalBench([("u1", message("m1"))])
        bench.maximumMessage = .megabytes(2)
        var memory = MaildropMemory()
        bench.server.change { $0.endlessAt = 1 }
        #expect(await failure(bench, &memory)?.message.contains("larger than 2 MB") == true)
        bench.server.change { $0.endlessGreeting = true }
        #expect(await failure(bench, &memory)?.message.contains("more than 12288 octets") == true)
        #expect(try await bench.stored().isEmpty)
        await bench.finish()
    }

    @Test func `keep of days waits for them and for ever never deletes`() async throws {
        var bench = try await RetrievalBench([("u1", message("m1"))])
        bench.account.keep = .days(7)
        #expect(try await bench.fetch().unsettled == 0)
        bench.clock.advance(by: .seconds(5 * 86_400))  // the days count from the delivery, not from here
        try await bench.deliverAll()
        bench.clock.advance(by: .seconds(6 * 86_400))
        #expect(try await bench.fetch().deleted == 0)
        bench.account.keep = .forever
        bench.clock.advance(by: .seconds(2 * 86_400))
        #expect(try await bench.fetch().deleted == 0)
        bench.account.keep = .days(7)
        #expect(try await bench.fetch().deleted == 1)
        await bench.finish()
    }

    @Test func `a message that is quarantined is not deleted before a person settles it`() async throws {
        let bench = try await RetrievalBench([("u1", message("m1"))])
        _ = try await bench.fetch()
        let lease = Lease(owner: "test", until: bench.clock.now() + .seconds(60))
        let claims = try await bench.queue.claim(
            .exchange,
            limit: 1,
            now: bench.clock.now() + .seconds(1),
            lease: lease
        )
        let claim = try #require(claims.first)
        let result = RecipientResult(number: 0, outcome: .quarantined, attempt: nil)
        try await bench.queue.settle(Settlement(id: claim.message.id, lease: lease, results: [result]))
        #expect(try await bench.fetch().deleted == 0)
        _ = try await bench.queue.apply(.delete, to: claim.message.id, now: bench.clock.now(), by: "test")
        #expect(try await bench.fetch().deleted == 1)
        await bench.finish()
    }

    @Test(arguments: [
        ("[AUTH] wrong", RetrievalFailure.Kind.login), ("no such user or password", .login),
        ("[IN-USE] busy", .delayed),
        ("[LOGIN-DELAY] slow down", .delayed), ("[SYS/TEMP] directory down", .session),
    ])
    func `what a refused login means is told apart`(_ reply: String, _ kind: RetrievalFailure.Kind) async throws {
        let bench = try await RetrievalBench()
        bench.server.change { $0.loginReply = reply }
        var memory = MaildropMemory()
        let error = await failure(bench, &memory)
        #expect(error?.kind == kind)
        #expect(error?.message.contains(reply) == true)
        await bench.finish()
    }

    @Test func `a full mailbox is noticed`() async throws {
        let bench = try await RetrievalBench([("u1", message("m1"))])
        bench.server.change { $0.refuses = (1, "-ERR [QUOTA] mailbox full") }
        #expect(try await bench.fetch().fullMailbox == "-ERR [QUOTA] mailbox full")
        await bench.finish()
    }

    @Test func `a thousand messages arrive, each once`() async throws {
        let padding = String(repeating: "0123456789 and so on, up to ten thousand octets\r\n", count: 200)
        let bench = try await RetrievalBench((1...1000).map { ("u\($0)", message("m\($0)") + padding) })
        #expect(try await bench.fetch().messages == 1000)
        let stored = try await bench.stored()
        #expect(Set(stored) == Set((1...1000).map { message("m\($0)") + padding }))
        #expect(stored.count == 1000)
        await bench.finish()
    }
}

/// A message that is not as it should be, with a name that is short enough for a log.
struct OddMessage: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    /// True when it begins with a field or with the end of an empty header.
    let hasHeader: Bool

    var testDescription: String { name }

    init(_ name: String, _ text: String, hasHeader: Bool = true) {
        self.name = name
        self.text = text
        self.hasHeader = hasHeader
    }

    static let all = [
        OddMessage("NUL octets", "\0\0\0NUL\0\r\n", hasHeader: false),
        OddMessage("no header", "no header at all\r\nmore\r\n", hasHeader: false),
        OddMessage("only a header", "Subject: only a header\r\n"),
        OddMessage("an empty header", "\r\nbody alone\r\n"),
        OddMessage("nothing", ""),
        OddMessage("bare line ends", "Subject: bare\nline ends\n.\nhere\n\r\n"),
        OddMessage("dots", "Subject: x\r\n\r\n.\r\n..\r\n...x\r\n"),
        OddMessage("a folded first line", " folded first\r\n\r\nx\r\n", hasHeader: false),
        OddMessage("octets beyond ASCII", "Subject: \u{e8}\r\n\r\n\u{20ac}\r\n"),
        OddMessage("an endless line", "Subject: " + String(repeating: "x", count: 300_000) + "\r\n"),
        OddMessage("large", "A: b\r\n\r\n" + String(repeating: "line of text\r\n.dotted\r\n", count: 20_000)),
        OddMessage("no name", ": no name\r\n\r\n", hasHeader: false),
    ]
}
