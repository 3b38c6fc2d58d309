// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestLab
import Testing

extension EndToEnd {
    /// Promises that need the whole gateway to be broken.
    @Suite struct PromiseTests {
        @Test(.timeLimit(.minutes(3)))
        func `P4: with its provider down, mail From an account waits and takes no other way`() async throws {
            let directory = try Files.makeTemporaryDirectory("authority")
            let authority = try CertificateAuthority(in: directory)
            let submission = try RecordingSink(Self.submission(["pec1@pec.test": "segreto"]), authority: authority)
            try await World.with { file, _ in
                let entries = GatewayFile.provider(submit: "smtps://localhost:\(submission.port)", authority: authority)
                file.providers = [("pec", entries)]
                file.accounts = [.init("pec1@pec.test")]
            } _: { world in
                let sender = Sender(
                    port: world.gateway.file.exchangePort,
                    from: "pec1@pec.test",
                    to: ["pec2@pec.test"]
                )
                let make = FlowTests.certified
                #expect(await sender.send(0..<20, make).filter { $0.reply.code == 250 }.count == 20, world.lastWords)
                let hasTried = try await world.gateway.waitForLine("\(submission.port)", within: .seconds(30))
                #expect(hasTried, "the log names the server that does not answer; \(world.gateway.tail())")
                #expect(world.relay.journal.records.isEmpty && world.exchange.journal.taken.isEmpty)
                let listed = try world.gateway.command(["queue", "list", "--json"])
                #expect(listed.output.split(separator: "\n").count >= 20, "\(listed.output)")

                try await submission.start()
                let retried = try world.gateway.command(["queue", "retry"])
                #expect(retried.code == 0, "\(retried.output)")
                #expect(await submission.journal.waitForNumbers(20, within: .seconds(90)), world.lastWords)
                world.expectEach(20, in: submission.journal.records, allowed: ["Received"], make)
                #expect(submission.journal.records.allSatisfy { $0.login == "pec1@pec.test" })
                #expect(world.relay.journal.records.isEmpty)
                try await submission.stop()
            }
            Files.remove(directory)
        }

        @Test(.timeLimit(.minutes(3)))
        func `A refused login stops at once, alerts, and holds up nobody else`() async throws {
            let directory = try Files.makeTemporaryDirectory("authority")
            let authority = try CertificateAuthority(in: directory)
            let passwords = ["pec1@pec.test": "another", "pec2@pec.test": "segreto"]
            let submission = try RecordingSink(Self.submission(passwords), authority: authority)
            try await submission.start()
            try await World.with { file, _ in
                let entries = GatewayFile.provider(submit: "smtps://localhost:\(submission.port)", authority: authority)
                file.providers = [("pec", entries)]
                file.accounts = [.init("pec1@pec.test"), .init("pec2@pec.test")]
            } _: { world in
                let port = world.gateway.file.exchangePort
                for (first, account) in [(0, "pec1@pec.test"), (50, "pec2@pec.test")] {
                    let sender = Sender(port: port, from: account, to: ["ente@pec.fuori.test"])
                    let attempts = await sender.send(first..<(first + 50)) {
                        KnownMessage(run: "login", number: $0, from: account, to: "ente@pec.fuori.test")
                    }
                    #expect(attempts.filter { $0.reply.code == 250 }.count == 50, world.lastWords)
                }
                #expect(await submission.journal.waitForNumbers(50, within: .seconds(60)), world.lastWords)
                #expect(submission.journal.taken.allSatisfy { $0.login == "pec2@pec.test" })
                let refused = submission.journal.refusedLogins
                #expect((1...2).contains(refused.count), "\(refused.count) logins with the wrong password")
                let isSaid = try await world.gateway.waitForLine("535", within: .seconds(10))
                #expect(isSaid, "what the provider said is in the log; \(world.gateway.tail())")
                let status = try world.gateway.command(["account", "status"])
                #expect(status.output.contains("pec1@pec.test"), "\(status.output)")
                #expect(!Files.text(world.gateway.log).contains("segreto"), "P7: no password in the log")
                #expect(!status.output.contains("segreto"))
            }
            try await submission.stop()
            Files.remove(directory)
        }

        @Test(.timeLimit(.minutes(2)))
        func `P6: the listeners relay for nobody`() async throws {
            try await World.with { world in
                let conversation = try SMTPConversation(port: world.gateway.file.internetPort)
                conversation.greet(as: "mx.fuori.test")
                #expect(conversation.command("MAIL FROM:<mario@fuori.test>").code == 250)
                let strangers = [
                    "ada@altrove.test", "ada@azienda.test.altrove.test", "ada%altrove.test@fuori.test",
                    "@azienda.test:ada@altrove.test",
                    "\"ada@altrove.test\"@fuori.test", "ada@[127.0.0.1]",
                ]
                for stranger in strangers {
                    let reply = conversation.command("RCPT TO:<\(stranger)>")
                    #expect((500..<600).contains(reply.code), "\(stranger): \(reply)")
                }
                #expect(conversation.command("RCPT TO:<ugo@AZIENDA.test>").code == 250)
                #expect(world.relay.journal.records.isEmpty)
            }
            try await World.with { file, _ in
                file.allow = ["192.0.2.1"]
            } _: { world in
                do {
                    let conversation = try SMTPConversation(port: world.gateway.file.exchangePort)
                    conversation.greet()
                    conversation.command("MAIL FROM:<ugo@azienda.test>")
                    #expect((500..<600).contains(conversation.command("RCPT TO:<ada@fuori.test>").code))
                } catch { #expect("\(error)".contains("5"), "refused in the greeting: \(error)") }
                #expect(world.relay.journal.records.isEmpty)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `One recipient's refusal costs no other's delivery, and its sender is told`() async throws {
            var relay = SinkBehaviour()
            relay.refuseRecipient = { _, recipient in
                recipient.hasPrefix("nessuno") ? "550 5.1.1 no such user here" : nil
            }
            try await World.with(relay: relay) { world in
                let sender = Sender(
                    port: world.gateway.file.exchangePort,
                    from: "ugo@azienda.test",
                    to: ["ada@fuori.test", "nessuno@fuori.test"]
                )
                let attempts = await sender.send(0..<5) {
                    KnownMessage(run: "two", number: $0, from: "ugo@azienda.test", to: "ada@fuori.test")
                }
                #expect(attempts.allSatisfy { $0.reply.code == 250 })
                #expect(await world.relay.journal.waitForNumbers(5, within: .seconds(30)), world.lastWords)
                #expect(world.relay.journal.taken.allSatisfy { $0.recipients == ["ada@fuori.test"] })
                let reports = await world.exchange.journal.wait(within: .seconds(30)) { $0.count == 5 }
                #expect(reports, world.lastWords)
                let isReport = world.exchange.journal.records.allSatisfy {
                    $0.sender.isEmpty && $0.recipients == ["ugo@azienda.test"]
                }
                #expect(isReport)
            }
        }

        static func submission(_ passwords: [String: String]) -> SinkBehaviour {
            var behaviour = SinkBehaviour()
            behaviour.hasImplicitTLS = true
            behaviour.passwords = passwords
            return behaviour
        }
    }
}
