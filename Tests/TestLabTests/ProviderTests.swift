// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TestLab

/// The laboratory's real servers, tried with the classic stack in the gateway's place.
struct ProviderTests {
    @Test(.timeLimit(.minutes(2)))
    func `Postfix, stunnel and fetchmail carry each flow to its end`() async throws {
        let directory = try Files.makeTemporaryDirectory("lab")
        let sink = try RecordingSink()
        try await sink.start()
        let provider = try CertifiedProvider(in: "\(directory)/provider", boxes: 3)
        try await provider.start()
        let classic = try ClassicStack(
            in: "\(directory)/classic",
            exchange: sink.port,
            submission: provider.smtps,
            account: "pec1@pec.test",
            authority: provider.authority
        )
        try await classic.start()

        let relay = Sender(port: classic.port, from: "mario@fuori.test", to: ["ugo@azienda.test"])
        let message = { @Sendable (number: Int) in
            KnownMessage(run: "lab", number: number, from: "pec1@pec.test", to: "pec2@pec.test", body: .dots)
        }
        #expect(await relay.send(0..<10, message).filter { $0.reply.code == 250 }.count == 10)
        #expect(await sink.journal.waitForNumbers(10, within: .seconds(20)))
        #expect(sink.journal.records.allSatisfy { $0.digest == message($0.number ?? 0).digest })

        let certified = Sender(port: classic.port, from: "pec1@pec.test", to: ["pec2@pec.test"])
        #expect(await certified.send(0..<10, message).filter { $0.reply.code == 250 }.count == 10)
        let box = try provider.dovecot.maildir("pec2@pec.test")
        let hasArrived = try await box.wait(for: 10, within: .seconds(20))
        #expect(hasArrived, "\(Files.tail(provider.postfix.log, 20))")
        #expect(box.records.allSatisfy { $0.digest == message($0.number ?? 0).digest })

        let fetched = try provider.dovecot.maildir("pec3@pec.test")
        for number in 20..<25 { try fetched.add(message(number).octets, name: number) }
        let result = try classic.fetch("pec3@pec.test", pop3s: provider.dovecot.pop3s, authority: provider.authority)
        #expect(result.code == 0, "\(result.output)")
        #expect(await sink.journal.waitForNumbers(15, within: .seconds(20)))
        #expect(fetched.count == 0)
        #expect(provider.dovecot.pop3Logins("pec3@pec.test") == 1)
        #expect(provider.submissionSessions > 0)

        await classic.stop()
        await provider.stop()
        try await sink.stop()
        Files.remove(directory)
    }
}
