// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// The listener that takes mail from Exchange Online: an authority of the lab stands for the public ones, and a certificate of it that names what
    /// Microsoft's does is shown by the openssl command.
    @Suite struct ExchangeOnlineTests {
        private static let ours = "5a3f1c9e-0f1d-4c52-9d5b-6f7f6f1f2a10"
        private static let theirs = "0b1e2d3c-4a5b-4c6d-8e7f-001122334455"
        private static let microsoft =
            "subjectAltName=DNS:mail.protection.outlook.com,DNS:*.mail.protection.outlook.com"

        @Test(.timeLimit(.minutes(3)))
        func
            `P6: with Microsoft's certificate only messages of our organisation are relayed, and nothing of others is stored`()
            async throws
        {
            try await Self.serve { world, port, authority in
                let shown = try authority.issue("online", extensions: [Self.microsoft, "extendedKeyUsage=serverAuth"])
                let right = Self.fields(id: Self.ours, domain: "azienda.onmicrosoft.com")
                let wrong: [[String]] = [
                    [], Self.fields(id: Self.theirs, domain: "altra.onmicrosoft.com"),
                    Self.fields(id: Self.ours, domain: "altra.onmicrosoft.com"),
                    Self.fields(id: Self.theirs, domain: "azienda.onmicrosoft.com"),
                    Self.fields(id: Self.ours, domain: nil), Self.fields(id: nil, domain: "azienda.onmicrosoft.com"),
                    right + Self.fields(id: Self.theirs, domain: nil),
                    Self.fields(id: Self.theirs, domain: nil) + right,
                ]
                for author in ["ugo@azienda.test", "pec1@pec.test"] {
                    for fields in wrong {
                        let said = try Self.say(port, shown, Self.message(from: author, fields))
                        #expect(said.contains("550-5.7.64 "), "\(author) \(fields): \(said)")
                    }
                }
                for origins in [["Internet"], [], ["Hosted", "Internet"], ["Anonymous"]] {
                    let forged = Self.message(from: "pec1@pec.test", right + origins.map(Self.origin))
                    let said = try Self.say(port, shown, forged)
                    #expect(said.contains("550-5.7.1 ") && said.contains("Outlook"), "\(origins): \(said)")
                }
                let listed = try world.gateway.command(["queue", "list", "--json"])
                #expect(listed.output.isEmpty, "\(listed.output)")

                let taken = try Self.say(port, shown, Self.message(from: "ugo@azienda.test", right))
                #expect(taken.contains("250 2.0.0 message "), "\(taken)")
                #expect(await world.relay.journal.wait(within: .seconds(30)) { $0.count == 1 }, world.lastWords)
                #expect(world.relay.journal.records.allSatisfy { $0.recipients == ["ada@fuori.test"] })
                #expect(world.exchange.journal.records.isEmpty)
                let hosted = Self.message(from: "pec1@pec.test", right + [Self.origin("Hosted")])
                let submitted = try Self.say(port, shown, hosted)
                #expect(submitted.contains("250 2.0.0 message "), "\(submitted)")
                let waiting = try world.gateway.command(["queue", "list", "--json"]).output
                #expect(waiting.contains("account:pec1@pec.test"), "\(waiting)")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `P6: no other certificate opens the listener, whatever the message says`() async throws {
            try await Self.serve { world, port, authority in
                let right = Self.fields(id: Self.ours, domain: "azienda.onmicrosoft.com")
                let message = Self.message(from: "ugo@azienda.test", right)
                let stranger = try CertificateAuthority(in: "\(world.directory)/stranger")
                let refused: [(CertificateAuthority.Issued, String)] = [
                    (try stranger.issue("false", extensions: [Self.microsoft]), "not trusted"),
                    (
                        try authority.issue("other", extensions: ["subjectAltName=DNS:x.mail.protection.outlook.com"]),
                        "it names x.mail.protection.outlook.com"
                    ),
                    (try authority.issue("old", extensions: [Self.microsoft], days: -1), "expired"),
                ]
                for (shown, words) in refused {
                    let said = try Self.say(port, shown, message)
                    #expect(!said.contains("250 2.0.0 message"), "\(said)")
                    let isLogged = try await world.gateway.waitForLine(words, within: .seconds(10))
                    #expect(isLogged, "\(words): \(world.gateway.tail())")
                }
                let bare = try Self.say(port, nil, message)
                #expect(bare.contains("530 5.7.0 ") && !bare.contains("250 2.0.0 message"), "\(bare)")
                let clear = try SMTPConversation(port: port)
                clear.greet()
                #expect(clear.command("MAIL FROM:<ugo@azienda.test>").code == 530)
                #expect(world.relay.journal.records.isEmpty)
            }
        }

        /// A world whose gateway has a third listener, for Exchange Online.
        private static func serve(_ body: (World, Int, CertificateAuthority) async throws -> Void) async throws {
            let directory = try Files.makeTemporaryDirectory("online")
            let authority = try CertificateAuthority(in: directory)
            let port = Ports.take()
            try await World.with { file, _ in
                file.providers = [("pec", GatewayFile.provider(submit: "smtps://localhost:1", authority: authority))]
                file.accounts = [.init("pec1@pec.test")]
                // Behind the other listeners of the file.
                file.internetOptions =
                    "}\n  - {role: exchange, address: \"127.0.0.1:\(port)\", tenants: [\(ours), azienda.onmicrosoft.com], "
                    + "tls: {certificate: \(authority.certificate), key: \(authority.key), client_ca: \(authority.root)}"
                try Command.run("chmod", ["600", authority.key])
            } _: { world in
                let answers = try await Ports.waitForAnswer(port, within: .seconds(30)) { world.gateway.pid == nil }
                #expect(answers, world.lastWords)
                try await body(world, port, authority)
            }
            Files.remove(directory)
        }

        private static func fields(id: String?, domain: String?) -> [String] {
            (id.map { ["X-MS-Exchange-CrossTenant-Id: \($0)"] } ?? [])
                + (domain.map { ["X-OriginatorOrg: \($0)"] } ?? [])
        }

        private static func origin(_ name: String) -> String { "X-MS-Exchange-CrossTenant-FromEntityHeader: \(name)" }

        private static func message(from author: String, _ fields: [String]) -> String {
            ([
                "From: \(author)", "To: ada@fuori.test", "Subject: prova",
                "Message-ID: <\(UInt64.random(in: 0 ... .max))@azienda.test>",
            ]
                + fields + ["", "testo", "."]).joined(separator: "\r\n")
        }

        /// Hands `message` over by STARTTLS with a certificate, or without one.
        /// - Returns: all that the listener said, and what openssl said of TLS.
        private static func say(_ port: Int, _ shown: CertificateAuthority.Issued?, _ message: String) throws -> String
        {
            let commands = [
                "EHLO mail-be0.outbound.protection.outlook.com", "MAIL FROM:<ugo@azienda.test>",
                "RCPT TO:<ada@fuori.test>", "DATA",
                message, "QUIT", "",
            ]
            let file = try Files.makeTemporaryDirectory("say")
            try Files.write(commands.joined(separator: "\r\n"), to: "\(file)/commands")
            let identity = shown.map { " -cert '\($0.certificate)' -key '\($0.key)'" } ?? ""
            let result = try Command.outcome(
                "sh",
                [
                    "-c",
                    "openssl s_client -quiet -starttls smtp -connect 127.0.0.1:\(port)\(identity) < '\(file)/commands'",
                ]
            )
            Files.remove(file)
            return result.output
        }
    }
}
