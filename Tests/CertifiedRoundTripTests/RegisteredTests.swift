// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import MailModel
import Sandbox
import Testing

struct RegisteredTests {
    private static let composer = Result {
        try RegisteredComposer(provider: RoundTrip.provider, authority: RoundTrip.authority.get())
    }

    @Test(arguments: RegisteredEvent.allCases, RegisteredReason.allCases)
    func `every receipt of registered mail is read back with every value, its signature valid`(
        _ event: RegisteredEvent,
        _ reason: RegisteredReason
    ) throws {
        let original = RoundTrip.original()
        let notice = RegisteredNotice(
            event,
            reason,
            about: original,
            concerning: [RoundTrip.carla],
            identifier: "rem1.2@pec.example.it",
            moment: RoundTrip.moment
        )
        let (message, signature) = try RoundTrip.read(try Self.composer.get().compose(notice))
        #expect(message.kind == .remReceipt && message.remEvent == event.rawValue)
        #expect(message.evidence?.reasons.map(\.code) == [reason.code])
        #expect(message.evidence?.reasons.map(\.name) == [reason.rawValue])
        #expect(message.sender == "anna@pec.example.it")
        let addresses = ["bruno@pec.example.it", "ditta@example.com", "carla@altro-pec.example"]
        #expect(message.recipients.map(\.address) == addresses)
        #expect(message.concerned == ["carla@altro-pec.example"])
        #expect(message.deliveredTo == "carla@altro-pec.example")
        #expect(message.subject == "Perché: fattura n. 7 & <altro>")
        #expect(message.provider == "Gestore Simulato S.p.A.")
        #expect(message.identifier == "sim1.20261123.1@pec.example.it")
        #expect(message.messageID == "client-1@azienda.it")
        #expect(message.time?.description == "2026-11-23T10:00:00Z")
        #expect(message.ownMessageID == "rem1.2@pec.example.it")
        #expect(message.warnings.isEmpty && !message.isSuspect, "\(message.warnings)")
        #expect(signature.state == .valid && signature.signer == "rem-service@pec.example.it")
        #expect(signature.signer == message.from && signature.digest == "sha256")
    }

    @Test
    func `a dispatch is read back, and the digest of its evidence is that of the original it carries`() throws {
        let original = RoundTrip.original()
        let octets = try Self.composer.get().compose(RegisteredNotice(dispatching: original))
        let (message, signature) = try RoundTrip.read(octets)
        #expect(message.kind == .remDispatch && message.remEvent == "SubmissionAcceptance")
        #expect(message.failure == CertificationFailure.none)
        #expect(message.ownMessageID == original.identifier && message.identifier == original.identifier)
        #expect(message.warnings.isEmpty, "\(message.warnings)")
        #expect(signature.state == .valid && signature.signer == message.from)
        let range = try #require(message.structure?.original)
        let carried = Array(octets[range])
        #expect(String(decoding: carried, as: UTF8.self).contains("REM-UAMessageIdentifier: <client-1@azienda.it>"))
        #expect(message.evidence?.digest == (try Digests.sha256(carried)))
        #expect(message.evidence?.digestAlgorithm == "http://www.w3.org/2001/04/xmlenc#sha256")
    }

    @Test(arguments: [
        (RegisteredReason.malwareFound, CertificationFailure.virus), (.rejectedForMalware, .virus), (.quota, .other),
        (.unregisteredRecipient, .unknownRecipient), (.notIdentified, .unknownDomain), (.consigned, .none),
    ])
    func `reasons of registered mail come to the words of certified mail`(
        _ reason: RegisteredReason,
        _ failure: CertificationFailure
    ) throws {
        let notice = RegisteredNotice(
            .contentConsignmentFailure,
            reason,
            about: RoundTrip.original(),
            concerning: [RoundTrip.bruno],
            identifier: "rem1.3@pec.example.it",
            moment: RoundTrip.moment
        )
        let (message, _) = try RoundTrip.read(try Self.composer.get().compose(notice))
        #expect(message.failure == failure)
        #expect(message.isVirusNotice == (failure == .virus))
        #expect((message.failureText == nil) == (failure == .none))
    }

    @Test
    func `mail from outside in a dispatch is known as such`() throws {
        let notice = RegisteredNotice(dispatching: RoundTrip.original(), isExternal: true)
        let (message, signature) = try RoundTrip.read(try Self.composer.get().compose(notice))
        #expect(message.kind == .remDispatch && message.remEvent == "ReceivedFromNonERDS")
        #expect(message.subject == "Perché: fattura n. 7 & <altro>")
        #expect(signature.state == .valid)
    }
}
