// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// The built gateway with Debian's clamd beside it.
    @Suite struct ScanningTests {
        private static func message(_ number: Int, _ body: String) -> [UInt8] {
            Array(
                "X-Seq: \(number)\r\nFrom: ada@fuori.test\r\nTo: ugo@azienda.test\r\nSubject: prova\r\n\r\n\(body)\r\n"
                    .utf8
            )
        }

        private static func send(_ octets: [UInt8], to port: Int) throws -> SMTPConversation.Reply {
            let conversation = try SMTPConversation(port: port)
            conversation.greet()
            return send(octets, in: conversation)
        }

        private static func send(_ octets: [UInt8], in conversation: SMTPConversation) -> SMTPConversation.Reply {
            conversation.command("MAIL FROM:<ada@fuori.test>")
            conversation.command("RCPT TO:<ugo@azienda.test>")
            return conversation.data(octets)
        }

        @Test(.timeLimit(.minutes(3)))
        func `Malware is refused in the session, and quarantined when it was retrieved; the rest passes and says so`()
            async throws
        {
            let directory = try Files.makeTemporaryDirectory("clamd")
            let clamd = try Clamd(in: directory)
            try await clamd.start()
            try await World.with(boxes: 1) { file, _ in
                file.accounts = [.init("pec1@pec.test", fetch: "{protocol: pop3, every: 1s, keep: 0d}")]
                file.more = "scanners: {clamav: \"unix:\(clamd.socket)\"}\n"
            } _: { world in
                let port = world.gateway.file.internetPort
                let checked = try world.gateway.command(["check", "--connect"])
                #expect(checked.code == 0 && checked.output.contains("ClamAV"), "\(checked.output)")
                let refusal = try Self.send(Self.message(1, Clamd.eicar), to: port)
                #expect(refusal.code == 550 && refusal.description.contains("Eicar-Test-Signature"))
                // A verdict is one message's own: the next of the session inherits nothing of it.
                let session = try SMTPConversation(port: port)
                session.greet()
                let codes = [Clamd.eicar, "ciao", Clamd.eicar].map { body in
                    Self.send(Self.message(2, body), in: session).code
                }
                #expect(codes == [550, 250, 550], world.lastWords)
                let box = try #require(world.provider).dovecot.maildir("pec1@pec.test")
                try box.add(Self.message(3, Clamd.eicar), name: 3)
                try box.add(Self.message(4, "ciao"), name: 4)
                #expect(await world.exchange.journal.waitForNumbers(2, within: .seconds(60)), world.lastWords)
                let traces = world.exchange.journal.records.map { $0.traceField("X-Ceralacca-Scan") }
                #expect(traces == ["pass; clamav=clean", "pass; clamav=clean"])
                let quarantine = try await Self.quarantine(world)
                #expect(quarantine.count == 1 && quarantine.first?.contains("clamav: Eicar-Test-Signature") == true)
                let end = ContinuousClock.now + .seconds(20)
                while box.count > 1, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(100)) }
                #expect(box.count == 1, "what a person has not settled stays at the provider (P1)")
            }
            await clamd.stop()
            Files.remove(directory)
        }

        @Test(.timeLimit(.minutes(3)), arguments: ["defer", "pass"])
        func `P8: without its scanner mail waits, or passes and says so, as configured`(_ whenDown: String) async throws
        {
            try await World.with { file, _ in
                file.more = "scanners: {clamav: \"tcp:127.0.0.1:\(Ports.take())\", when_down: \(whenDown)}\n"
            } _: { world in
                let reply = try Self.send(Self.message(5, Clamd.eicar), to: world.gateway.file.internetPort)
                if whenDown == "defer" {
                    #expect(reply.code == 451 && reply.description.contains("scanned"), world.lastWords)
                    #expect(world.exchange.journal.records.isEmpty)
                } else {
                    #expect(reply.code == 250)
                    #expect(await world.exchange.journal.waitForNumbers(1, within: .seconds(30)), world.lastWords)
                    let record = try #require(world.exchange.journal.records.first)
                    #expect(record.traceField("X-Ceralacca-Scan") == "pass; clamav=not-scanned")
                }
            }
        }

        private static func quarantine(_ world: World) async throws -> [String] {
            let deadline = ContinuousClock.now + .seconds(20)
            while true {
                let result = try world.gateway.command(["quarantine", "list", "--json"])
                let lines = result.output.split(separator: "\n").map(String.init)
                if !lines.isEmpty || ContinuousClock.now > deadline { return lines }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
