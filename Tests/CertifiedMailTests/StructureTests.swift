// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import NIOCore
import Testing

struct StructureTests {
    private static let delivery = CertificationXML("avvenuta-consegna", extra: "<consegna>a@b.example</consegna>")

    private static func notice(data: CertificationXML? = delivery) -> Notice {
        Notice("X-Ricevuta", "avvenuta-consegna", subject: "CONSEGNA: Offerta", data: data)
    }

    @Test func `every cut of the stream reads alike`() {
        for lineEnd in ["\r\n", "\n"] {
            var notice = Self.notice()
            notice.lineEnd = lineEnd
            notice.children.append("Content-Type: message/rfc822; name=postacert.eml\n\nSubject: x\n\n--dashes\nbody")
            let octets = notice.octets
            let whole = CertifiedMessage(ByteBuffer(bytes: octets))
            #expect(whole.structure?.signature == [0x30, 0x82, 0x01, 0, 0, 0])
            for cut in stride(from: 0, to: octets.count, by: 4) {
                var reader = CertifiedMessageReader()
                reader.append(ByteBuffer(bytes: octets[..<cut]))
                reader.append(ByteBuffer(bytes: octets[cut...]))
                #expect(reader.finish() == whole)
            }
            var reader = CertifiedMessageReader()
            for octet in octets { reader.append(ByteBuffer(bytes: [octet])) }
            #expect(reader.finish() == whole)
        }
    }

    @Test func `the ranges hold the signed entity and the original, octet for octet`() throws {
        for lineEnd in ["\r\n", "\n"] {
            var notice = Self.notice()
            notice.lineEnd = lineEnd
            notice.children.append("Content-Type: message/rfc822; name=postacert.eml\n\nSubject: x\n\nbody\n")
            let octets = notice.octets
            let structure = try #require(notice.read().structure)
            let entity = try #require(structure.entity)
            let text = String(decoding: octets[entity], as: UTF8.self)
            #expect(text.hasPrefix("Content-Type: multipart/mixed"))
            #expect(text.hasSuffix("--inner--\(lineEnd)"))
            #expect(octets[entity.upperBound...].starts(with: "\(lineEnd)--outer\(lineEnd)".utf8) == true)
            let original = try #require(structure.original)
            #expect(String(decoding: octets[original], as: UTF8.self) == "Subject: x\(lineEnd)\(lineEnd)body\(lineEnd)")
            #expect(structure.hasBareLineFeeds == (lineEnd == "\n"))
            #expect(structure.signatureProtocol == "application/pkcs7-signature")
            #expect(structure.announcedDigest == "sha-256")
        }
    }

    @Test func `data inside a message or a multipart within are never taken`() {
        let data = Notice.part(Self.delivery.text)
        for wrapper in ["message/rfc822", "multipart/mixed; boundary=deep"] {
            var notice = Self.notice(data: nil)
            notice.children.append("Content-Type: \(wrapper)\n\n--deep\n\(data)\n--deep--")
            let message = notice.read()
            #expect(message.certification == nil)
            #expect(message.codes == [.dataMissing])
        }
    }

    @Test func `data behind the signature are not taken`() {
        var notice = Self.notice(data: nil)
        notice.signature = (notice.signature ?? "") + "\n--outer\n" + Notice.part(Self.delivery.text)
        let message = notice.read()
        #expect(message.certification == nil)
        #expect(message.codes == [.dataMissing, .partsAfterSignature])
    }

    @Test(arguments: [
        "Content-Type: application/xml; charset=UTF-8; name=daticert.xml\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64",
        "Content-Type: application/octet-stream\nContent-Disposition: inline; filename=\"DATICERT.XML\"\nContent-Transfer-Encoding: BASE64",
        "Content-Type: application/xml; name*=utf-8''daticert%2Exml\nContent-Transfer-Encoding: base64 (x)",
        "Content-Type: application/xml; name*0=\"dati\"; name*1=\"cert.xml\"\nContent-Transfer-Encoding: base64",
        "Content-Type: application/xml; name=\"=?utf-8?q?daticert.xml?=\"\nContent-Transfer-Encoding: base64",
        "Content-Type: application/xml; name=\"certdata.xml\"\nContent-Transfer-Encoding: base64",
        "content-type: Application/XML;\n\tname = \"daticert\\.xml\" ; x\ncontent-transfer-encoding: Base64",
    ])
    func `the part is found by its name, however it is written`(_ fields: String) {
        var notice = Self.notice(data: nil)
        notice.children.append(
            Notice.part("<nonsense/>", fields: "Content-Type: application/xml\nContent-Transfer-Encoding: base64")
        )
        notice.children.append(Notice.part(Self.delivery.text, fields: fields))
        let message = notice.read()
        #expect(message.deliveredTo == "a@b.example")
        #expect(message.warnings.isEmpty)
    }

    @Test func `a part without a name is found by its root`() {
        for fields in [
            "Content-Type: application/xml\nContent-Transfer-Encoding: base64", "Content-Transfer-Encoding: base64",
        ] {
            var notice = Self.notice(data: nil)
            notice.children.append(Notice.part(Self.delivery.text, fields: fields))
            let message = notice.read()
            #expect(message.deliveredTo == "a@b.example")
            #expect(message.codes == [.dataUnnamed])
        }
    }

    @Test func `data in the clear and in quoted-printable are read`() {
        let plain = "Content-Type: application/xml; name=daticert.xml\n\n\(Self.delivery.text)"
        let quoted =
            "Content-Type: application/xml; name=daticert.xml\nContent-Transfer-Encoding: quoted-printable\n\n"
            + Self.delivery.text.replacing("=", with: "=3D").replacing("mitten", with: "mitt=\nen")
        for part in [plain, quoted] {
            var notice = Self.notice(data: nil)
            notice.children.append(part)
            #expect(notice.read().deliveredTo == "a@b.example")
            #expect(notice.read().sender == "azienda@pec.gestore.example")
            #expect(notice.read().warnings.isEmpty)
        }
    }

    @Test func `of two parts with data the first counts`() {
        var notice = Self.notice()
        notice.children.append(Notice.part(CertificationXML("errore-consegna", failure: "virus").text))
        let message = notice.read()
        #expect(message.failure == CertificationFailure.none)
        #expect(message.codes == [.dataRepeated])
    }

    @Test func `a message that is cut off is read as far as it came`() {
        let text = Notice("X-Ricevuta", "accettazione", data: CertificationXML("accettazione")).text
        let cut = text.prefix(while: { _ in true }).replacing(
            "\r\n--outer\r\nContent-Type: application/pkcs7",
            with: "\u{0}"
        )
        let message = CertifiedMessage(ByteBuffer(string: String(cut.prefix { $0 != "\u{0}" })))
        #expect(message.kind == .acceptance)
        #expect(message.identifier == "opec1.2026@pec.gestore.example")
        #expect(message.codes == [.structureDamaged, .signatureMissing])
        #expect(message.structure?.entity == nil)
    }

    @Test func `boundaries with blanks behind them, and lines that only begin like one`() {
        var notice = Self.notice()
        notice.children.insert("Content-Type: text/plain\n\n--inner2\n--outerx\n---\n--\n-- \n--inner--x", at: 0)
        let text = notice.text.replacing("--outer\r\n", with: "--outer \t\r\n")
        let message = CertifiedMessage(ByteBuffer(string: text))
        #expect(message.deliveredTo == "a@b.example")
        #expect(message.warnings.isEmpty)
    }

    @Test func `other shapes of signed entities are tolerated and told`() {
        var single = Self.notice(data: nil)
        single.entityFields = "Content-Type: text/plain"
        #expect(single.read().codes == [.dataMissing])
        var related = Self.notice()
        related.entityFields = "Content-Type: multipart/related; boundary=inner"
        #expect(related.read().codes == [.entityNotMixed])
        #expect(related.read().deliveredTo == "a@b.example")
        var open = Self.notice()
        open.entityFields = "Content-Type: multipart/mixed"
        #expect(open.read().codes == [.structureDamaged, .dataMissing])
    }

    @Test func `a long header and a long field of a part end nothing`() {
        var notice = Self.notice()
        notice.entityFields += "\nX-Long: " + String(repeating: "x", count: 100_000) + "\nX-More: y"
        let message = notice.read()
        #expect(message.deliveredTo == "a@b.example")
        #expect(message.codes == [.structureDamaged])
        notice = Self.notice()
        notice.fields.append(("X-Long", String(repeating: "x", count: 300_000)))
        #expect(notice.read().codes.contains(.headerTruncated))
    }
}
