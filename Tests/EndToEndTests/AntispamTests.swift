// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// The built gateway with Debian's rspamd, spamd and opendkim beside it.
    @Suite struct AntispamTests {
        private static func message(_ number: Int, _ body: String, more: String = "") -> [UInt8] {
            let header = "From: ada@fuori.test\r\nTo: ugo@azienda.test\r\nSubject: prova\r\n\(more)"
            return Array("X-Seq: \(number)\r\n\(header)\r\n\(body)\r\n".utf8)
        }

        private static func send(_ octets: [UInt8], to port: Int) throws -> SMTPConversation.Reply {
            let conversation = try SMTPConversation(port: port)
            conversation.greet()
            conversation.command("MAIL FROM:<ada@fuori.test>")
            conversation.command("RCPT TO:<ugo@azienda.test>")
            return conversation.data(octets)
        }

        private static func record(_ number: Int, in world: World) async throws -> SinkRecord {
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end {
                if let record = world.exchange.journal.records.first(where: { $0.number == number }) { return record }
                try await Task.sleep(for: .milliseconds(50))
            }
            throw LabError("message \(number) did not come")
        }

        @Test(.timeLimit(.minutes(5)))
        func
            `Rspamd and a milter: spam is refused, tagged where it is certified; results come on top and none are forged`()
            async throws
        {
            let directory = try Files.makeTemporaryDirectory("antispam")
            let rspamd = try Rspamd(in: "\(directory)/rspamd")
            let verifier = try OpenDKIM(.verify, in: "\(directory)/verifier", keys: "\(directory)/keys")
            try await rspamd.start()
            try await verifier.start()
            try await World.with(boxes: 1) { file, _ in
                file.accounts = [.init("pec1@pec.test", fetch: "{protocol: pop3, every: 1s, keep: 0d}")]
                file.more = "scanners: {rspamd: \"\(rspamd.address)\", milters: [\"unix:\(verifier.socket)\"]}\n"
            } _: { world in
                try await Self.judge(world)
            }
            await rspamd.stop()
            await verifier.stop()
            Files.remove(directory)
        }

        private static func judge(_ world: World) async throws {
            let port = world.gateway.file.internetPort
            let checked = try world.gateway.command(["check", "--connect"])
            #expect(checked.code == 0, "\(checked.output)")
            #expect(
                checked.output.contains("rspamd/") && checked.output.contains("milter protocol 6"),
                "\(checked.output)"
            )
            let refusal = try send(message(1, Rspamd.gtube), to: port)
            #expect(refusal.code == 550 && refusal.description.contains("Gtube"), world.lastWords)
            let soft = try send(message(2, "ciao", more: "X-Test-Action: soft reject\r\n"), to: port)
            #expect(soft.code == 451, world.lastWords)
            let forged =
                "Authentication-Results: Relay.Azienda.Test; spf=pass\r\nX-Ceralacca-Spam-Score: -9\r\nX-Test-Result: yes\r\n"
            #expect(try send(message(3, "ciao", more: "\(forged)X-Test-Score: 6.5\r\n"), to: port).code == 250)
            let tagged = try await record(3, in: world)
            #expect(
                tagged.traceField("X-Ceralacca-Scan") == "tag; rspamd=tag (score 6.5 of 15.0: TEST_SCORE);",
                "\(tagged.trace)"
            )
            #expect(tagged.traceField("X-Ceralacca-Spam-Score") == "6.5")
            #expect(tagged.traceField("X-Ceralacca-Spam-Threshold") == "15.0")
            #expect(
                tagged.trace.contains(
                    "Authentication-Results: relay.azienda.test; spf=pass\r\n\tsmtp.mailfrom=ada@fuori.test"
                )
            )
            #expect(tagged.trace.contains("Authentication-Results: relay.azienda.test; dkim=none"), "\(tagged.trace)")
            #expect(tagged.trace.contains("X-Rspamd-Facts: 127.0.0.1 "))
            #expect(tagged.field("Authentication-Results") == nil && tagged.field("X-Ceralacca-Spam-Score") == nil)
            // What certified accounts receive is delivered whatever it holds, tagged, its octets as they were.
            let box = try #require(world.provider).dovecot.maildir("pec1@pec.test")
            let receipt = message(4, Rspamd.gtube, more: "X-Ricevuta: accettazione\r\n\(forged)")
            try box.add(receipt, name: 4)
            let certified = try await record(4, in: world)
            #expect(certified.digest == KnownMessage.digest(receipt), "octets of certified mail are kept")
            #expect(certified.traceField("X-Ceralacca-Spam") == "yes")
            #expect(
                certified.traceField("X-Ceralacca-Scan")?.hasPrefix("tag; rspamd=found (score 15.0 of 15.0:") == true
            )
            #expect(certified.trace.contains("foreign-results=yes"), "\(certified.trace)")
        }

        @Test(.timeLimit(.minutes(5)))
        func `SpamAssassin tags; a reload brings another scanner in, and takes it out again`() async throws {
            let directory = try Files.makeTemporaryDirectory("antispam")
            let spamd = try Spamd(in: "\(directory)/spamd")
            try await spamd.start()
            try await World.with { world in
                let port = world.gateway.file.internetPort
                #expect(try Self.send(Self.message(1, Rspamd.gtube), to: port).code == 250)
                #expect(try await Self.record(1, in: world).traceField("X-Ceralacca-Scan") == nil)
                var file = world.gateway.file
                file.more = "scanners: {spamassassin: {service: \"unix:\(spamd.socket)\", user: nobody}}\n"
                try file.write()
                #expect(try world.gateway.command(["reload"]).code == 0, world.lastWords)
                #expect(try Self.send(Self.message(2, Rspamd.gtube), to: port).code == 250)
                let tagged = try await Self.record(2, in: world)
                #expect(tagged.traceField("X-Ceralacca-Spam") == "yes", "\(tagged.trace)")
                #expect(tagged.traceField("X-Ceralacca-Spam-Level") == String(repeating: "*", count: 50))
                let checked = try world.gateway.command(["check", "--connect"])
                #expect(checked.code == 0 && checked.output.contains("spamd answers"), "\(checked.output)")
                file.more = ""
                try file.write()
                #expect(try world.gateway.command(["reload"]).code == 0, world.lastWords)
                #expect(try Self.send(Self.message(3, Rspamd.gtube), to: port).code == 250)
                #expect(try await Self.record(3, in: world).traceField("X-Ceralacca-Spam") == nil)
            }
            await spamd.stop()
            Files.remove(directory)
        }

        @Test(
            .timeLimit(.minutes(5)),
            arguments: [
                "rspamd: \"http://127.0.0.1:PORT\"", "spamassassin: \"tcp:127.0.0.1:PORT\"",
                "milters: [\"tcp:127.0.0.1:PORT\"]",
            ]
        )
        func `P8: without its filter mail waits, or passes and says so, as configured`(_ scanner: String) async throws {
            let address = scanner.replacing("PORT", with: "\(Ports.take())")
            for whenDown in ["defer", "pass"] {
                try await World.with(boxes: 1) { file, _ in
                    file.accounts = [.init("pec1@pec.test", fetch: "{protocol: pop3, every: 1s, keep: 0d}")]
                    file.more = "scanners: {\(address), when_down: \(whenDown)}\n"
                } _: { world in
                    let checked = try world.gateway.command(["check", "--connect"])
                    #expect(checked.code == 1, "\(checked.output)")
                    let box = try #require(world.provider).dovecot.maildir("pec1@pec.test")
                    try box.add(Self.message(2, "ciao"), name: 2)
                    let reply = try Self.send(Self.message(1, "ciao"), to: world.gateway.file.internetPort)
                    if whenDown == "defer" {
                        #expect(reply.code == 451 && reply.description.contains("scanned"), world.lastWords)
                        #expect(try await world.gateway.waitForLine("message not scanned", within: .seconds(30)))
                        #expect(world.exchange.journal.records.isEmpty && box.count == 1)
                    } else {
                        #expect(reply.code == 250, world.lastWords)
                        for number in [1, 2] {
                            let trace = try await Self.record(number, in: world).traceField("X-Ceralacca-Scan")
                            #expect(trace?.hasPrefix("pass; ") == true && trace?.hasSuffix("=not-scanned") == true)
                        }
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(5)))
        func `What a milter signs on its way out leaves as it signed it`() async throws {
            let directory = try Files.makeTemporaryDirectory("antispam")
            let signer = try OpenDKIM(.sign, in: "\(directory)/signer", keys: "\(directory)/keys")
            try await signer.start()
            try await World.with { file, _ in
                file.more = "scanners: {milters: [\"unix:\(signer.socket)\"]}\n"
            } _: { world in
                let conversation = try SMTPConversation(port: world.gateway.file.exchangePort)
                conversation.greet()
                conversation.command("MAIL FROM:<ugo@azienda.test>")
                conversation.command("RCPT TO:<ada@fuori.test>")
                let octets =
                    "X-Seq: 1\r\nFrom: ugo@azienda.test\r\nTo: ada@fuori.test\r\nSubject: prova\r\n\r\nciao\r\n"
                #expect(conversation.data(Array(octets.utf8)).code == 250, world.lastWords)
                #expect(await world.relay.journal.waitForNumbers(1, within: .seconds(30)), world.lastWords)
                let record = try #require(world.relay.journal.records.first)
                #expect(record.trace.contains("DKIM-Signature: v=1; a=rsa-sha256;"), "\(record.trace)")
                #expect(record.digest == KnownMessage.digest(Array(octets.utf8)))
            }
            await signer.stop()
            Files.remove(directory)
        }
    }
}
