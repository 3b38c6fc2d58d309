// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

@testable import Sandbox

struct ScriptedProviderTests {
    /// A provider's core under a script, with a clock that is moved by hand; accounts anna@ and bruno@pec.example.it, and a peer.
    private struct World {
        let clock = SimulatedClock(at: Fixtures.moment)
        let core: ProviderCore
        let anna = ProviderWorld.account("anna@pec.example.it", login: nil, "segreto-a")
        let bruno = Fixtures.address("bruno@pec.example.it")

        init(_ script: RecipientScript = .named, isRegistered: Bool = false) throws {
            let identifiers = ProviderIdentifiers(domain: Fixtures.profile.domain, clock: clock, prefix: "sim1")
            let peer = ProviderProfile(name: "Altro Gestore S.r.l.", domain: "altro-pec.example")
            let composer = NoticeComposer(provider: peer, signer: try Self.peerSigner.get(), dialect: .oak)
            let certified = CertifiedVoice(
                own: try Fixtures.composer(),
                peers: [peer.domain: composer],
                identifiers: identifiers
            )
            let registered = RegisteredVoice(composer: try Self.registered.get(), identifiers: identifiers)
            core = ProviderCore(
                profile: Fixtures.profile,
                accounts: ProviderAccounts([anna, ProviderAccount(address: bruno, password: Secret("segreto-b"))]),
                voice: isRegistered ? registered : certified,
                maildrops: Maildrops(),
                events: Arrivals(),
                clock: clock,
                identifiers: identifiers,
                certifiedDomains: ["muto-pec.example"],
                maximumTotal: .megabytes(1),
                script: script,
                peers: [peer.domain],
                root: try Fixtures.authority.get().root
            )
        }

        private static let peerSigner = Result { () throws -> NoticeSigner in
            let address = Fixtures.address("posta-certificata@altro-pec.example")
            return NoticeSigner(
                identity: try Fixtures.authority.get().providerIdentity(name: "Altro Gestore", serviceAddress: address)
            )
        }
        private static let registered = Result {
            try RegisteredComposer(provider: Fixtures.profile, authority: Fixtures.authority.get())
        }

        /// Submits a message to `recipients`, all in To.
        func submit(to recipients: [String], body: String = "Testo") async -> SMTPReply {
            let text =
                "From: anna@pec.example.it\r\nTo: \(recipients.joined(separator: ", "))\r\nSubject: Prova\r\n"
                + "Message-ID: <id-1@client.example>\r\n\r\n\(body)\r\n"
            let envelope = Envelope(
                reversePath: .mailbox(anna.address),
                recipients: recipients.map { EnvelopeRecipient(Fixtures.address($0)) }
            )
            return await core.submit(Array(text.utf8), envelope: envelope, account: anna)
        }

        /// What the maildrop of `address` holds.
        func notices(_ address: AddrSpec? = nil) async throws -> [Found] {
            let root = try Fixtures.authority.get().root
            let messages = await core.maildrops.messages(for: address ?? anna.address)
            return try messages.map { try Found($0.octets, root: root, at: clock.now()) }
        }
    }

    /// A notice in a maildrop, whose signature holds.
    private struct Found {
        let kind: String
        let from: String
        let data: String

        init(_ message: [UInt8], root: Certificate, at moment: Timestamp) throws {
            let header = HeaderSection(ByteBuffer(bytes: message))
            let signed = try #require(SignedMessage(message))
            let check = try signed.verify(trusting: root, at: moment)
            from = check.signer ?? ""
            data = signed.certificationData ?? ""
            let reason = header.first("REM-ReasonIdentifier")?.split(separator: "/").last.map(String.init)
            kind = header.first("X-Ricevuta") ?? header.first("X-Trasporto") ?? reason ?? ""
            #expect(header.first("From")?.contains(from) == true)
        }
    }

    @Test(arguments: [
        ("unknown@pec.example.it", "no-dest", "5.1.1 - Gestore Simulato S.p.A. - indirizzo non valido"),
        ("nobody@pec.example.it", "no-dest", "5.1.1 - Gestore Simulato S.p.A. - indirizzo non valido"),
        ("full@pec.example.it", "altro", "5.2.2 - Gestore Simulato S.p.A. - ecceduta la quota"),
        ("disabled@altro-pec.example", "altro", "5.2.1 - Altro Gestore S.r.l. - casella disattivata"),
        ("unknown@altro-pec.example", "altro", "5.1.1 - Altro Gestore S.r.l. - indirizzo non valido"),
        ("a@nowhere.example", "no-dominio", "5.1.2 - Gestore Simulato S.p.A. - dominio inesistente"),
    ])
    func `a recipient that fails gives an acceptance and a non-delivery notice by the one who knows`(
        _ recipient: String,
        _ failure: String,
        _ detail: String
    ) async throws {
        let world = try World()
        #expect(await world.submit(to: [recipient]).code == 250)
        let notices = try await world.notices()
        #expect(notices.map(\.kind) == ["accettazione", "errore-consegna"])
        let data = try #require(notices.last?.data)
        #expect(data.contains("errore=\"\(failure)\"") && data.contains("<errore-esteso>\(detail)"))
        #expect(data.contains("<consegna>\(recipient)</consegna>"))
        let isPeers = detail.contains("Altro Gestore")
        #expect(notices.last?.from == "posta-certificata@\(isPeers ? "altro-pec.example" : "pec.example.it")")
        #expect(await world.core.pending.count == 0)
    }

    @Test
    func `a recipient at another provider is taken in charge and delivered to in that provider's name`() async throws {
        let world = try World()
        _ = await world.submit(to: ["carla@altro-pec.example"])
        let service = try await world.notices(Fixtures.profile.serviceAddress)
        #expect(service.map(\.kind) == ["presa-in-carico"])
        #expect(service.first?.data.contains("<ricezione>carla@altro-pec.example</ricezione>") == true)
        let notices = try await world.notices()
        #expect(notices.map(\.kind) == ["accettazione", "avvenuta-consegna"])
        #expect(
            notices.map(\.from) == ["posta-certificata@pec.example.it", "posta-certificata@altro-pec.example"]
        )
        #expect(notices.last?.data.contains("<identificativo>sim1.") == true, "the sender's provider's identifier")
    }

    @Test
    func `a silent recipient makes two notices fall due, at 12 and at 24 hours, and no third`() async throws {
        let world = try World()
        _ = await world.submit(to: ["slow@muto-pec.example"])
        world.clock.advance(by: .seconds(12 * 3600 - 1))
        await world.core.issueDue()
        #expect(try await world.notices().map(\.kind) == ["accettazione"])
        world.clock.advance(by: .seconds(1))
        await world.core.issueDue()
        await world.core.issueDue()
        let first = try await world.notices()
        #expect(first.map(\.kind) == ["accettazione", "preavviso-errore-consegna"])
        #expect(first.last?.data.contains("<errore-esteso>4.4.1") == true)
        #expect(first.last?.data.contains("<ora>23:00:00</ora>") == true)
        world.clock.advance(by: .seconds(30 * 3600))
        await world.core.issueDue()
        let all = try await world.notices()
        #expect(all.count == 3 && all.last?.kind == "preavviso-errore-consegna")
        #expect(all.last?.data.contains("<errore-esteso>5.4.1 - Gestore Simulato S.p.A. - il messaggio") == true)
        #expect(all.last?.data.contains("<giorno>24/11/2026</giorno>") == true, "the moment at which it fell due")
        #expect(await world.core.pending.count == 0)
    }

    @Test
    func `a late delivery comes after the first notice, and keeps the second from falling due`() async throws {
        let world = try World()
        _ = await world.submit(to: ["late@pec.example.it"])
        world.clock.advance(by: .seconds(48 * 3600))
        await world.core.issueDue()
        let notices = try await world.notices()
        #expect(notices.map(\.kind) == ["accettazione", "preavviso-errore-consegna", "avvenuta-consegna"])
        let late = try await world.notices(Fixtures.address("late@pec.example.it"))
        #expect(late.map(\.kind) == ["posta-certificata"])
    }

    @Test
    func `a message that is stuck after it was taken in charge gives the notice of 24 hours alone`() async throws {
        let world = try World()
        _ = await world.submit(to: ["stuck@altro-pec.example"])
        #expect(try await world.notices(Fixtures.profile.serviceAddress).map(\.kind) == ["presa-in-carico"])
        world.clock.advance(by: .seconds(25 * 3600))
        await world.core.issueDue()
        let notices = try await world.notices()
        #expect(notices.map(\.kind) == ["accettazione", "preavviso-errore-consegna"])
        #expect(notices.last?.data.contains("5.4.1") == true)
    }

    @Test
    func `the notices that are due are there when the maildrop is opened`() async throws {
        let world = try World()
        _ = await world.submit(to: ["slow@pec.example.it"])
        world.clock.advance(by: .seconds(13 * 3600))
        _ = await world.submit(to: ["bruno@pec.example.it"])
        let kinds = try await world.notices().map(\.kind)
        #expect(kinds == ["accettazione", "preavviso-errore-consegna", "accettazione", "avvenuta-consegna"])
    }

    @Test
    func `a virus found at the access point refuses the message, as it stands or in base 64`() async throws {
        let file = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD" + "-ANTIVIRUS-TEST-FILE!$H+H*"
        for body in [file, Base64.encode(file.utf8), Base64.encode("x\(file)".utf8), Base64.encode("xy\(file)".utf8)] {
            let world = try World()
            #expect(await world.submit(to: ["bruno@pec.example.it"], body: body).code == 250)
            let notices = try await world.notices()
            #expect(notices.map(\.kind) == ["non-accettazione"])
            #expect(notices.first?.data.contains("errore=\"virus\"") == true)
            let message = await world.core.maildrops.messages(for: world.anna.address)[0].octets
            let header = HeaderSection(ByteBuffer(bytes: message))
            #expect(header.first("X-VerificaSicurezza") == "errore")
            #expect(header.first("Subject") == "AVVISO DI NON ACCETTAZIONE PER VIRUS: Prova")
            #expect(try await world.notices(world.bruno).isEmpty)
        }
    }

    @Test
    func `a virus found at the recipient's provider is told to the sender's, which tells the sender`() async throws {
        let world = try World()
        _ = await world.submit(to: ["virus@altro-pec.example"])
        let service = try await world.notices(Fixtures.profile.serviceAddress)
        #expect(service.map(\.kind) == ["rilevazione-virus"])
        #expect(service.first?.from == "posta-certificata@altro-pec.example")
        let detection = await world.core.maildrops.messages(for: Fixtures.profile.serviceAddress)[0].octets
        #expect(HeaderSection(ByteBuffer(bytes: detection)).first("X-Mittente") == "anna@pec.example.it")
        let notices = try await world.notices()
        #expect(notices.map(\.kind) == ["accettazione", "errore-consegna"])
        #expect(notices.last?.data.contains("errore=\"virus\"") == true)
        #expect(notices.last?.from == "posta-certificata@pec.example.it")
    }

    @Test
    func `a closed mailbox makes the access point refuse the whole message, and the notice names it`() async throws {
        let world = try World()
        #expect(await world.submit(to: ["bruno@pec.example.it", "closed@muto-pec.example"]).code == 250)
        let notices = try await world.notices()
        #expect(notices.map(\.kind) == ["non-accettazione"])
        let words = " - la casella closed@muto-pec.example appartiene ad un dominio non ammesso dalla policy"
        #expect(notices.first?.data.contains(words) == true)
        #expect(try await world.notices(world.bruno).isEmpty)
    }

    @Test
    func `ordinary mail and a forged envelope come in as anomalies, a true envelope as it is`() async throws {
        let world = try World()
        let outside = Envelope(
            reversePath: .mailbox(Fixtures.address("ditta@example.com")),
            recipients: [EnvelopeRecipient(world.bruno), EnvelopeRecipient(Fixtures.address("no@pec.example.it"))]
        )
        let ordinary = Array("From: ditta@example.com\r\nTo: bruno@pec.example.it\r\nSubject: x\r\n\r\nx\r\n".utf8)
        let forger = NoticeForger(imitating: try Fixtures.composer(), authority: try Fixtures.authority.get())
        let forged = try forger.compose(Fixtures.notice(.transportEnvelope), .outsider)
        let genuine = try Fixtures.composer().compose(Fixtures.notice(.transportEnvelope))
        for message in [ordinary, forged, genuine] { try await world.core.receive(message, outside) }
        #expect(try await world.notices(world.bruno).map(\.kind) == ["errore", "errore", "posta-certificata"])
        let drop = await world.core.maildrops.messages(for: world.bruno)
        let last = try #require(drop.last?.octets)
        #expect(last.suffix(genuine.count).elementsEqual(genuine))
        #expect(await world.core.maildrops.messages(for: Fixtures.address("no@pec.example.it")).isEmpty)
    }

    @Test
    func `the same story in registered mail has dispatches and receipts with their reasons`() async throws {
        let world = try World(isRegistered: true)
        _ = await world.submit(to: [
            "bruno@pec.example.it", "full@pec.example.it", "ditta@example.com", "slow@pec.example.it",
        ])
        #expect(
            try await world.notices().map(\.kind) == [
                "MessageAccepted", "MessageConsignedToRecipient", "MessageNotConsignedForQuota",
                "MessageRelayedToNonERDS",
            ]
        )
        #expect(try await world.notices(world.bruno).map(\.kind) == ["MessageAccepted"])
        world.clock.advance(by: .seconds(25 * 3600))
        await world.core.issueDue()
        let kinds = try await world.notices().map(\.kind)
        #expect(kinds.count == 5 && kinds.last == "S_ERDSP_ReceivedNoRelayAcceptanceInfoFromR_ERDSP")
        #expect(await world.submit(to: ["closed@pec.example.it"]).code == 250)
        #expect(try await world.notices().last?.kind == "InvalidMessageFormat")
    }

    @Test
    func `a script knows addresses before local parts before domains, letters without case`() {
        let script = RecipientScript([
            "Anna@PEC.it": .silent, "anna@": .stuck, "@pec.it": .closed, "@altra.it": .delivers,
        ])
        #expect(script[Fixtures.address("ANNA@pec.it")] == .silent)
        #expect(script[Fixtures.address("anna@altra.it")] == .stuck)
        #expect(script[Fixtures.address("bruno@PEC.it")] == .closed)
        #expect(script[Fixtures.address("bruno@terza.it")] == nil)
    }
}
