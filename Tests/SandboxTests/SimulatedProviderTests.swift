// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import NIOCore
import NIOPosix
import SASLMechanisms
import SMTPDelivery
import SMTPProtocol
import Testing

@testable import Sandbox

struct SimulatedProviderTests {
    private static let anna = ProviderWorld.account("anna@pec.example.it", login: "M1234567", "segreto-a")
    private static let bruno = ProviderWorld.account("bruno@pec.example.it", login: nil, "segreto-b")
    private static let carla = ProviderWorld.account("carla@pec.example.it", login: nil, "segreto-c")

    /// A provider, served while `body` runs.
    private func withProvider(
        _ behaviour: SimulatedProvider.Behaviour = .init(),
        _ body: (SimulatedProvider, _ endpoint: @escaping @Sendable (Endpoint.Scheme) -> Endpoint) async throws -> Void
    ) async throws {
        let directory = try DemoDirectory()
        defer { try? directory.remove() }
        let authority = try Fixtures.serverAuthority.get()
        let trust = try directory.write(try authority.trustPEM(), to: "ca.pem")
        let provider = try await SimulatedProvider.open(
            Fixtures.profile,
            accounts: [Self.anna, Self.bruno, Self.carla],
            authority: authority,
            behaviour: behaviour,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: Fixtures.quiet
        )
        async let _: Void = provider.run()  // cancelled when the scope is left
        try await body(provider) { scheme in
            let port = scheme == .smtps ? provider.submissionPort : provider.pop3Port
            return Endpoint(scheme: scheme, host: "localhost", port: port, tls: .verify, trust: trust)
        }
    }

    private func submit(
        _ lines: [String],
        to recipients: [String],
        from sender: String = "anna@pec.example.it",
        as account: ProviderAccount = anna,
        at endpoint: Endpoint
    ) async throws -> [SMTPReply] {
        let session = try await SMTPClientSession.open(
            endpoint,
            settings: SMTPSessionSettings(hostname: "gateway.example"),
            login: SASLLogin(name: account.login) { account.password },
            connector: MailConnector(group: MultiThreadedEventLoopGroup.singleton)
        )
        let octets = ByteBuffer(string: lines.joined(separator: "\r\n"))
        let envelope = Envelope(
            reversePath: .mailbox(Fixtures.address(sender)),
            recipients: recipients.map { EnvelopeRecipient(Fixtures.address($0)) }
        )
        let result = try await session.send(
            SMTPTransaction(envelope: envelope, size: octets.readableBytes),
            content: .octets(octets)
        )
        await session.quit()
        return result.answers.map(\.reply)
    }

    private func maildrop(of account: ProviderAccount, at endpoint: Endpoint) async throws -> [[UInt8]] {
        let client = LineClient(
            try await MailConnector(group: MultiThreadedEventLoopGroup.singleton)
                .connect(to: endpoint, within: .seconds(10))
        )
        _ = try await client.line()
        _ = try await client.say("USER \(account.login)")
        #expect(try await client.say("PASS \(account.password.reveal())").hasPrefix("+OK"))
        let count = Int(try await client.say("STAT").split(separator: " ").dropFirst().first ?? "") ?? 0
        var messages: [[UInt8]] = []
        for number in 0..<count {
            _ = try await client.say("RETR \(number + 1)")
            let lines = try await client.lines(until: ".").map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
            messages.append(Array((lines.joined(separator: "\r\n") + "\r\n").utf8))
        }
        _ = try await client.say("QUIT")
        await client.close()
        return messages
    }

    private let mail = [
        "From: Anna <anna@pec.example.it>", "To: bruno@pec.example.it, ditta@example.com", "Cc: carla@pec.example.it",
        "Subject: =?utf-8?Q?Perch=C3=A9?=", "Message-ID: <id-1@azienda.it>", "", "Testo", ".", "..due", "",
    ]

    @Test
    func `a PEC gives an acceptance, an envelope for each mailbox and a delivery receipt from each, all signed`()
        async throws
    {
        try await withProvider { provider, endpoint in
            let recipients = ["bruno@pec.example.it", "carla@pec.example.it", "ditta@example.com", "no@pec.example.it"]
            var mail = mail
            mail[1] += ", no@pec.example.it"
            let replies = try await submit(mail, to: recipients, at: endpoint(.smtps))
            #expect(replies.count == 4 && replies.allSatisfy { $0.code == 250 })
            let receipts = try await maildrop(of: Self.anna, at: endpoint(.pop3s))
            let kinds = receipts.map { HeaderSection(ByteBuffer(bytes: $0)).first("X-Ricevuta") }
            #expect(kinds == ["accettazione", "avvenuta-consegna", "avvenuta-consegna", "errore-consegna"])
            let root = try Fixtures.serverAuthority.get().root
            for (account, count) in [(Self.anna, 4), (Self.bruno, 1), (Self.carla, 1)] {
                let messages = try await maildrop(of: account, at: endpoint(.pop3s))
                #expect(messages.count == count)
                for message in messages {
                    let signed = try #require(SignedMessage(message))
                    let check = try signed.verify(trusting: root, at: SandboxClock().now())
                    #expect(check.signer == "posta-certificata@pec.example.it")
                    #expect(signed.certificationData?.contains("<msgid>&lt;id-1@azienda.it&gt;</msgid>") == true)
                }
            }
            let failure = try #require(SignedMessage(receipts[3])?.certificationData)
            #expect(failure.contains("errore=\"no-dest\"") && failure.contains("5.1.1 - Gestore Simulato S.p.A."))
            let envelope = try await maildrop(of: Self.bruno, at: endpoint(.pop3s))[0]
            #expect(HeaderSection(ByteBuffer(bytes: envelope)).first("Return-Path") == "<anna@pec.example.it>")
            let original = try #require(SignedMessage(envelope)?.original)
            #expect(String(decoding: original, as: UTF8.self).hasSuffix("\r\n\r\nTesto\r\n.\r\n..due\r\n"))
            #expect(provider.outgoing.map { $0.recipients.map(\.address.description) } == [["ditta@example.com"]])
        }
    }

    @Test(arguments: [
        (["From: bruno@pec.example.it", "To: bruno@pec.example.it"], ["bruno@pec.example.it"]),
        (["From: anna@pec.example.it", "To: carla@pec.example.it"], ["bruno@pec.example.it", "carla@pec.example.it"]),
        (["From: anna@pec.example.it", "To: bruno@pec.example.it", "Bcc: x@y.it"], ["bruno@pec.example.it"]),
        (["no header at all"], ["bruno@pec.example.it"]),
    ])
    func `a message with formal faults is taken with 250 and answered by a non-acceptance`(
        _ header: [String],
        _ recipients: [String]
    ) async throws {
        try await withProvider { provider, endpoint in
            let replies = try await submit(header + ["", "x", ""], to: recipients, at: endpoint(.smtps))
            #expect(replies.allSatisfy { $0.code == 250 })
            let notices = try await maildrop(of: Self.anna, at: endpoint(.pop3s))
            #expect(notices.count == 1)
            let data = try #require(notices.first.flatMap { SignedMessage($0) }?.certificationData)
            #expect(
                data.contains("tipo=\"non-accettazione\" errore=\"altro\"") && data.contains("<errore-esteso>5.6.0")
            )
            #expect(await provider.messages(for: Self.bruno.address).isEmpty)
        }
    }

    @Test
    func `a sender that the login does not own is refused with 553, the null reverse-path too`() async throws {
        try await withProvider { provider, endpoint in
            let replies = try await submit(
                mail,
                to: ["bruno@pec.example.it"],
                from: "bruno@pec.example.it",
                at: endpoint(.smtps)
            )
            #expect(replies.map(\.code) == [553])
            #expect(replies[0].description.contains("not owned by user M1234567"))
            #expect(provider.events.all.isEmpty)
        }
    }

    @Test
    func `a wrong password is refused, and nothing is taken without one`() async throws {
        try await withProvider { provider, endpoint in
            let stranger = ProviderWorld.account("anna@pec.example.it", login: "M1234567", "sbagliata")
            await #expect(throws: SMTPClientError.self) {
                _ = try await submit(mail, to: ["bruno@pec.example.it"], as: stranger, at: endpoint(.smtps))
            }
            let client = LineClient(
                try await MailConnector(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(to: endpoint(.smtps), within: .seconds(10))
            )
            #expect(try await client.line().hasPrefix("220"))
            #expect(try await client.say("HELO x").hasPrefix("250"))
            #expect(try await client.say("MAIL FROM:<anna@pec.example.it>").hasPrefix("530"))
            await client.close()
            #expect(provider.events.all.isEmpty)
        }
    }

    @Test
    func `a provider can be told to refuse, and its limits hold`() async throws {
        var behaviour = SimulatedProvider.Behaviour()
        behaviour.maximumOctets = 2000
        behaviour.objection = { _ in
            SMTPReply(550, nil, "MAIL from: \"addr\" blocked \"Class Of Service\" - Too much traffic from this sender")
        }
        try await withProvider(behaviour) { provider, endpoint in
            let refused = try await submit(mail, to: ["bruno@pec.example.it"], at: endpoint(.smtps))
            #expect(refused.map(\.code) == [550])
            let long = mail + [String](repeating: String(repeating: "x", count: 70), count: 50) + [""]
            let large = try await submit(long, to: ["bruno@pec.example.it"], at: endpoint(.smtps))
            #expect(large.map(\.code) == [552])
            #expect(provider.events.all.isEmpty)
        }
    }

    @Test
    func `fields made to break the notices leave them whole`() async throws {
        try await withProvider { provider, endpoint in
            let hostile = [
                "From: anna@pec.example.it", "To: bruno@pec.example.it",
                "Subject: ]]></oggetto><x> \" & \u{1} =?utf-8?B?DQpCY2M6IHhAeS5pdA==?= =?x?Q?=0D=0A?=",
                "Message-ID: <\"a b\"@[x]> =?utf-8?Q?=0D=0AX-Ricevuta:_x?=", "Reply-To: \"\\", "X-TipoRicevuta: \0",
                "Content-Type: multipart/mixed; boundary=\"", "", "--", "------", "x", "",
            ]
            _ = try await submit(hostile, to: ["bruno@pec.example.it"], at: endpoint(.smtps))
            let root = try Fixtures.serverAuthority.get().root
            let messages = await provider.messages(for: Self.anna.address) + provider.messages(for: Self.bruno.address)
            #expect(messages.count == 3)
            for message in messages {
                let signed = try #require(SignedMessage(message))
                _ = try signed.verify(trusting: root, at: SandboxClock().now())
                let header = HeaderSection(ByteBuffer(bytes: message))
                #expect(header.isWellFormed && header.count("Bcc") == 0)
                #expect(header.count("X-Ricevuta") + header.count("X-Trasporto") == 1)
                let data = try #require(signed.certificationData)
                #expect(data.contains("]]&gt;&lt;/oggetto&gt;") && !data.contains("\u{1}"))
            }
        }
    }
}
