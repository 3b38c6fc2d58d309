// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import QueueSQLite
import Testing

@testable import MailRetrieval

@Suite struct MaildropFetchTests {
    static func message(_ text: String) -> String {
        "From: a@b.example\r\nSubject: \(text)\r\nMessage-ID: <\(text)@b>\r\n\r\n\(text)\r\n"
    }

    @Test func `new messages are stored once, delivered ones are deleted, octets are kept`() async throws {
        let bench = try await RetrievalBench([("u1", Self.message("uno")), ("u2", Self.message("due"))])
        var memory = MaildropMemory()
        var report = try await bench.fetch(&memory)
        #expect(report.messages == 2 && report.deleted == 0 && report.unsettled == 2)
        #expect(try await bench.stored() == [Self.message("uno"), Self.message("due")])
        report = try await bench.fetch(&memory)
        #expect(report.messages == 0 && report.deleted == 0 && bench.remaining == ["u1", "u2"])
        try await bench.deliverAll()
        report = try await bench.fetch(&memory)
        #expect(report.deleted == 2 && report.unsettled == 0 && bench.remaining.isEmpty)
        #expect(try await bench.queue.marks(account: RetrievalBench.key).count == 2)
        _ = try await bench.fetch(&memory)
        #expect(try await bench.queue.marks(account: RetrievalBench.key).isEmpty)
        #expect(try await bench.queue.list(.all, limit: 10).count == 2)
        await bench.finish()
    }

    @Test func `a message carries its trace fields and facts`() async throws {
        let bench = try await RetrievalBench([("u1", Self.message("uno"))])
        _ = try await bench.fetch()
        let body = try #require(try await bench.bodies().first)
        let lines = body.trace.split(separator: "\r\n").map(String.init)
        #expect(lines[0] == "Received: from 127.0.0.1 by relay.azienda.it with POP3")
        #expect(lines[1] == " id \(body.message.id) for <Azienda@pec.example.it>;")
        #expect(lines[3...] == ["X-Ceralacca-Account: Azienda@pec.example.it", "X-Auto-Response-Suppress: All"])
        #expect(body.message.origin == .account(RetrievalBench.key))
        #expect(body.message.reversePath.description == "postmaster@azienda.it")
        #expect(body.message.subject == "uno" && body.message.messageID == "uno@b")
        #expect(!body.message.isEightBit && !body.message.hasBareLineEnds)
        await bench.finish()
    }
}
