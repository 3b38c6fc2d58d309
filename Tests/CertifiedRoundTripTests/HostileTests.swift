// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import MailModel
import Sandbox
import Testing

/// What happens to notices that are forged, changed, or odd: each test says what was done and what came of it.
struct HostileTests {
    private struct Outcome {
        let message: CertifiedMessage
        let signature: SignatureFinding
        /// Why tracking does not believe it; nil when it does.
        let doubt: String?
        var codes: Set<Warning.Code> { Set(message.warnings.map(\.code)) }
    }

    /// The outcome of a flaw in a notice about our message, as tracking sees it.
    private func outcome(
        _ flaw: NoticeFlaw,
        of kind: NoticeKind = .delivery,
        _ dialect: ProviderDialect = .standard,
        at now: Timestamp = RoundTrip.moment
    ) throws -> Outcome {
        try outcome(try RoundTrip.forger(dialect).compose(RoundTrip.notice(kind), flaw), at: now)
    }

    private func outcome(_ octets: [UInt8], at now: Timestamp = RoundTrip.moment) throws -> Outcome {
        let (message, signature) = try RoundTrip.read(RoundTrip.delivered(octets), at: now)
        let receipt = try #require(Receipt(message, finding: signature, account: "anna@pec.example.it"))
        return Outcome(message: message, signature: signature, doubt: receipt.doubt)
    }

    private static let receipts = NoticeKind.certified.filter { $0 != .transportEnvelope }

    @Test(arguments: receipts)
    func `forged by an outsider who knows the Message-ID: read, shown as untrusted, not believed`(
        _ kind: NoticeKind
    ) throws {
        let found = try outcome(.outsider, of: kind)
        #expect(found.signature.state == .untrusted && found.signature.chainProblem != nil)
        #expect(found.signature.signer == "posta-certificata@pec.example.it", "the forger writes any address he likes")
        #expect(found.message.messageID == "client-1@azienda.it")
        #expect(found.doubt?.contains("not trusted") == true)
    }

    @Test
    func `signed by an authority that has all the names of the true one: untrusted, and not believed`() throws {
        let found = try outcome(.sameNames)
        #expect(found.signature.state == .untrusted && found.signature.chainProblem != nil)
        #expect(found.signature.signer == found.message.from)
        #expect(found.doubt?.contains("not trusted") == true)
    }

    @Test(arguments: receipts)
    func `not signed at all: missing, and not believed`(_ kind: NoticeKind) throws {
        let found = try outcome(.unsigned, of: kind)
        #expect(found.signature.state == .missing && found.message.structure == nil)
        #expect(found.codes.contains(.notSigned) && found.message.isSuspect)
        #expect(found.doubt == "it is not signed")
    }

    @Test(arguments: ProviderDialect.all)
    func `a true signature over other octets: invalid, and not believed`(_ dialect: ProviderDialect) throws {
        let found = try outcome(.otherOctets, of: .delivery, dialect)
        #expect(found.signature.state == .invalid && found.signature.digestProblem != nil)
        #expect(found.doubt?.contains("does not hold") == true)
    }

    @Test
    func `one octet changed anywhere in the entity: invalid, and not believed`() throws {
        let genuine = try RoundTrip.composer().compose(RoundTrip.notice(.delivery))
        let range = try #require(try RoundTrip.read(genuine).message.structure?.entity)
        for place in stride(from: range.lowerBound, to: range.upperBound, by: 97) {
            var changed = genuine
            changed[place] = changed[place] == 0x41 ? 0x42 : 0x41
            let (message, signature) = try RoundTrip.read(changed)
            let receipt = Receipt(message, finding: signature, account: "anna@pec.example.it")
            #expect(signature.state != .valid && receipt?.doubt != nil, "octet \(place)")
        }
    }

    @Test
    func `signed by a trusted certificate for another address: valid, and not believed`() throws {
        let found = try outcome(.otherAddress)
        #expect(found.signature.state == .valid && found.signature.signer == "posta-certificata@altro.example")
        #expect(found.message.from == "posta-certificata@pec.example.it")
        #expect(found.doubt?.contains("signed by posta-certificata@altro.example") == true)
    }

    @Test(arguments: [NoticeKind.acceptance, .nonDelivery, .delivery])
    func `a true notice relabelled as another kind in its unsigned fields: contradiction, and not believed`(
        _ kind: NoticeKind
    ) throws {
        let found = try outcome(.relabelled, of: kind)
        #expect(found.signature.state == .valid)
        #expect(found.message.kind == (kind == .delivery ? .acceptance : .delivery))
        #expect(found.codes.contains(.kindDisagrees) && found.message.isSuspect)
        #expect(found.doubt?.hasPrefix("its parts contradict each other") == true)
    }

    @Test
    func `a true notice about another message under fields that name ours: what is signed counts`() throws {
        let found = try outcome(.aboutAnother)
        #expect(found.signature.state == .valid)
        #expect(found.message.messageID == "another-1@client.example")
        #expect(found.message.identifier == "another.sim1.20261123.1@pec.example.it")
        #expect(found.codes.contains(.messageIDDisagrees))
    }

    @Test
    func `data behind the signature: not read, and the message is marked`() throws {
        let found = try outcome(.appended)
        #expect(found.signature.state == .valid && found.message.messageID == "client-1@azienda.it")
        #expect(found.codes.contains(.partsAfterSignature))
    }

    @Test
    func `another provider of the same authority in its own name: valid, and shown as that provider`() throws {
        let found = try outcome(.otherProvider)
        #expect(found.signature.state == .valid && found.doubt == nil, "delivery receipts come from other providers")
        #expect(found.message.provider == "Altro Gestore S.r.l.")
        #expect(found.signature.signer == "posta-certificata@pec.altro-gestore.example")
    }

    @Test
    func `a receipt of a stranger's own certified message that copies our Message-ID moves nothing of ours`() throws {
        let mallory = RoundTrip.address("mallory@pec.example.it")
        let his = RoundTrip.original(sender: mallory)
        let octets = try RoundTrip.composer().compose(RoundTrip.notice(.delivery, about: his))
        let (message, signature) = try RoundTrip.read(octets)
        let receipt = try #require(Receipt(message, finding: signature, account: "anna@pec.example.it"))
        #expect(receipt.doubt == nil && receipt.messageID == "client-1@azienda.it", "it is a true receipt, his own")
        var ours = tracked("anna@pec.example.it")
        let effect = ours.apply(receipt)
        #expect(effect == .disbelieved("it is about a message of mallory@pec.example.it"))
        #expect(ours.recipients[0].state == TrackingState.submitted)
    }

    @Test
    func `a true receipt replayed in another account's box: foreign there, and nothing of that account's`() throws {
        let octets = try RoundTrip.composer().compose(RoundTrip.notice(.delivery))
        let (message, signature) = try RoundTrip.read(octets)
        let own = try #require(Receipt(message, finding: signature, account: "anna@pec.example.it"))
        let replayed = try #require(Receipt(message, finding: signature, account: "bruno@pec.example.it"))
        #expect(own.doubt == nil && replayed.doubt == nil, "its signature holds wherever it lies")
        let annas = tracked("anna@pec.example.it")
        #expect(Matching.choose(own, among: [annas])?.id == annas.id)
        #expect(Matching.choose(replayed, among: [annas]) == nil)
        // He who replays it may have had that account send a message with the same Message-ID.
        var brunos = tracked("bruno@pec.example.it")
        #expect(Matching.choose(replayed, among: [annas, brunos])?.id == brunos.id)
        #expect(brunos.apply(replayed) == .disbelieved("it is about a message of anna@pec.example.it"))
        #expect(brunos.recipients[0].state == .submitted)
    }

    /// A message with the Message-ID of every notice here, which the provider's server took.
    private func tracked(_ account: String) -> TrackedMessage {
        TrackedMessage(
            id: QueueID(arrival: RoundTrip.moment),
            account: account,
            messageID: "client-1@azienda.it",
            senders: [],
            contentDigest: "",
            created: RoundTrip.moment,
            recipients: [
                TrackedRecipient(number: 1, address: RoundTrip.bruno, state: .submitted, since: RoundTrip.moment)
            ]
        )
    }

    @Test(arguments: receipts)
    func `signed with SHA-1: valid, believed, and reported`(_ kind: NoticeKind) throws {
        let found = try outcome(.sha1, of: kind)
        #expect(found.signature.state == .valid && found.signature.digest == "sha1" && found.doubt == nil)
    }

    @Test
    func `a certificate that has ended since it signed: still valid ten years later`() throws {
        let found = try outcome(.expired, at: RoundTrip.moment + .seconds(3650 * 86_400))
        #expect(found.signature.state == .valid && found.doubt == nil)
    }

    @Test
    func `a certificate that had ended when it signed: untrusted, and not believed`() throws {
        let found = try outcome(.signedAfterExpiry)
        #expect(found.signature.state == .untrusted && found.signature.chainProblem?.contains("expired") == true)
        #expect(found.doubt != nil)
    }

    @Test
    func `no signed attributes: valid, at the time that the data tell`() throws {
        let found = try outcome(.noSignedAttributes)
        #expect(found.signature.state == .valid && found.signature.signingTime == nil && found.doubt == nil)
    }

    @Test
    func `data in ISO-8859-1 that say UTF-8: every value is read, with a warning`() throws {
        let found = try outcome(.wrongCharset)
        #expect(found.signature.state == .valid && found.codes == [.charsetWrong])
        #expect(found.message.subject == "Perché: fattura n. 7 & <altro>")
        #expect(found.message.messageID == "client-1@azienda.it")
    }

    @Test
    func `entities that are files and entities that multiply: kept as they are written`() throws {
        let found = try outcome(.entities)
        #expect(found.signature.state == .valid)
        #expect(found.codes.isSuperset(of: [.documentType, .unknownEntity]))
        #expect(found.message.subject == "&file;&a9;Perché: fattura n. 7 & <altro>")
        #expect(found.message.identifier == "sim1.20261123.1@pec.example.it")
    }

    @Test
    func `data without msgid: the identifier of the field counts, with a warning`() throws {
        let found = try outcome(.noMessageID)
        #expect(found.message.messageID == "client-1@azienda.it" && found.message.certification?.messageID == nil)
        #expect(found.codes == [.elementMissing] && found.doubt == nil)
    }

    @Test(arguments: NoticeFlaw.allCases, ProviderDialect.all)
    func `no flaw in any dialect makes a reader take another kind for it, or a forgery for true`(
        _ flaw: NoticeFlaw,
        _ dialect: ProviderDialect
    ) throws {
        let found = try outcome(flaw, of: .nonDelivery, dialect)
        let isForged = [.outsider, .sameNames, .unsigned, .otherOctets, .otherAddress, .relabelled, .signedAfterExpiry]
            .contains(flaw)
        #expect((found.doubt != nil) == isForged, "\(flaw): \(found.doubt ?? "believed")")
        #expect(found.message.kind == (flaw == .relabelled ? .delivery : .nonDelivery))
    }

    @Test
    func `cut off at any place: never valid, and nothing traps`() throws {
        let genuine = try RoundTrip.composer(.oak).compose(RoundTrip.notice(.delivery))
        for end in stride(from: 0, to: genuine.count - 40, by: 211) {
            let (message, signature) = try RoundTrip.read(Array(genuine[..<end]))
            let receipt = Receipt(message, finding: signature, account: "anna@pec.example.it")
            #expect(signature.state != .valid || message.structure?.entity != nil)
            if let receipt { #expect(receipt.doubt != nil, "cut at \(end)") }
        }
    }
}
