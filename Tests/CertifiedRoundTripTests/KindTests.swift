// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import MailModel
import Sandbox
import Testing

struct KindTests {
    /// What each dialect does that the standard does not have.
    private static let oddities: [String: Set<Warning.Code>] = [
        "standard": [], "oak": [.elementMissing], "linden": [], "cypress": [.leadingText],
        "beech": [.elementMissing, .strayText], "pine": [], "willow": [.documentType, .processingInstruction],
    ]

    private static let kinds: [NoticeKind: MessageKind] = [
        .acceptance: .acceptance, .nonAcceptance: .nonAcceptance, .transportEnvelope: .transportEnvelope,
        .takeCharge: .takeCharge, .delivery: .delivery, .nonDelivery: .nonDelivery,
        .nonDeliveryWarning: .nonDeliveryWarning, .virusDetection: .virusDetection, .anomaly: .anomaly,
    ]

    @Test(arguments: ProviderDialect.all, NoticeKind.certified)
    func `every kind in every dialect is read back with every value, its signature valid`(
        _ dialect: ProviderDialect,
        _ kind: NoticeKind
    ) throws {
        let notice = RoundTrip.notice(kind)
        let octets = RoundTrip.delivered(try RoundTrip.composer(dialect).compose(notice))
        let (message, signature) = try RoundTrip.read(octets)
        #expect(message.kind == Self.kinds[kind])
        #expect(message.failure == CertificationFailure.none)
        #expect(message.sender == "anna@pec.example.it")
        #expect(
            message.recipients == [
                CertifiedRecipient(address: "bruno@pec.example.it", isCertified: true),
                CertifiedRecipient(address: "ditta@example.com", isCertified: false),
                CertifiedRecipient(address: "carla@altro-pec.example", isCertified: true),
            ]
        )
        #expect(message.subject == "Perché: fattura n. 7 & <altro>")
        #expect(message.provider == "Gestore Simulato S.p.A.")
        #expect(message.identifier == "sim1.20261123.1@pec.example.it")
        #expect(message.messageID == "client-1@azienda.it")
        #expect(message.time?.description == "2026-11-23T11:00:00+01:00")
        #expect(message.time?.timestamp == RoundTrip.moment)
        #expect(message.ownMessageID == notice.identifier)
        #expect(message.from == "posta-certificata@pec.example.it")
        #expect(message.deliveredTo == notice.concerned?.description)
        #expect(message.certification?.takenInCharge == notice.takenInCharge.map(\.description))
        #expect(message.failureText == nil && !message.isVirusNotice && !message.isSuspect)
        let hasType = kind == .transportEnvelope || kind == .delivery
        #expect(message.receiptType?.rawValue == (hasType ? "completa" : nil))
        #expect(Set(message.warnings.map(\.code)) == Self.oddities[dialect.name], "\(message.warnings)")
        #expect(signature.state == .valid, "\(signature)")
        #expect(signature.signer == message.from)
        #expect(signature.digest == dialect.digest.rawValue)
        #expect(signature.signingTime == RoundTrip.moment)
        let original = message.structure?.original.map { Array(octets[$0]) }
        #expect(original == (hasType ? notice.original.certified : nil))
    }

    @Test(arguments: ProviderDialect.all)
    func `an anomaly envelope is one, signed or not, and a certified message inside it is not looked at`(
        _ dialect: ProviderDialect
    ) throws {
        let composer = try RoundTrip.composer(dialect)
        let inner = try composer.compose(RoundTrip.notice(.transportEnvelope))
        let wrapped = OriginalMessage(
            envelope: Envelope(
                reversePath: .mailbox(RoundTrip.ditta),
                recipients: [EnvelopeRecipient(RoundTrip.bruno)]
            ),
            sender: RoundTrip.ditta,
            octets: inner,
            identifier: "sim1.9@pec.example.it",
            moment: RoundTrip.moment,
            isCertified: { _ in false }
        )
        let (message, signature) = try RoundTrip.read(try composer.compose(RoundTrip.notice(.anomaly, about: wrapped)))
        #expect(message.kind == .anomaly)
        #expect(message.certification == nil && message.identifier == nil && message.failure == nil)
        #expect(message.subject == "POSTA CERTIFICATA: Perché: fattura n. 7 & <altro>")
        #expect(message.ownMessageID == "sim1.20261123.1@pec.example.it")
        #expect(signature.state == (dialect.signsAnomalies ? .valid : .missing))
    }

    @Test
    func `summer time is read with its own zone, and is the same moment`() throws {
        let summer = Timestamp(milliseconds: 1_782_000_000_000)  // 2026-06-21T00:00:00Z
        let composer = try RoundTrip.composer(.linden)
        let original = RoundTrip.original(at: summer)
        let (message, signature) = try RoundTrip.read(
            try composer.compose(RoundTrip.notice(.acceptance, about: original, at: summer))
        )
        #expect(message.time?.description == "2026-06-21T02:00:00+02:00")
        #expect(message.time?.timestamp == summer)
        #expect(signature.state == .untrusted, "the certificate was not yet valid")
    }

    @Test(arguments: ProviderDialect.all, ["completa", "breve", "sintetica"])
    func `a delivery receipt says how much it returns, and returns that`(
        _ dialect: ProviderDialect,
        _ type: String
    ) throws {
        let original = RoundTrip.original(receiptType: type)
        for (recipient, expected) in [(RoundTrip.bruno, type), (RoundTrip.carla, "sintetica")] {
            var notice = RoundTrip.notice(.delivery, about: original)
            notice.concerned = recipient
            let octets = try RoundTrip.composer(dialect).compose(notice)
            let (message, signature) = try RoundTrip.read(octets)
            #expect(message.receiptType?.rawValue == expected)
            #expect(message.deliveredTo == recipient.description && message.concerned == [recipient.description])
            #expect(signature.state == .valid)
            let returned = message.structure?.original.map { String(decoding: octets[$0], as: UTF8.self) }
            switch expected {
            case "completa": #expect(returned.map { Array($0.utf8) } == original.certified)
            case "breve":
                #expect(returned?.contains("Perché no?") == true && returned?.contains("QUJD") == false)
                // sha1sum of the four characters of base 64
                #expect(returned?.contains("b7eceac98410d063105b40aaeea98ae29db56953") == true)
            default: #expect(returned == nil)
            }
        }
    }

    @Test(arguments: ProviderDialect.all)
    func `a transport envelope asks for the receipt type of its original`(_ dialect: ProviderDialect) throws {
        let original = RoundTrip.original(receiptType: "breve")
        let octets = try RoundTrip.composer(dialect).compose(RoundTrip.notice(.transportEnvelope, about: original))
        let (message, _) = try RoundTrip.read(octets)
        #expect(message.receiptType?.rawValue == "breve")
        #expect(message.structure?.original.map { Array(octets[$0]) } == original.certified, "it carries the whole")
    }
}
