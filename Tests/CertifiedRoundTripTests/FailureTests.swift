// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import MailModel
import Sandbox
import Testing

struct FailureTests {
    private func read(_ notice: CertifiedNotice, _ dialect: ProviderDialect) throws -> CertifiedMessage {
        let (message, signature) = try RoundTrip.read(try RoundTrip.composer(dialect).compose(notice))
        #expect(signature.state == .valid && signature.signer == message.from)
        #expect(message.messageID == "client-1@azienda.it")
        return message
    }

    private static let reasons: [DeliveryFault: FailureDetail.Reason] = [
        .unknownBox: .unknownAddress, .fullBox: .mailboxFull, .disabledBox: .mailboxDisabled,
        .unknownDomain: .unknownDomain, .virus: .virus, .twelveHours: .timeout, .twentyFourHours: .timeout,
    ]
    private static let codes: [DeliveryFault: String] = [
        .unknownBox: "5.1.1", .fullBox: "5.2.2", .disabledBox: "5.2.1", .unknownDomain: "5.1.2", .virus: "5.5.1",
        .twelveHours: "4.4.1", .twentyFourHours: "5.4.1",
    ]
    private static let failures: [DeliveryFault: CertificationFailure] = [
        .fullBox: .other, .disabledBox: .other, .unknownDomain: .unknownDomain, .virus: .virus, .twelveHours: .other,
        .twentyFourHours: .other,
    ]

    @Test(arguments: ProviderDialect.all, DeliveryFault.allCases)
    func `every reason for which a message does not arrive is told, by code and by words`(
        _ dialect: ProviderDialect,
        _ fault: DeliveryFault
    ) throws {
        let notice = CertifiedNotice.undelivered(
            fault,
            RoundTrip.bruno,
            about: RoundTrip.original(),
            by: try RoundTrip.composer(dialect),
            identifier: "sim1.5@pec.example.it",
            moment: RoundTrip.moment
        )
        let message = try read(notice, dialect)
        let isLate = fault == .twelveHours || fault == .twentyFourHours
        #expect(message.kind == (isLate ? .nonDeliveryWarning : .nonDelivery))
        let unknown: CertificationFailure = dialect.unknownBox == .other ? .other : .unknownRecipient
        #expect(message.failure == Self.failures[fault, default: unknown])
        #expect(message.deliveredTo == "bruno@pec.example.it")
        #expect(message.failureText == notice.detail)
        let detail = try #require(message.failureDetail)
        #expect(detail.reason == Self.reasons[fault], "\(detail)")
        let hasCode = dialect.detail != .words
        #expect(detail.code == (hasCode ? Self.codes[fault] : nil))
        #expect(detail.provider == (hasCode ? "Gestore Simulato S.p.A." : nil))
        #expect(message.isVirusNotice == (fault == .virus))
        switch fault {
        case .twelveHours: #expect(message.timeoutStage == .twelveHours)
        case .twentyFourHours: #expect(message.timeoutStage == .twentyFourHours)
        case .unknownBox, .fullBox, .disabledBox, .unknownDomain, .virus: #expect(message.timeoutStage == nil)
        }
    }

    @Test(arguments: ProviderDialect.all)
    func `a refusal names each of its faults, one for one`(_ dialect: ProviderDialect) throws {
        let faults = [
            "il destinatario dario@pec.example.it non è presente nei campi To e Cc",
            "il campo Bcc (copia nascosta) contiene destinatari",
            "la casella x@y.it appartiene ad un dominio non ammesso dalla policy di servizio",
        ]
        let notice = CertifiedNotice.refused(
            faults,
            about: RoundTrip.original(),
            by: try RoundTrip.composer(dialect),
            identifier: "sim1.6@pec.example.it",
            moment: RoundTrip.moment
        )
        let message = try read(notice, dialect)
        #expect(message.kind == .nonAcceptance && message.failure == .other && message.deliveredTo == nil)
        #expect(message.failureDetail?.reasons == faults)
        #expect(message.failureDetail?.code == (dialect.detail == .words ? nil : "5.6.0"))
        #expect(message.failureText == notice.detail)
    }

    @Test(arguments: ProviderDialect.all)
    func `a virus refused at the access point and one detected elsewhere are told apart from faults`(
        _ dialect: ProviderDialect
    ) throws {
        let refusal = CertifiedNotice.infected(
            "Eicar-Test-Signature",
            about: RoundTrip.original(),
            by: try RoundTrip.composer(dialect),
            identifier: "sim1.7@pec.example.it",
            moment: RoundTrip.moment
        )
        let refused = try read(refusal, dialect)
        #expect(refused.kind == .nonAcceptance && refused.failure == .virus && refused.isVirusNotice)
        #expect(refused.failureDetail?.reason == .virus)
        #expect(refused.failureText?.hasSuffix("Eicar-Test-Signature") == true)
        let detection = CertifiedNotice.detected(
            RoundTrip.bruno,
            about: RoundTrip.original(),
            by: try RoundTrip.composer(dialect),
            to: RoundTrip.address("posta-certificata@altro-pec.example"),
            identifier: "sim1.8@pec.example.it",
            moment: RoundTrip.moment
        )
        let detected = try read(detection, dialect)
        #expect(detected.kind == .virusDetection && detected.failure == .virus && detected.isVirusNotice)
    }

    @Test(arguments: ProviderDialect.all)
    func `a receipt of taking in charge names the addresses taken`(_ dialect: ProviderDialect) throws {
        let notice = CertifiedNotice.taken(
            [RoundTrip.carla, RoundTrip.bruno],
            about: RoundTrip.original(),
            to: RoundTrip.provider.serviceAddress,
            identifier: "sim1.8@pec.example.it",
            moment: RoundTrip.moment
        )
        let message = try read(notice, dialect)
        #expect(message.kind == .takeCharge)
        #expect(message.concerned == ["carla@altro-pec.example", "bruno@pec.example.it"])
    }
}
