// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import NIOCore
import Testing

/// Hostile boundaries, signatures, cuts, and evidences of registered mail; certification data have theirs in `DataTests`.
@Suite(.timeLimit(.minutes(2)))
struct HostileDataTests {
    private static let delivery = CertificationXML("avvenuta-consegna", extra: "<consegna>a@b.example</consegna>")

    private static func notice() -> Notice {
        Notice("X-Ricevuta", "avvenuta-consegna", subject: "CONSEGNA: Offerta", data: delivery)
    }

    // MARK: Structure

    @Test func `the same boundary outside and inside: the signature is not found, so nothing can be valid`() {
        var notice = Self.notice()
        notice.entityFields = "Content-Type: multipart/mixed; boundary=\"outer\""
        let message = notice.read()
        #expect(message.structure?.entity == nil && message.structure?.signature == nil)
        #expect(message.codes.isSuperset(of: [.structureDamaged, .signatureMissing]))
    }

    @Test(arguments: ["\"\"", "", "\"" + String(repeating: "b", count: 100_000) + "\"", "\".*+?[(\"", "\"-- --\""])
    func `odd boundaries: the message is a receipt without a signature`(_ boundary: String) {
        var notice = Self.notice()
        notice.signedType = "multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=\(boundary)"
        let message = notice.read()
        #expect(message.kind == .delivery)
        #expect(message.structure?.entity == nil && message.structure?.signature == nil)
        #expect(!message.codes.isDisjoint(with: [.notSigned, .structureDamaged]))
    }

    @Test func `cut off behind any octet: no entity before its end, no data taken for complete before theirs`() {
        let octets = Self.notice().octets
        let whole = CertifiedMessage(ByteBuffer(bytes: octets))
        let entityEnd = whole.structure?.entity?.upperBound ?? 0
        #expect(entityEnd > 0 && whole.certification?.isComplete == true && whole.warnings.isEmpty)
        for end in octets.indices {
            let cut = CertifiedMessage(ByteBuffer(bytes: octets[..<end]))
            if let entity = cut.structure?.entity { #expect(entity == whole.structure?.entity, "cut at \(end)") }
            if end <= entityEnd {
                #expect(cut.structure?.entity == nil && cut.structure?.signature == nil, "cut at \(end)")
            }
            if let data = cut.certification, data.isComplete { #expect(data == whole.certification, "cut at \(end)") }
            if cut.kind == .delivery, cut != whole { #expect(end > entityEnd || cut.warnings.isEmpty == false) }
        }
    }

    // MARK: Signature

    @Test func `a signature without end is cut off, and told`() {
        let text = Self.notice().text
        var reader = CertifiedMessageReader()
        reader.append(ByteBuffer(string: text.replacing("MIIB\r\nAAAA\r\n--outer--\r\n", with: "MIIB\r\n")))
        let block = ByteBuffer(string: String(repeating: String(repeating: "A", count: 76) + "\r\n", count: 800))
        var held = 0
        for _ in 0..<200 {
            reader.append(block)
            held = max(held, reader.heldOctets)
        }
        let message = reader.finish()
        #expect(held < 2 * SignedStructure.maximumSignatureOctets)
        #expect(message.codes.isSuperset(of: [.signatureDamaged, .structureDamaged]))
        #expect(message.deliveredTo == "a@b.example")
    }

    @Test(arguments: ["", "\n\n\n", "!!!!", "====", "\u{0}\u{0}", "é"])
    func `a signature that is none: no signature`(_ text: String) {
        var notice = Self.notice()
        notice.signature =
            "Content-Type: application/pkcs7-signature\nContent-Transfer-Encoding: base64\n\n" + text
        let message = notice.read()
        #expect(message.structure?.signature == nil)
        #expect(message.codes.contains(.signatureMissing))
        #expect(message.structure?.entity != nil && message.deliveredTo == "a@b.example")
    }

    // MARK: Registered mail

    private static func registered(_ xml: [UInt8]) -> CertifiedMessage {
        var notice = Notice("REM-MessageType", "http://uri.etsi.org/19522/v1#/ERDMessageType/receipt", data: nil)
        notice.fields.append(("REM-EventIdentifier", "http://uri.etsi.org/19522/Event/ContentConsignment"))
        notice.children.append(
            Notice.part(xml, fields: "Content-Type: application/xml\nContent-Transfer-Encoding: base64")
        )
        return notice.read()
    }

    private static func evidence(head: String = "", subject: String = "Offerta", _ more: String = "") -> String {
        head + "<Evidence><ERDSEventId>x/ContentConsignment</ERDSEventId><EventTime>2026-11-23T09:00:00Z</EventTime>"
            + "<RecipientDetails><Identifier>c@h.example</Identifier></RecipientDetails>"
            + "<GeneralEvidenceInfo><Subject>\(subject)</Subject></GeneralEvidenceInfo>\(more)</Evidence>"
    }

    @Test func `an evidence with entities that multiply and entities that are files: kept as they are written`() {
        var head = "<!DOCTYPE Evidence SYSTEM \"http://evil.example/x.dtd\" [<!ENTITY f SYSTEM \"file:///etc/passwd\">"
        head += "<!ENTITY a0 \"aaaaaaaaaa\">"
        for level in 1...40 {
            head += "<!ENTITY a\(level) \"" + String(repeating: "&a\(level - 1);", count: 10) + "\">"
        }
        let message = Self.registered(Array(Self.evidence(head: head + "]>", subject: "x &a40; &f;").utf8))
        #expect(message.subject == "x &a40; &f;")
        #expect(message.codes.isSuperset(of: [.documentType, .unknownEntity]))
        #expect(message.evidence?.isComplete == true)
    }

    @Test func `an evidence a hundred thousand elements deep: reading stops, and what was read stays`() {
        let deep = String(repeating: "<x>", count: 100_000)
        let message = Self.registered(Array(Self.evidence(deep).utf8))
        #expect(message.codes.contains(.dataIncomplete) && message.evidence?.isComplete == false)
        #expect(message.recipients.map(\.address) == ["c@h.example"])
        #expect(Self.registered(Array(deep.utf8)).codes.contains(.dataMissing))
    }

    @Test func `an evidence in another character set than it declares: read, with a warning`() {
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
        let octets = Self.evidence(head: head, subject: "Perché").unicodeScalars
            .map { UInt8(truncatingIfNeeded: $0.value) }
        let message = Self.registered(octets)
        #expect(message.subject == "Perché" && message.codes.contains(.charsetWrong))
    }

    @Test(arguments: ["0", "2", "-1", "-9223372036854775808", "9223372036854775807", "99999999999999999999", "x", ""])
    func `an evidence that refers to a recipient who is not there concerns nobody`(_ number: String) {
        let more = "<EvidenceRefersToRecipient>\(number)</EvidenceRefersToRecipient>"
        let message = Self.registered(Array(Self.evidence(more).utf8))
        #expect(message.concerned.isEmpty && message.deliveredTo == nil)
    }

    @Test func `an evidence with 14,000 recipients keeps ten thousand`() {
        let one = "<RecipientDetails><Identifier>d@h</Identifier></RecipientDetails>"
        let message = Self.registered(Array(Self.evidence(String(repeating: one, count: 14_000)).utf8))
        #expect(message.recipients.count == CertificationData.maximumAddresses)
    }
}
