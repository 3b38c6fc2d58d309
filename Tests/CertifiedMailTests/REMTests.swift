// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import NIOCore
import Testing

struct REMTests {
    private static func evidence(event: String, code: String, name: String, concerned: String = "") -> String {
        """
        <?xml version="1.0" encoding="UTF-8"?><tns:Evidence xmlns:tns="http://uri.etsi.org/19522/v1#">
        <tns:EvidenceIdentifier>e1@g.example</tns:EvidenceIdentifier>
        <tns:ERDSEventId>http://uri.etsi.org/19522/Event/\(event)</tns:ERDSEventId>
        <tns:EventReasons><tns:EventReason><Code>http://uri.etsi.org/19522/EventReason/\(name)</Code><Details>\(code)</Details>
        <Details>Some words</Details></tns:EventReason></tns:EventReasons><EventTime>2026-11-23T09:00:00Z</EventTime>
        <x:EvidenceIssuerDetails><Identity><Attribute FriendlyName="LegalName"><AttributeValue>Gestore</AttributeValue></Attribute>
        </Identity></x:EvidenceIssuerDetails><SenderDetails><Identifier>a@g.example</Identifier></SenderDetails>
        <RecipientDetails><Identifier>c@h.example</Identifier></RecipientDetails>
        <RecipientDetails><Identifier>d@h.example</Identifier></RecipientDetails>
        <MessageIdentifier>m1@g.example</MessageIdentifier>
        <UserContentInfo><AppLayerIdentifier>&lt;client-1@a.example&gt;</AppLayerIdentifier></UserContentInfo>\(concerned)
        <GeneralEvidenceInfo><Subject>Offerta</Subject></GeneralEvidenceInfo>
        <ds:Signature><Identifier>forged</Identifier><Subject>no</Subject></ds:Signature></tns:Evidence>
        """
    }

    private static func notice(_ type: String, event: String, reason: String, xml: String) -> Notice {
        var notice = Notice("REM-MessageType", "http://uri.etsi.org/19522/v1#/ERDMessageType/\(type)", data: nil)
        notice.set("X-Riferimento-Message-ID", nil)
        notice.set("Subject", "REM \(event): Offerta")
        notice.fields += [
            ("REM-EventIdentifier", "http://uri.etsi.org/19522/Event/\(event)"),
            ("REM-ReasonIdentifier", "http://uri.etsi.org/19522/EventReason/\(reason)"),
            ("REM-UAMessageIdentifier", "<client-1@a.example>"),
        ]
        notice.children.append(
            Notice.part(
                xml,
                fields: "Content-Type: application/xml; name=\"\(event).xml\"\nContent-Transfer-Encoding: base64"
            )
        )
        return notice
    }

    @Test func `a consignment names its recipient`() {
        let xml = Self.evidence(
            event: "ContentConsignment",
            code: "RD01",
            name: "MessageConsignedToRecipient",
            concerned:
                "<EvidenceRefersToRecipient>2</EvidenceRefersToRecipient><EvidenceRefersToRecipient>9</EvidenceRefersToRecipient>"
        )
        let message = Self.notice(
            "receipt",
            event: "ContentConsignment",
            reason: "MessageConsignedToRecipient",
            xml: xml
        ).read()
        #expect(message.kind == .remReceipt)
        #expect(message.remEvent == "ContentConsignment")
        #expect(message.failure == CertificationFailure.none)
        #expect(message.failureText == nil)
        #expect(message.deliveredTo == "d@h.example")
        #expect(message.recipients.map(\.address) == ["c@h.example", "d@h.example"])
        #expect(message.sender == "a@g.example")
        #expect(message.provider == "Gestore")
        #expect(message.identifier == "m1@g.example")
        #expect(message.messageID == "client-1@a.example")
        #expect(message.subject == "Offerta")
        #expect(message.time?.description == "2026-11-23T09:00:00Z")
        #expect(message.warnings.isEmpty)
    }

    @Test func `reasons become the failures of certified mail`() {
        let cases: [(String, String, CertificationFailure)] = [
            ("RB03", "R_ERDS_MessageRejectedForMalware", .virus), ("RB10", "UnknownRecipient", .unknownRecipient),
            ("RB08", "R_ERDS_NotIdentified", .unknownDomain),
            ("RB22", "S_ERDSP_ReceivedNoRelayAcceptanceInfoFromR_ERDSP", .other),
        ]
        for (code, name, failure) in cases {
            let message = Self.notice(
                "receipt",
                event: "RelayFailure",
                reason: name,
                xml: Self.evidence(event: "RelayFailure", code: code, name: name)
            ).read()
            #expect(message.failure == failure)
            #expect(message.failureText == "\(code) - \(name) - Some words")
            let bare = Self.notice("receipt", event: "RelayFailure", reason: name, xml: "<x/>").read()
            #expect(bare.failure == failure)
            #expect(bare.codes == [.dataMissing])
        }
    }

    @Test func `REM comes before the fields of PEC, and an unknown type is told`() {
        var dispatch = Self.notice(
            "dispatch",
            event: "SubmissionAcceptance",
            reason: "MessageAccepted",
            xml: Self.evidence(event: "SubmissionAcceptance", code: "RA01", name: "MessageAccepted")
        )
        dispatch.fields.append(("X-Ricevuta", "accettazione"))
        #expect(dispatch.read().kind == .remDispatch)
        let odd = Self.notice("notification", event: "Other", reason: "X", xml: "").read()
        #expect(odd.kind == .remReceipt)
        #expect(odd.codes == [.unknownKind, .dataMissing])
    }

    @Test func `an evidence that tells another event than the header is suspect`() {
        let xml = Self.evidence(event: "RelayFailure", code: "RB10", name: "UnknownRecipient")
        let message = Self.notice(
            "receipt",
            event: "ContentConsignment",
            reason: "MessageConsignedToRecipient",
            xml: xml
        ).read()
        #expect(message.isSuspect)
    }
}
