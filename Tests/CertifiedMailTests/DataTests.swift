// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import NIOCore
import Testing

struct DataTests {
    private func read(_ xml: String, kind: String = "accettazione") -> CertifiedMessage {
        read(Array(xml.utf8), kind: kind)
    }

    private func read(_ octets: [UInt8], kind: String = "accettazione") -> CertifiedMessage {
        var notice = Notice("X-Ricevuta", kind, data: nil)
        notice.children.append(Notice.part(octets))
        return notice.read()
    }

    private func read(change: (inout CertificationXML) -> Void) -> CertifiedMessage {
        var xml = CertificationXML("accettazione")
        change(&xml)
        return read(xml.text)
    }

    @Test func `a missing msgid leaves the client's identifier to the header`() {
        let message = read { $0.messageID = "" }
        #expect(message.messageID == "client-1@azienda.example")
        #expect(message.certification?.messageID == nil)
        #expect(message.warnings.map(\.description) == ["element-missing: <msgid>"])
    }

    @Test(arguments: ["<risposte></risposte>", "<risposte/>", ""])
    func `an empty risposte is told`(_ text: String) {
        let message = read { $0.replyTo = text }
        #expect(message.certification?.replyTo == nil)
        #expect(message.warnings.map(\.description) == ["element-missing: <risposte>"])
    }

    @Test func `stray text between elements is passed over`() {
        let message = read { $0.replyTo += "a" }
        #expect(message.sender == "azienda@pec.gestore.example")
        #expect(message.warnings.map(\.description) == ["stray-text: a"])
    }

    @Test func `brackets that are not escaped belong to the identifier`() {
        for identifier in [
            "<client-1@azienda.example>", "<SN05IE$95@azienda.example>", "<12.3@azienda.example>", "<abc>",
        ] {
            let message = read { $0.messageID = "<msgid>\(identifier)</msgid>" }
            #expect(message.certification?.messageID == String(identifier.dropFirst().dropLast()))
            #expect(message.certification?.isComplete == true)
            #expect(message.identifier == "opec1.2026@pec.gestore.example")
            #expect(message.codes.contains(.malformedMarkup))
        }
    }

    @Test func `a document type is never followed, nor a stylesheet`() {
        let message = read {
            $0.head =
                "<?xml version=\"1.0\"?>\n<?xml-stylesheet href=\"http://evil.example/x.xsl\"?>\n"
                + "<!DOCTYPE postacert SYSTEM \"http://evil.example/daticert.dtd\">\n"
        }
        #expect(message.identifier == "opec1.2026@pec.gestore.example")
        #expect(message.codes == [.documentType, .processingInstruction])
    }

    @Test func `entities of a document type stay as they are written`() {
        let message = read {
            $0.head = """
                <!DOCTYPE postacert [ <!-- don't > --> <!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
                <!ENTITY file SYSTEM "file:///etc/passwd"> <!ELEMENT postacert (x)> ]>
                """
            $0.subject = "<oggetto>x &b; &file; &amp; &#232;&#xE0; &#0; & y &nbsp;</oggetto>"
        }
        #expect(message.subject == "x &b; &file; & èà &#0; & y &nbsp;")
        #expect(message.codes == [.documentType, .unknownEntity, .malformedMarkup])
    }

    @Test func `a hundred thousand elements deep, reading stops`() {
        let deep = String(repeating: "<x>", count: 100_000)
        let message = read { $0.extra = deep }
        #expect(message.identifier == "opec1.2026@pec.gestore.example")
        #expect(message.certification?.isComplete == false)
        #expect(message.codes == [.unknownVocabulary, .dataIncomplete])
        #expect(read(deep).codes == [.dataIncomplete, .dataMissing])
    }

    @Test func `byte order marks, blanks and UTF-16 are read`() {
        let text = CertificationXML("accettazione").text
        #expect(read(Array("\u{FEFF}\(text)".utf8)).codes == [.leadingText])
        #expect(read("\r\n  \(text)").codes == [.leadingText])
        var wide: [UInt8] = [0xFF, 0xFE]
        for unit in text.utf16 { wide += [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)] }
        #expect(read(wide).sender == "azienda@pec.gestore.example")
    }

    @Test func `Latin-1 is read as declared, and in spite of UTF-8 declared`() {
        for (encoding, codes) in [
            ("ISO-8859-1", Set<Warning.Code>()), ("UTF-8", [.charsetWrong]), ("klingon", [.charsetWrong]),
        ] {
            var xml = CertificationXML("accettazione")
            xml.head = "<?xml version='1.0' encoding='\(encoding)'?>"
            xml.subject = "<oggetto>Perché \u{1}</oggetto>"
            let octets = xml.text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            #expect(read(octets).subject == "Perché")
            #expect(read(octets).codes == codes)
        }
    }

    @Test(arguments: ["ISO-8859-1", "windows-1252", "ISO-8859-15"])
    func `UTF-8 that says to be Latin-1 is read as what it is`(_ encoding: String) {
        for (subject, codes) in [("Perché l’offerta", Set<Warning.Code>([.charsetWrong])), ("Offerta", [])] {
            let message = read {
                $0.head = "<?xml version='1.0' encoding='\(encoding)'?>"
                $0.subject = "<oggetto>\(subject)</oggetto>"
            }
            #expect(message.subject == subject && message.codes == codes)
        }
    }

    @Test func `subjects in encoded words and CDATA are decoded`() {
        #expect(read { $0.subject = "<oggetto>=?utf-8?q?Perch=C3=A9?=</oggetto>" }.subject == "Perché")
        #expect(read { $0.subject = "<oggetto><![CDATA[a <b> & c]]></oggetto>" }.subject == "a <b> & c")
        #expect(read { $0.subject = "" }.subject == "Offerta")
    }

    @Test func `words of no standard are told`() {
        let message = read {
            $0.failure = "boh"
            $0.recipients =
                "<destinatari tipo='forse'>uno@x.example</destinatari><destinatari>due@x.example</destinatari>"
            $0.extra = "<ricevuta tipo=\"complet\"/><nuovo><mittente>falso@x.example</mittente></nuovo>"
        }
        #expect(message.failure == .other)
        #expect(message.recipients.map(\.isCertified) == [false, true])
        #expect(message.receiptType == nil)
        #expect(message.sender == "azienda@pec.gestore.example")
        #expect(message.codes == [.unknownVocabulary, .unknownReceiptType])
        #expect(read { $0.failure = nil }.failure == CertificationFailure.none)
    }

    @Test func `the first of two elements counts`() {
        let message = read { $0.extra = "<identificativo>altro@x.example</identificativo>" }
        #expect(message.identifier == "opec1.2026@pec.gestore.example")
        #expect(message.codes == [.elementRepeated])
    }

    @Test func `tags that do not match close what they can`() {
        let message = read {
            $0.subject = "<oggetto>Offerta"
            $0.replyTo += "</nulla>"
        }
        #expect(message.subject == "Offerta")
        #expect(message.identifier == "opec1.2026@pec.gestore.example")
        #expect(message.codes == [.malformedMarkup])
    }

    @Test func `times are kept in the provider's own zone`() {
        func time(_ zone: String, _ day: String = "01/07/2026", _ clock: String = "09:05:07") -> String? {
            read { $0.time = "<data zona=\"\(zone)\"><giorno>\(day)</giorno><ora>\(clock)</ora></data>" }.time?
                .description
        }
        #expect(time("+0200") == "2026-07-01T09:05:07+02:00")
        #expect(time("-0330") == "2026-07-01T09:05:07-03:30")
        #expect(time("CEST") == "2026-07-01T09:05:07+02:00")
        #expect(time("") == "2026-07-01T09:05:07")
        #expect(time("+0100", "29/02/2027") == nil)
        #expect(time("+0100", "29/02/2028") == "2028-02-29T09:05:07+01:00")
        #expect(time("+0100", "1/1/2026", "24:00:00") == nil)
        #expect(read { $0.time = "" }.codes == [.timeUnreadable])
    }

    @Test func `data without an end are read as far as they came`() {
        let text = CertificationXML("accettazione").text
        let behind = read(String(text.prefix { $0 != "\u{0}" }.dropLast(25)))
        #expect(behind.identifier == "opec1.2026@pec.gestore.example")
        #expect(behind.certification?.messageID == "client-1@azienda.example")
        #expect(behind.codes == [.dataIncomplete])
        let within = read(
            text.replacing("azienda.example&gt;</msgid>", with: "azi\u{0}").prefix { $0 != "\u{0}" }.description
        )
        #expect(within.identifier == "opec1.2026@pec.gestore.example")
        #expect(within.certification?.messageID == nil)
        #expect(within.messageID == "client-1@azienda.example")
        #expect(within.codes == [.dataIncomplete, .elementMissing])
    }

    @Test func `more data than are read are cut off`() {
        var xml = CertificationXML("accettazione")
        xml.extra = String(repeating: "<errore-esteso/>" + String(repeating: " ", count: 1000), count: 1100)
        let message = read(xml.text)
        #expect(message.identifier == "opec1.2026@pec.gestore.example")
        #expect(message.codes.isSuperset(of: [.dataTooLong, .dataIncomplete]))
        #expect(message.certification?.isComplete == false)
    }

    @Test func `a part called daticert.xml that is none is told`() {
        #expect(read("%PDF").codes == [.dataIncomplete, .dataMissing])
        #expect(read("<html></html>").codes == [.dataIncomplete, .dataMissing])
    }

    @Test func `control characters of a stranger never reach a listing`() {
        let message = read { $0.extra = "<consegna>a\u{1B}[2Jb@c.example</consegna>" }
        #expect(message.deliveredTo == "a [2Jb@c.example")
    }

    @Test func `control characters in the addresses of a header never reach a listing`() {
        // 9B begins a sequence of a terminal; these octets are no UTF-8 and are read as Latin-1.
        let text =
            "From: x\u{9B}2J@a.example\r\nTo: y@b\u{85}.example, <z\u{9B}@c.example\r\nMessage-ID: <1\u{9B}@d>\r\n\r\n"
        for top in ["", "X-Trasporto: errore\r\nReply-To: r\u{9B}@e.example\r\n"] {
            let octets = (top + text).unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            let message = CertifiedMessage(ByteBuffer(bytes: octets))
            let values =
                [message.sender, message.from, message.messageID, message.ownMessageID]
                + message.recipients.map(\.address)
            let scalars = values.compactMap { $0 }.joined().unicodeScalars
            #expect(!values.compactMap { $0 }.isEmpty)
            #expect(!scalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }, "\(values)")
        }
    }
}
