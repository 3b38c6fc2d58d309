// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// The built gateway asks Exchange who its recipients are, or reads a list.
    @Suite struct RecipientTests {
        private static func replies(_ world: World, _ names: [String]) throws -> [Int] {
            let conversation = try SMTPConversation(port: world.gateway.file.internetPort)
            conversation.greet()
            conversation.command("MAIL FROM:<ada@fuori.test>")
            return names.map { conversation.command("RCPT TO:<\($0)@azienda.test>").code }
        }

        @Test(.timeLimit(.minutes(2)))
        func `Unknown recipients are refused in the session, known ones while Exchange is down too`() async throws {
            var exchange = SinkBehaviour()
            exchange.refuseRecipient = { _, recipient in
                recipient.hasPrefix("ugo@") ? nil : "550 5.1.10 RESOLVER.ADR.RecipientNotFound"
            }
            try await World.with(exchange: exchange) { file, _ in
                file.exchangeOptions = "tls: none, recipients: exchange"
            } _: { world in
                #expect(try Self.replies(world, ["ugo", "niente", "ugo", "postmaster"]) == [250, 550, 250, 250])
                try await world.exchange.stop()
                #expect(try Self.replies(world, ["ugo", "niente", "nuovo"]) == [250, 550, 451], world.lastWords)
                #expect(world.exchange.journal.records.isEmpty)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `check --connect says whether Exchange refuses recipients that cannot exist`() async throws {
            var exchange = SinkBehaviour()
            exchange.refuseRecipient = { _, recipient in
                recipient.hasPrefix("ugo@") ? nil : "550 5.1.10 RESOLVER.ADR.RecipientNotFound"
            }
            try await World.with(exchange: exchange) { file, _ in
                file.exchangeOptions = "tls: none, recipients: exchange"
            } _: { world in
                let refusing = try world.gateway.command(["check", "--connect"])
                #expect(refusing.output.contains("recipients of azienda.test"), "\(refusing.output)")
                #expect(refusing.output.contains("refuses unknown recipients: 550 5.1.10"), "\(refusing.output)")
                #expect(refusing.code == 0, "\(refusing.output)")
                world.exchange.change { $0.refuseRecipient = { _, _ in nil } }
                let taking = try world.gateway.command(["check", "--connect"])
                #expect(taking.code == 1, "\(taking.output)")
                #expect(taking.output.contains("takes a recipient that cannot exist (250"), "\(taking.output)")
                world.exchange.change { $0.refuseRecipient = { _, _ in "451 4.7.1 later" } }
                let unclear = try world.gateway.command(["check", "--connect"])
                #expect(unclear.code == 1, "\(unclear.output)")
                #expect(unclear.output.contains("says nothing of whether a recipient exists"), "\(unclear.output)")
                #expect(world.exchange.journal.records.isEmpty)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `A list of recipients is read again with the configuration`() async throws {
            let directory = try Files.makeTemporaryDirectory("recipients")
            let list = "\(directory)/list"
            try Files.write("# chi c'è\nugo@azienda.test\n", to: list)
            try await World.with { file, _ in
                file.exchangeOptions = "tls: none, recipients: {file: \(list)}"
            } _: { world in
                #expect(try Self.replies(world, ["ugo", "ada"]) == [250, 550])
                try Files.write("ugo@azienda.test\nada@azienda.test\n", to: list)
                let reloaded = try world.gateway.command(["reload"])
                #expect(reloaded.code == 0, "\(reloaded.output)")
                #expect(try Self.replies(world, ["ugo", "ada"]) == [250, 250])
                try Files.write("ugo@azienda.test\nnon un indirizzo\n", to: list)
                let refused = try world.gateway.command(["check"])
                #expect(refused.code == 78 && refused.output.contains("\(list):2"), "\(refused.output)")
            }
            Files.remove(directory)
        }
    }
}
