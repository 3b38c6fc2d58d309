// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import SMTPServer
import Sandbox
import Testing

@testable import CertifiedIntake

/// What comes in for a certified account: what is put on top of it, and what it does.
@Suite(.timeLimit(.minutes(2)))
struct IntakeTests {
    private func fields(_ octets: [UInt8]) -> HeaderSection {
        var collector = HeaderCollector()
        collector.append(.init(bytes: octets))
        return collector.section
    }

    @Test(arguments: NoticeKind.allCases, [false, true])
    func `a notice reaches Exchange with what was found on top, octet for octet, and its signature holds`(
        _ kind: NoticeKind,
        _ isLarge: Bool
    ) async throws {
        let world = try IntakeWorld()
        let id = try await world.submit()
        let octets = try RoundTrip.composer().compose(RoundTrip.notice(kind))
        let (arrival, _) = try await world.take(octets, isLarge: isLarge)
        let delivered = try await world.delivered(arrival.message.id)
        #expect(Array(delivered.suffix(octets.count)) == octets)
        #expect(delivered.count == arrival.message.size)
        let field = try #require(fields(delivered).first("X-Ceralacca-PEC"))
        let word = kind == .anomaly ? "anomalia" : kind.rawValue
        #expect(field.hasPrefix("kind=\(word); signature="))
        if kind != .anomaly {
            #expect(field.contains("signature=valid; signer=posta-certificata@pec.example.it; digest=sha256"))
            let check = try #require(SignedMessage(delivered))
            #expect(throws: Never.self) {
                try check.verify(trusting: try RoundTrip.authority.get().root, at: RoundTrip.moment)
            }
        }
        #expect(field.contains("believed=yes") == (arrival.certified?.receipt != nil))
        #expect(field.contains("message=\(id)") == (arrival.certified?.receipt != nil))
        #expect(arrival.certified?.digest == IntakeWorld.digest(octets))
        #expect(arrival.certified?.kind == word)
        try await world.close()
    }

    @Test func `receipts move the message through its states`() async throws {
        let world = try IntakeWorld()
        let id = try await world.submit()
        try await world.take(try RoundTrip.composer().compose(RoundTrip.notice(.acceptance)))
        #expect(try await world.states(id) == [.accepted, .accepted, .accepted])
        #expect(try await world.store.tracked(id)?.message.recipients.map(\.isCertified) == [true, false, true])
        try await world.take(try RoundTrip.composer().compose(RoundTrip.notice(.delivery)))
        var failed = RoundTrip.notice(.nonDelivery)
        failed.concerned = RoundTrip.carla
        let (_, outcome) = try await world.take(try RoundTrip.composer().compose(failed))
        #expect(outcome == .receipt(of: id, .moved([2])))
        #expect(try await world.states(id) == [.delivered, .accepted, .failed])
        #expect(try await world.store.tracked(id)?.message.isFinal == true)
        try await world.close()
    }

    @Test(arguments: [NoticeFlaw.outsider, .unsigned, .otherOctets, .otherAddress, .relabelled])
    func `a forged receipt about a message of ours moves nothing, is marked on top, and is delivered`(
        _ flaw: NoticeFlaw
    ) async throws {
        let world = try IntakeWorld(IntakeSettings.Account(tellsSenders: true, digestsAcceptances: true))
        let id = try await world.submit()
        for kind in [NoticeKind.acceptance, .nonAcceptance, .delivery, .nonDelivery] {
            let octets = try RoundTrip.forger().compose(RoundTrip.notice(kind), flaw)
            let (arrival, outcome) = try await world.take(octets)
            let field = try #require(fields(Array(arrival.message.trace.utf8)).first("X-Ceralacca-PEC"))
            #expect(field.contains("believed=no"))
            #expect(!arrival.message.trace.contains("In-Reply-To"), "it is not filed under the message")
            #expect(arrival.recipients.map(\.recipient.forwardPath) == [IntakeWorld.mailbox])
            #expect(arrival.recipients.allSatisfy { $0.state == .waiting })
            #expect(arrival.certified?.waitsForDigest == false)
            if case .receipt(_, .disbelieved) = outcome {} else { Issue.record("\(kind): \(outcome)") }
        }
        #expect(try await world.states(id) == [.submitted, .submitted, .submitted])
        #expect(try await world.store.tracked(id)?.receipts.count == 4)
        // Nor does it hinder the true one.
        try await world.take(try RoundTrip.composer().compose(RoundTrip.notice(.acceptance)))
        #expect(try await world.states(id) == [.accepted, .accepted, .accepted])
        try await world.close()
    }

    @Test func `a true receipt about somebody else's message with our Message-ID moves nothing`() async throws {
        let world = try IntakeWorld()
        let id = try await world.submit()
        let notice = RoundTrip.notice(.acceptance, about: RoundTrip.original(sender: RoundTrip.bruno))
        let (arrival, outcome) = try await world.take(try RoundTrip.composer().compose(notice))
        #expect(arrival.message.trace.contains("signature=valid") && arrival.message.trace.contains("believed=no"))
        #expect(outcome == .receipt(of: id, .disbelieved("it is about a message of bruno@pec.example.it")))
        #expect(try await world.states(id) == [.submitted, .submitted, .submitted])
        try await world.close()
    }

    @Test func `a receipt that says it was signed at another time than such a receipt is signed moves nothing`()
        async throws
    {
        let world = try IntakeWorld()
        let id = try await world.submit()
        let moment = RoundTrip.moment + .seconds(41 * 86_400)
        let notice = RoundTrip.notice(.acceptance, at: moment)
        let (arrival, outcome) = try await world.take(try RoundTrip.composer().compose(notice))
        #expect(arrival.message.trace.contains("signature=valid") && arrival.message.trace.contains("believed=no"))
        guard case .receipt(of: id, .disbelieved(let why)) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(why.hasSuffix(", more than 40 days from its arrival"))
        #expect(try await world.states(id) == [.submitted, .submitted, .submitted])
        let tracked = try #require(try await world.store.tracked(id)?.message)
        let (day, now) = (Duration.seconds(86_400), tracked.created + .seconds(60))
        #expect(SigningTime.doubt(tracked.created - day, tracked, arrival: now) == nil)
        let early = SigningTime.doubt(tracked.created - day - .seconds(1), tracked, arrival: now)
        #expect(early?.hasSuffix(", before its message was there") == true)
        #expect(SigningTime.doubt(nil, tracked, arrival: now) == nil)
        try await world.close()
    }

    @Test func `a receipt whose header alone names our message is about the one that its data name`() async throws {
        let world = try IntakeWorld()
        let id = try await world.submit()
        let octets = try RoundTrip.forger().compose(RoundTrip.notice(.delivery), .aboutAnother)
        let (_, outcome) = try await world.take(octets)
        #expect(outcome == .receipt(of: nil, .none))
        #expect(try await world.states(id) == [.submitted, .submitted, .submitted])
        try await world.close()
    }

    @Test func `a believed receipt goes to who sent the message, and acceptances wait for the digest`() async throws {
        let world = try IntakeWorld(IntakeSettings.Account(tellsSenders: true, digestsAcceptances: true))
        _ = try await world.submit()
        let (acceptance, _) = try await world.take(try RoundTrip.composer().compose(RoundTrip.notice(.acceptance)))
        #expect(acceptance.certified?.waitsForDigest == true)
        let (delivery, _) = try await world.take(try RoundTrip.composer().compose(RoundTrip.notice(.delivery)))
        #expect(delivery.certified?.waitsForDigest == false)
        #expect(
            delivery.recipients.map(\.recipient.forwardPath) == [IntakeWorld.mailbox, IntakeWorld.sender]
        )
        #expect(delivery.recipients.map(\.number) == [0, 1])
        let waiting = try await world.store.digestible(
            account: IntakeWorld.account,
            before: RoundTrip.moment + .seconds(3600),
            limit: 9
        )
        #expect(waiting.map(\.id) == [acceptance.message.id])
        let queued = try await world.store.entry(acceptance.message.id)?.recipients.map(\.state)
        #expect(queued == [.held, .waiting], "who sent the message hears of it at once")
        try await world.close()
    }

    @Test func `a receipt is filed under its message`() async throws {
        let world = try IntakeWorld()
        _ = try await world.submit()
        let (arrival, _) = try await world.take(try RoundTrip.composer().compose(RoundTrip.notice(.delivery)))
        let header = fields(Array(arrival.message.trace.utf8))
        #expect(header.all("In-Reply-To") == ["<client-1@azienda.it>"])
        #expect(header.all("References") == ["<client-1@azienda.it>"])
        try await world.close()
    }

    @Test func `a reply to the provider's identifier is filed under the message that the client sent`() async throws {
        let world = try IntakeWorld()
        _ = try await world.submit()
        try await world.take(try RoundTrip.composer().compose(RoundTrip.notice(.acceptance)))
        let reply = Array(
            "From: bruno@pec.example.it\r\nTo: anna@pec.example.it\r\nSubject: R: fattura\r\nMessage-ID: <r1@x>\r\nIn-Reply-To: <SIM1.20261123.1@pec.example.it>\r\nReferences: <zero@x>\r\n <SIM1.20261123.1@pec.example.it>\r\n\r\nGrazie\r\n"
                .utf8
        )
        let (arrival, _) = try await world.take(reply)
        let header = fields(Array(arrival.message.trace.utf8))
        #expect(header.all("In-Reply-To") == [], "the message has one, which stays")
        #expect(
            header.all("References")
                == ["<zero@x> <client-1@azienda.it> <SIM1.20261123.1@pec.example.it>"]
        )
        // The same reply inside its envelope, whose own header refers to nothing.
        let envelope = CertifiedNotice(
            .transportEnvelope,
            about: OriginalMessage(
                envelope: Envelope(
                    reversePath: .mailbox(RoundTrip.bruno),
                    recipients: [EnvelopeRecipient(RoundTrip.anna)]
                ),
                sender: RoundTrip.bruno,
                octets: reply,
                identifier: "sim1.20261123.9@pec.example.it",
                moment: RoundTrip.moment,
                isCertified: { _ in true }
            ),
            identifier: "sim1.20261123.9@pec.example.it",
            moment: RoundTrip.moment
        )
        let wrapped = try await world.take(try RoundTrip.composer().compose(envelope), isLarge: true).arrival
        let references = fields(Array(wrapped.message.trace.utf8)).all("References")
        #expect(references.count == 1 && references.first?.contains("<client-1@azienda.it>") == true)
        try await world.close()
    }

    @Test func `a field of our name that comes from outside is named on top as none of ours`() async throws {
        let world = try IntakeWorld()
        let forged = "X-Ceralacca-PEC: kind=posta-certificata; signature=valid\r\nFrom: x@y.it\r\n\r\nx\r\n"
        let (arrival, _) = try await world.take(Array(forged.utf8))
        #expect(
            arrival.message.trace.hasSuffix(
                "\r\nX-Ceralacca-PEC: kind=ordinaria; signature=missing; foreign-field=yes\r\n"
            )
        )
        #expect(try await world.delivered(arrival.message.id).suffix(forged.utf8.count).elementsEqual(forged.utf8))
        try await world.close()
    }

    @Test func `a message without a header of its own keeps the empty line in front of its body`() async throws {
        let world = try IntakeWorld()
        var arrival = Arrival(
            message: QueuedMessage(
                id: QueueID(arrival: RoundTrip.moment),
                origin: .account(IntakeWorld.account),
                arrival: RoundTrip.moment,
                reversePath: .null,
                size: 20,
                trace: "Received: x\r\n\r\n"
            ),
            recipients: [],
            body: .octets(.init(string: "no header"))
        )
        let examination = try #require(world.examiner.begin(IntakeWorld.account))
        await world.examiner.complete(&arrival, examination, header: HeaderSection(.init()), digest: "aa")
        #expect(
            arrival.message.trace == "Received: x\r\nX-Ceralacca-PEC: kind=ordinaria; signature=missing\r\n\r\n"
        )
        #expect(arrival.message.size == 20 + "X-Ceralacca-PEC: kind=ordinaria; signature=missing\r\n".utf8.count)
        try await world.close()
    }

    @Test func `mail of other accounts is not examined`() async throws {
        let world = try IntakeWorld()
        #expect(world.examiner.begin("vendite@gmail.example") == nil)
        try await world.close()
    }

    @Test func `the identifiers of a receipt cannot add fields of their own`() async throws {
        let world = try IntakeWorld()
        for id in ["a b@x", "x@y\r\nBcc: z@z", "perché@x", "<x@y>", String(repeating: "a", count: 2000) + "@x"] {
            let original = RoundTrip.original(messageID: id)
            let octets = try RoundTrip.composer().compose(RoundTrip.notice(.delivery, about: original))
            let (arrival, _) = try await world.take(octets)
            let header = fields(Array(arrival.message.trace.utf8))
            #expect(header.count("Bcc") == 0 && header.isWellFormed, "\(id)")
            #expect(arrival.message.trace.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 998 })
        }
        try await world.close()
    }

    @Test(arguments: [1, 1000, 1_000_000])
    func `a copy that a provider forwards is examined alike, in whatever pieces it comes`(_ piece: Int) async throws {
        let world = try IntakeWorld()
        let id = try await world.submit()
        let octets = try RoundTrip.composer().compose(RoundTrip.notice(.acceptance))
        let receiver = world.receiver()
        let envelope = Envelope(reversePath: .null, recipients: [EnvelopeRecipient(RoundTrip.anna)])
        let session = SessionFacts(id: "S1", peer: "192.0.2.1", clientName: "mx.pec.example.it", isExtended: true)
        let intake = await receiver.begin(envelope, session: session)
        var rest = octets[...]
        while !rest.isEmpty {
            await intake.append(ByteBuffer(bytes: rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
        let facts = ContentFacts(octets: octets.count, hasBareLineEnds: false, isEightBit: false)
        #expect(await intake.finish(facts).code == 250)
        let entry = try #require(try await world.store.list(.open, limit: 10).first)
        #expect(entry.message.origin == .provider)
        #expect(entry.message.trace.contains("X-Ceralacca-PEC: kind=accettazione; signature=valid;"))
        #expect(entry.message.trace.contains("In-Reply-To: <client-1@azienda.it>\r\n"))
        #expect(try await Array(world.delivered(entry.message.id).suffix(octets.count)) == octets)
        #expect(try await world.states(id) == [.accepted, .accepted, .accepted])
        try await world.close()
    }
}
