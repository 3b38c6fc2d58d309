// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

@testable import Sandbox

struct RegisteredMailTests {
    private static let composer = Result {
        try RegisteredComposer(provider: Fixtures.profile, authority: Fixtures.authority.get())
    }

    private func receipt(_ event: RegisteredEvent, _ reason: RegisteredReason) -> RegisteredNotice {
        RegisteredNotice(
            event,
            reason,
            about: Fixtures.original(recipients: ["bruno@pec.example.it", "carla@pec.example.it"]),
            concerning: [Fixtures.address("carla@pec.example.it")],
            identifier: "rem1.2@pec.example.it",
            moment: Fixtures.moment
        )
    }

    private func evidence(_ signed: SignedMessage, _ event: RegisteredEvent) throws -> String {
        let part = try #require(
            MIMEEntity(signed.entity[...]).parts.first {
                $0.parameter("name", of: "Content-Type") == "\(event.rawValue).xml"
            }
        )
        #expect(part.header.first("REM-Section-Type") == "rem_message/xml_evidence")
        let text = part.body.filter { $0 != 0x0D && $0 != 0x0A }
        return String(decoding: try #require(Base64.decode(String(decoding: text, as: UTF8.self))), as: UTF8.self)
    }

    @Test(arguments: RegisteredEvent.allCases, RegisteredReason.allCases)
    func `every receipt is signed by rem-service and carries the evidence of its event`(
        _ event: RegisteredEvent,
        _ reason: RegisteredReason
    ) throws {
        let message = try Self.composer.get().compose(receipt(event, reason))
        let header = HeaderSection(ByteBuffer(bytes: message))
        #expect(header.isWellFormed && header.count("Reply-To") == 0 && header.count("X-Ricevuta") == 0)
        #expect(header.first("Subject") == "REM \(event.rawValue): Fattura n. 7 & altro")
        #expect(header.first("REM-MessageType") == "http://uri.etsi.org/19522/v1#/ERDMessageType/receipt")
        #expect(header.first("REM-EventIdentifier") == "http://uri.etsi.org/19522/Event/\(event.rawValue)")
        #expect(header.first("REM-ReasonIdentifier") == "http://uri.etsi.org/19522/EventReason/\(reason.rawValue)")
        #expect(header.first("REM-UAMessageIdentifier") == "<client-1@azienda.it>")
        let signed = try #require(SignedMessage(message))
        let check = try signed.verify(trusting: Fixtures.authority.get().root, at: Fixtures.moment)
        #expect(check.signer == "rem-service@pec.example.it" && check.digest == "SHA256")
        let xml = try evidence(signed, event)
        for line in [
            "<tns:ERDSEventId>http://uri.etsi.org/19522/Event/\(event.rawValue)</tns:ERDSEventId>",
            "<Details>\(reason.code)</Details>", "<EventTime>2026-11-23T10:00:00Z</EventTime>",
            "<AppLayerIdentifier>&lt;client-1@azienda.it&gt;</AppLayerIdentifier>",
            event.isAboutRelay
                ? "<ext:RelayEvidenceRefersTo>2</ext:RelayEvidenceRefersTo>"
                : "<EvidenceRefersToRecipient>2</EvidenceRefersToRecipient>",
        ] { #expect(xml.contains(line), "\(line)") }
    }

    @Test
    func `a dispatch carries the original, and header and evidence the digest of its octets`() throws {
        let original = Fixtures.original()
        let message = try Self.composer.get().compose(RegisteredNotice(dispatching: original))
        let header = HeaderSection(ByteBuffer(bytes: message))
        #expect(header.first("From") == "\"On behalf of: anna@pec.example.it\" <rem-service@pec.example.it>")
        #expect(header.first("Subject") == "REM Dispatch: Fattura n. 7 & altro")
        #expect(header.messageID == "sim1.1@pec.example.it")
        let signed = try #require(SignedMessage(message))
        let part = try #require(MIMEEntity(signed.entity[...]).parts.first { $0.mediaType == "message/rfc822" })
        let inner = HeaderSection(ByteBuffer(bytes: part.body))
        #expect(inner.messageID == "sim1.1@pec.example.it")
        #expect(inner.first("REM-UAMessageIdentifier") == "<client-1@azienda.it>")
        let command = try OpenSSLCommand.sha256(of: Array(part.body))
        let digest = try #require(header.first("REM-DigestValue"))
        #expect(Base64.decode(digest)?.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == command)
        #expect(try evidence(signed, .submissionAcceptance).contains("<ds:DigestValue>\(digest)</ds:DigestValue>"))
        let acceptance = RegisteredNotice(
            .submissionAcceptance,
            .messageAccepted,
            about: original,
            identifier: "rem1.3@pec.example.it",
            moment: Fixtures.moment
        )
        let receipt = try Self.composer.get().compose(acceptance)
        #expect(HeaderSection(ByteBuffer(bytes: receipt)).first("REM-DigestValue") == digest)
    }

    @Test
    func `mail from outside is dispatched as external`() throws {
        let message = try Self.composer.get()
            .compose(RegisteredNotice(dispatching: Fixtures.original(), isExternal: true))
        let header = HeaderSection(ByteBuffer(bytes: message))
        #expect(header.first("Subject") == "EXTERNAL: Fattura n. 7 & altro")
        #expect(header.first("REM-EventIdentifier")?.hasSuffix("/ReceivedFromNonERDS") == true)
    }
}
