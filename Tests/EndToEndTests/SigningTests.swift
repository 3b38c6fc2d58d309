// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestLab
import Testing

extension EndToEnd {
    /// The built gateway signs what leaves for the Internet; Debian's opendkim verifies it.
    @Suite struct SigningTests {
        @Test(.timeLimit(.minutes(3)))
        func `Ordinary mail leaves signed with each key, certified mail and mail of other domains never`() async throws
        {
            let directory = try Files.makeTemporaryDirectory("dkim")
            let rsa = "\(directory)/rsa.pem"
            let ed25519 = "\(directory)/ed25519.pem"
            try Command.run("openssl", ["genpkey", "-algorithm", "RSA", "-out", rsa])
            try Command.run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", ed25519])
            try Command.run("chmod", ["600", rsa, ed25519])
            try await World.with(boxes: 2) { file, _ in
                file.accounts = [.init("pec1@pec.test")]
                file.more = """
                    dkim:
                      - {domain: azienda.test, selector: uno, key: \(rsa)}
                      - {domain: azienda.test, selector: due, key: \(ed25519)}

                    """
            } _: { world in
                let checked = try world.gateway.command(["check"])
                #expect(checked.code == 0, "\(checked.output)")
                try Self.publish(checked.output, in: directory)
                let port = world.gateway.file.exchangePort
                let (small, large) = ("breve  \r\n\r\n", String(repeating: "riga \t lunga\r\n", count: 60_000))
                let messages = [
                    (1, "Ugo <ugo@AZIENDA.test>", small), (2, "ugo@azienda.test", large),
                    (3, "ada@altrove.test", small),
                    (5, "ugo@azienda.test\r\nReceived: from x by relay.azienda.test (Ceralacca)", small),
                ]
                for (number, from, body) in messages {
                    #expect(try Self.send(number, from: from, to: "ada@fuori.test", body, port).code == 250)
                }
                #expect(try Self.send(4, from: "pec1@pec.test", to: "pec2@pec.test", small, port).code == 250)
                #expect(await world.relay.journal.waitForNumbers(4, within: .seconds(60)), world.lastWords)
                let records = world.relay.journal.records
                for record in records {
                    let names = record.traceNames.filter { $0 == "DKIM-Signature" }
                    #expect(names.count == ((record.number ?? 0) < 3 ? 2 : 0))
                    guard let number = record.number, number < 3 else { continue }
                    let message =
                        record.trace
                        + Self.message(
                            number,
                            from: messages[number - 1].1,
                            to: "ada@fuori.test",
                            messages[number - 1].2
                        )
                    let verdict = try Self.verify(message, in: directory)
                    #expect(verdict.contains("succeeded") && !verdict.contains("failed"), "\(verdict)")
                }
                let box = try #require(world.provider).dovecot.maildir("pec2@pec.test")
                #expect(try await box.wait(for: 1, within: .seconds(60)), world.lastWords)
                #expect(box.records.allSatisfy { $0.traceField("DKIM-Signature") == nil })
            }
            Files.remove(directory)
        }

        @Test(.timeLimit(.minutes(3)))
        func `What a milter changes is signed as it leaves`() async throws {
            let directory = try Files.makeTemporaryDirectory("dkim")
            let key = "\(directory)/rsa.pem"
            try Command.run("openssl", ["genpkey", "-algorithm", "RSA", "-out", key])
            try Command.run("chmod", ["600", key])
            let body = String(repeating: "un altro testo \r\n", count: 30_000)
            var edits = ScriptedMilter.frame("m", "Subject\0cambiato\0", number: 1)
            edits += ScriptedMilter.frame("b", body) + ScriptedMilter.frame("m", "From\0eva@altrove.test\0", number: 1)
            edits += ScriptedMilter.frame("e", "<eva@altrove.test>\0")
            edits += ScriptedMilter.frame("+", "<archivio@azienda.test>\0") + ScriptedMilter.frame("a")
            let milter = try await ScriptedMilter(.init(answers: ["E": edits]))
            try await World.with { file, _ in
                file.more = """
                    dkim: [{domain: azienda.test, selector: uno, key: \(key)}]
                    scanners: {milters: ["tcp:127.0.0.1:\(milter.port)"]}

                    """
            } _: { world in
                try Self.publish(try world.gateway.command(["check"]).output, in: directory, count: 1)
                let (from, port) = ("ugo@azienda.test", world.gateway.file.exchangePort)
                #expect(
                    try Self.send(1, from: from, to: "ada@fuori.test", "breve\r\n", port).code == 250,
                    world.lastWords
                )
                #expect(await world.relay.journal.waitForNumbers(1, within: .seconds(60)), world.lastWords)
                let record = try #require(world.relay.journal.records.first)
                #expect(record.recipients == ["ada@fuori.test"])
                // A recipient of the company that a milter adds is Exchange's, whichever way the message takes.
                #expect(await world.exchange.journal.waitForNumbers(1, within: .seconds(60)), world.lastWords)
                #expect(world.exchange.journal.records.map(\.recipients) == [["archivio@azienda.test"]])
                let left = Self.message(1, from: from, to: "ada@fuori.test", body)
                    .replacing("Subject: prova 1", with: "Subject: cambiato")
                #expect(
                    record.digest == KnownMessage.digest(Array(left.utf8)) && record.sender == from,
                    world.lastWords
                )
                let verdict = try Self.verify(record.trace + left, in: directory)
                #expect(verdict.contains("succeeded") && !verdict.contains("failed"), "\(verdict)")
            }
            try await milter.stop()
            Files.remove(directory)
        }

        private static func message(_ number: Int, from: String, to: String, _ body: String) -> String {
            "X-Seq: \(number)\r\nFrom: \(from)\r\nTo: <\(to)>\r\nSubject: prova \(number)\r\n"
                + "Message-ID: <\(number)@azienda.test>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0100\r\n\r\n\(body)"
        }

        private static func send(
            _ number: Int,
            from: String,
            to: String,
            _ body: String,
            _ port: Int
        ) throws -> SMTPConversation.Reply {
            let conversation = try SMTPConversation(port: port)
            conversation.greet()
            conversation.command("MAIL FROM:<ugo@azienda.test>")
            conversation.command("RCPT TO:<\(to)>")
            return conversation.data(Array(message(number, from: from, to: to, body).utf8))
        }

        /// Takes the records that `check` asks for as the DNS.
        private static func publish(_ output: String, in directory: String, count: Int = 2) throws {
            let records = output.split(separator: "\n").compactMap { line -> String? in
                guard let start = line.firstRange(of: "DNS: "), let type = line.firstRange(of: " TXT \"") else {
                    return nil
                }
                // A long record is several strings, none of more than 255 octets.
                let strings = line[type.upperBound...].dropLast().components(separatedBy: "\" \"")
                #expect(strings.allSatisfy { $0.utf8.count <= 255 }, "\(line)")
                return "\(line[start.upperBound..<type.lowerBound]) \(strings.joined())\n"
            }
            #expect(records.count == count, "\(output)")
            try Files.write(records.joined(), to: "\(directory)/keys")
            try Files.write(
                "Mode v\nTestPublicKeys \(directory)/keys\nUserID root\n",
                to: "\(directory)/opendkim.conf"
            )
        }

        private static func verify(_ message: String, in directory: String) throws -> String {
            try Files.write(message, to: "\(directory)/message")
            return try Command.outcome(
                "opendkim",
                ["-x", "\(directory)/opendkim.conf", "-t", "\(directory)/message", "-vv"]
            )
            .output
        }
    }
}
