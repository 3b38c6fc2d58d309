// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TestLab

struct RecordingSinkTests {
    @Test(arguments: KnownMessage.Body.allCases, [true, false])
    func `The sink hashes what was sent, octet for octet`(_ body: KnownMessage.Body, _ isChunked: Bool) async throws {
        let sink = try RecordingSink()
        try await sink.start()
        let message = KnownMessage(run: "sink", number: 7, from: "a@azienda.test", to: "b@azienda.test", body: body)
        let conversation = try SMTPConversation(port: sink.port)
        conversation.greet()
        let reply = conversation.send(message, from: "a@azienda.test", to: ["b@azienda.test"], isChunked: isChunked)
        #expect(reply.code == 250)
        let record = try #require(sink.journal.records.first)
        let expected = message.endsOpen && !isChunked ? KnownMessage.digest(message.octets + [13, 10]) : message.digest
        #expect(record.digest == expected)
        #expect(record.number == 7)
        #expect(record.messageID == message.messageID)
        #expect(record.isChunked == isChunked)
        try await sink.stop()
    }

    @Test func `Fields put on top are told apart from the original`() async throws {
        let sink = try RecordingSink()
        try await sink.start()
        let message = KnownMessage(run: "sink", number: 8, from: "a@azienda.test", to: "b@azienda.test", body: .dots)
        let conversation = try SMTPConversation(port: sink.port)
        conversation.greet()
        conversation.command("MAIL FROM:<>")
        conversation.command("RCPT TO:<b@azienda.test>")
        let trace = "Received: from x\r\n by y; Mon\r\nX-Ceralacca-Account: z\r\n"
        #expect(conversation.data(Array(trace.utf8) + message.octets).code == 250)
        let record = try #require(sink.journal.records.first)
        #expect(record.digest == message.digest)
        #expect(record.traceNames == ["Received", "X-Ceralacca-Account"])
        #expect(record.traceField("x-ceralacca-account") == "z")
        try await sink.stop()
    }

    @Test func `A cut stands in the journal and the client sees no reply`() async throws {
        var behaviour = SinkBehaviour()
        behaviour.cutChance = 1
        let sink = try RecordingSink(behaviour)
        try await sink.start()
        var sender = Sender(port: sink.port, from: "a@azienda.test", to: ["b@azienda.test"])
        sender.attempts = 3
        let attempts = await sender.send(0..<2) {
            KnownMessage(run: "cut", number: $0, from: "a@azienda.test", to: "b@azienda.test")
        }
        #expect(attempts.count == 6)
        #expect(attempts.allSatisfy { $0.isDoubtful })
        #expect(sink.journal.records.map(\.answer) == Array(repeating: .cut, count: 6))
        try await sink.stop()
    }

    @Test func `MAIL is refused before AUTH, and a wrong password is remembered`() async throws {
        var behaviour = SinkBehaviour()
        behaviour.passwords = ["a": "right"]
        let sink = try RecordingSink(behaviour)
        try await sink.start()
        let conversation = try SMTPConversation(port: sink.port)
        conversation.greet()
        #expect(conversation.command("MAIL FROM:<>").code == 530)
        #expect(conversation.command("AUTH PLAIN \(Base64Text.encode("\0a\0wrong"))").code == 535)
        #expect(conversation.command("AUTH PLAIN \(Base64Text.encode("\0a\0right"))").code == 235)
        #expect(conversation.command("MAIL FROM:<>").code == 250)
        #expect(sink.journal.logins == ["a"])
        #expect(sink.journal.refusedLogins == ["a"])
        try await sink.stop()
    }
}
