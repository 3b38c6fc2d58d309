// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import MailModel
import Testing

/// What providers may write within the standard, and a little beside it: every value is read, and the signature holds.
struct ForeignNoticeTests {
    private typealias Change = (inout ForeignNotice) -> Void

    private func expectSame(
        _ variants: [(String, Change)],
        _ expected: Facts = Facts(),
        warnings: Set<Warning.Code> = [],
        location: SourceLocation = #_sourceLocation
    ) throws {
        for (name, change) in variants {
            var notice = ForeignNotice()
            change(&notice)
            let (message, finding) = try RoundTrip.read(try notice.octets())
            #expect(Facts(message, finding) == expected, "\(name): \(finding)", sourceLocation: location)
            #expect(
                Set(message.warnings.map(\.code)) == warnings,
                "\(name): \(message.warnings)",
                sourceLocation: location
            )
        }
    }

    @Test func `fields of the header: case, folding, blanks, encoded names, trace fields on top`() throws {
        try expectSame([
            ("as the standard has it", { _ in }),
            (
                "lower case",
                { $0.fields = $0.fields.map { $0.replacing("X-R", with: "x-r").replacing("ID:", with: "id:") } }
            ),
            ("upper case", { $0.set("X-RICEVUTA: AVVENUTA-CONSEGNA") }),
            ("folded behind the colon", { $0.set("X-Ricevuta:\r\n avvenuta-consegna") }),
            ("a blank before the colon", { $0.set("X-Ricevuta : avvenuta-consegna \t") }),
            ("identifier on a line of its own", { $0.set("X-Riferimento-Message-ID:\r\n\t<client-1@azienda.it>") }),
            ("identifier without brackets", { $0.set("X-Riferimento-Message-ID: client-1@azienda.it") }),
            ("no reference at all", { $0.fields.removeAll { $0.hasPrefix("X-Riferimento") } }),
            (
                "subject in encoded words",
                { $0.set("Subject: =?iso-8859-1?Q?CONSEGNA:_Perch=E9?=\r\n =?utf-8?B?w6g=?=") }
            ),
            ("raw octets in the subject", { $0.set("Subject: CONSEGNA: Perch\u{E9}") }),
            ("a name that is quoted", { $0.set(#"From: "Posta Certificata" <posta-certificata@pec.example.it>"#) }),
            (
                "a name in encoded words",
                { $0.set("From: =?utf-8?Q?Gestore_=C3=A8?= <posta-certificata@pec.example.it>") }
            ),
            ("folded", { $0.set("From: Posta Certificata Legalmail\r\n\t<POSTA-CERTIFICATA@pec.example.it>") }),
            ("a comment", { $0.set("From: posta-certificata@pec.example.it (Gestore)") }),
            (
                "fields of others on top",
                { $0.fields.insert("Received: from a by b; Mon, 23 Nov 2026 11:00:01 +0100", at: 0) }
            ),
            ("fields of others below", { $0.fields += ["X-REM-Subject: REM ContentConsignment: x", "X-CrmlId: 12"] }),
            ("a line of a mailbox file", { $0.fields.insert("From MAILER-DAEMON Mon Nov 23 10:00:00 2026", at: 0) }),
            ("a byte order mark", { $0.transport = { [0xEF, 0xBB, 0xBF] + $0 } }),
        ])
        // Where no address can be read by the grammar, what stands in brackets counts.
        try expectSame(
            [
                (
                    "a name that is an address",
                    { $0.set("From: posta-certificata@pec.example.it <posta-certificata@pec.example.it>") }
                )
            ],
            warnings: [.addressSyntax]
        )
    }

    @Test func `the structure: parameters, boundaries, preamble, order, line ends`() throws {
        try expectSame([
            (
                "no quotes",
                {
                    $0.signedType =
                        "content-type: Multipart/Signed;boundary=fuori;micalg=SHA1;protocol=application/pkcs7-signature"
                }
            ),
            ("no protocol, no micalg", { $0.signedType = "Content-Type: multipart/signed; boundary=fuori" }),
            (
                "folded",
                { $0.signedType = "Content-Type: multipart/signed;\r\n\tmicalg=sha-256;\r\n boundary=\"fuori\";" }
            ),
            ("a comment", { $0.signedType = "Content-Type: multipart/signed (S/MIME); boundary=\"fuori\"" }),
            (
                "in sections",
                { $0.signedType = "Content-Type: multipart/signed; boundary*0=\"fu\"; boundary*1=\"ori\"" }
            ),
            (
                "preamble and epilogue",
                { ($0.preamble, $0.epilogue) = ("This is an S/MIME signed message\r\n--fuo", "--fine\r\n") }
            ),
            ("blanks behind boundaries", { $0.boundaryEnd = " \t" }),
            (
                "fields of the entity",
                { $0.entityFields += "\r\nContent-Transfer-Encoding: binary\r\nMIME-Version: 1.0" }
            ),
            ("the original first", { $0.isOriginalFirst = true }),
            (
                "the original in line",
                { $0.originalFields += ["Content-Disposition: inline", "Content-Transfer-Encoding: 7bit"] }
            ),
            ("the original without name", { $0.originalFields = ["Content-Type: message/rfc822"] }),
            ("LF alone", { $0.transport = { $0.filter { $0 != 0x0D } } }),
        ])
    }

    @Test func `the part with the data: types, names, encodings`() throws {
        let plain: Change = { $0.transfer = ForeignNotice.plain }
        try expectSame([
            (
                "7bit, attachment, no quotes",
                {
                    plain(&$0)
                    $0.dataFields = [
                        "Content-Type: application/xml; charset=ISO-8859-1; name=daticert.xml",
                        "Content-Transfer-Encoding: 7bit", "Content-Disposition: attachment; filename=daticert.xml",
                    ]
                }
            ),
            (
                "no encoding named",
                {
                    plain(&$0)
                    $0.dataFields = ["Content-Type: text/xml; name=daticert.xml"]
                }
            ),
            (
                "8bit",
                {
                    plain(&$0)
                    $0.dataFields[2] = "Content-Transfer-Encoding: 8bit"
                }
            ),
            (
                "binary",
                {
                    plain(&$0)
                    $0.dataFields[2] = "content-transfer-encoding: BINARY"
                }
            ),
            (
                "quoted-printable",
                {
                    $0.transfer = ForeignNotice.quotedPrintable
                    $0.dataFields[2] = "Content-Transfer-Encoding: Quoted-Printable"
                }
            ),
            ("one line of base 64", { $0.transfer = { Base64.encode($0) } }),
            ("base 64 with a comment", { $0.dataFields[2] = "Content-Transfer-Encoding: BASE64 (x)" }),
            ("octets, name in the disposition", { $0.dataFields[0] = "Content-Type: application/octet-stream" }),
            ("text/xml", { $0.dataFields[0] = #"Content-Type: text/xml; charset="UTF-8"; name="daticert.xml""# }),
            ("upper case", { $0.dataFields[0] = "Content-Type: APPLICATION/XML; NAME=DATICERT.XML" }),
            ("RFC 2231", { $0.dataFields[0...1] = ["Content-Type: application/xml; name*=UTF-8''daticert.xml"] }),
            (
                "in sections",
                { $0.dataFields[0...1] = ["Content-Type: application/xml; name*0=dati;\r\n name*1=cert.xml"] }
            ),
            (
                "RFC 2047",
                { $0.dataFields[0...1] = [#"Content-Type: application/xml; name="=?utf-8?B?ZGF0aWNlcnQueG1s?=""#] }
            ),
            ("no type", { $0.dataFields.removeFirst() }),
            ("in English", { $0.dataFields[0...1] = ["Content-Type: application/xml; name=certdata.xml"] }),
        ])
        try expectSame(
            [("no name", { $0.dataFields[0...1] = ["Content-Type: application/xml"] })],
            warnings: [.dataUnnamed]
        )
    }

    @Test func `the signature: names, types, encodings`() throws {
        try expectSame([
            ("another name", { $0.signatureFields[0] = "Content-Type: application/pkcs7-signature; name=firma" }),
            ("octets", { $0.signatureFields[0] = "Content-Type: application/octet-stream; name=smime.p7s" }),
            ("one line", { $0.signatureLine = 100_000 }),
            ("no encoding named", { $0.signatureFields.remove(at: 1) }),
            ("fields in another order", { $0.signatureFields.reverse() }),
        ])
    }

    @Test func `the document: character sets, markup, white space`() throws {
        try expectSame([
            ("no declaration", { $0.xml.head = "" }),
            ("single quotes", { $0.xml.head = "<?xml version='1.0' encoding='utf-8' standalone='yes'?>" }),
            ("CRLF", { $0.encode = { Array($0.replacing("\n", with: "\r\n").utf8) } }),
            ("one line", { $0.encode = { Array($0.filter { $0 != "\n" }.utf8) } }),
            ("UTF-16", { $0.encode = { [0xFE, 0xFF] + $0.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } } }),
            ("comments", { $0.xml.sender = "<!-- mittente --><mittente>anna@<!-- x -->pec.example.it</mittente >" }),
            (
                "attributes in single quotes",
                { $0.xml.root = "<postacert errore = 'nessuno'\n tipo = 'avvenuta-consegna' >" }
            ),
            (
                "more attributes",
                {
                    $0.xml.root.insert(
                        contentsOf: " versione=\"1.0\"",
                        at: $0.xml.root.index($0.xml.root.startIndex, offsetBy: 10)
                    )
                }
            ),
            (
                "a namespace",
                {
                    $0.xml.root.insert(
                        contentsOf: " xmlns=\"urn:x\"",
                        at: $0.xml.root.index($0.xml.root.startIndex, offsetBy: 10)
                    )
                }
            ),
            (
                "prefixes",
                {
                    $0.xml.root = #"<p:postacert xmlns:p="urn:x" tipo="avvenuta-consegna" errore="nessuno">"#
                    $0.xml.foot = "</p:postacert>"
                }
            ),
            ("upper case", { $0.xml.root = #"<postacert TIPO="AVVENUTA-CONSEGNA" Errore="Nessuno">"# }),
            ("no errore", { $0.xml.root = #"<postacert tipo="avvenuta-consegna">"# }),
            ("character references", { $0.xml.subject = "<oggetto>&#79;ffert&#x61;</oggetto>" }),
            ("CDATA", { $0.xml.subject = "<oggetto><![CDATA[Offerta]]></oggetto>" }),
            (
                "blanks around values",
                { $0.xml.identifier = "<identificativo>\n\t<![CDATA[<opec1.2026@pec.example.it>]]>\n</identificativo>" }
            ),
            ("escaped twice", { $0.xml.messageID = "<msgid>&amp;lt;client-1@azienda.it&amp;gt;</msgid>" }),
            ("CDATA in msgid", { $0.xml.messageID = "<msgid><![CDATA[<client-1@azienda.it>]]></msgid>" }),
            ("no brackets", { $0.xml.messageID = "<msgid>client-1@azienda.it</msgid>" }),
            ("ricevuta with an end tag", { $0.xml.receiptType = "<ricevuta tipo='Completa'></ricevuta>" }),
            (
                "kind of recipient",
                {
                    $0.xml.recipients = $0.xml.recipients.replacing(" tipo=\"certificato\"", with: "").replacing(
                        "esterno",
                        with: "ESTERNO"
                    )
                }
            ),
            ("encoded words", { $0.xml.subject = "<oggetto>=?UTF-8?Q?Offert?= =?ISO-8859-1?B?YQ==?=</oggetto>" }),
        ])
        try expectSame([("a mark", { $0.encode = { [0xEF, 0xBB, 0xBF] + $0.utf8 } })], warnings: [.leadingText])
        try expectSame([("a blank line", { $0.xml.head = "\r\n  " + $0.xml.head })], warnings: [.leadingText])
        try expectSame([("text between", { $0.xml.replyTo += "a" })], warnings: [.strayText])
        try expectSame(
            [
                ("empty", { $0.xml.replyTo = "<risposte></risposte>" }), ("closed", { $0.xml.replyTo = "<risposte/>" }),
                ("none", { $0.xml.replyTo = "" }), ("no msgid: the header's", { $0.xml.messageID = "" }),
            ],
            warnings: [.elementMissing]
        )
        try expectSame(
            [("bare brackets", { $0.xml.messageID = "<msgid><client-1@azienda.it></msgid>" })],
            warnings: [.malformedMarkup]
        )
        try expectSame(
            [("more elements", { $0.xml.extra += "<versione><x>2</x></versione>" })],
            warnings: [.unknownVocabulary]
        )
        try expectSame(
            [
                (
                    "a document type",
                    {
                        $0.xml.head +=
                            "<?xml-stylesheet type=\"text/xsl\" href=\"http://x.example/a.xsl\"?>\n"
                            + "<!DOCTYPE postacert SYSTEM \"http://x.example/daticert.dtd\">\n"
                    }
                )
            ],
            warnings: [.documentType, .processingInstruction]
        )
    }

    @Test func `letters outside of ASCII in every character set that providers write`() throws {
        var expected = Facts()
        expected.subject = "Perché l’offerta"
        let text = "<oggetto>Perch\u{E9} l\u{92}offerta</oggetto>"
        for name in ["ISO-8859-1", "iso8859-1", "ISO8859_1", "windows-1252", "Cp1252", "latin1"] {
            try expectSame(
                [
                    (
                        name,
                        {
                            $0.xml.head = "<?xml version=\"1.0\" encoding=\"\(name)\"?>"
                            $0.xml.subject = text
                            $0.encode = { $0.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
                        }
                    )
                ],
                expected
            )
        }
        let octets: Change = {
            $0.xml.subject = text
            $0.encode = { $0.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
        }
        try expectSame(
            [
                ("UTF-8 declared", octets),
                (
                    "nothing declared",
                    {
                        octets(&$0)
                        $0.xml.head = ""
                    }
                ),
            ],
            expected,
            warnings: [.charsetWrong]
        )
        try expectSame(
            [
                (
                    "UTF-8, 8bit",
                    {
                        $0.xml.subject = "<oggetto>Perché l’offerta</oggetto>"
                        $0.transfer = ForeignNotice.plain
                        $0.dataFields[2] = "Content-Transfer-Encoding: 8bit"
                    }
                )
            ],
            expected
        )
    }

    @Test func `times: every way to write a day, a time of day and a zone`() throws {
        let summer = "2026-09-03T09:05:07+02:00"
        for (zone, day, clock, time) in [
            ("+0200", "03/09/2026", "09:05:07", summer), ("+02:00", "3/9/2026", "9:05:07", summer),
            ("+2", "3-9-2026", "9:5:7", summer), ("+02", "2026-09-03", "09.05.07", summer),
            ("CEST", "03.09.2026", "09:05:07.123", summer), ("GMT+02:00", "03/09/2026", "09:05:07", summer),
            ("+0200 (CEST)", " 03/09/2026 ", " 09:05:07 ", summer),
            ("CET", "03/01/2026", "09:05", "2026-01-03T09:05:00+01:00"),
            ("+0000", "03/09/2026", "07:05:07", "2026-09-03T07:05:07+00:00"),
            ("Z", "03/09/2026", "07:05:07", "2026-09-03T07:05:07Z"),
            ("-0330", "03/09/2026", "03:35:07", "2026-09-03T03:35:07-03:30"),
        ] {
            var expected = Facts()
            expected.time = time
            try expectSame(
                [
                    (
                        "\(zone) \(day) \(clock)",
                        { $0.xml.time = "<data zona=\"\(zone)\"><giorno>\(day)</giorno><ora>\(clock)</ora></data>" }
                    )
                ],
                expected
            )
        }
    }

    @Test func `what went wrong, in one line and in many`() throws {
        var expected = Facts()
        (expected.kind, expected.failure, expected.receiptType) = (.nonDelivery, .other, nil)
        for (text, detail) in [
            ("5.1.1 - ARUBA PEC S.p.A. - indirizzo non valido", "5.1.1 - ARUBA PEC S.p.A. - indirizzo non valido"),
            ("<![CDATA[5.2.2 - X - casella piena]]>", "5.2.2 - X - casella piena"),
            (
                "\nSono state riscontrate le seguenti anomalie:\n - uno\n - due &amp; tre\n",
                "Sono state riscontrate le seguenti anomalie:\n - uno\n - due & tre"
            ),
        ] {
            expected.detail = detail
            try expectSame(
                [
                    (
                        detail,
                        {
                            $0.set("X-Ricevuta: errore-consegna")
                            $0.xml.root = #"<postacert tipo="errore-consegna" errore="altro">"#
                            $0.xml.receiptType = ""
                            $0.xml.extra += "<errore-esteso>\(text)</errore-esteso>"
                        }
                    )
                ],
                expected
            )
        }
    }

    @Test func `passed on by a mailing list as the first part of its own multipart: read, and suspect`() throws {
        var expected = Facts()
        expected.isSuspect = true
        let lead = "Subject: [Lista] CONSEGNA: Offerta\r\nContent-Type: multipart/mixed; boundary=\"==lista==\"\r\n\r\n"
        try expectSame(
            [
                (
                    "a footer",
                    { notice in
                        let top = notice.fields.filter { !$0.hasPrefix("Subject") }.joined(separator: "\r\n")
                        let (fields, type) = (notice.fields, notice.signedType)
                        notice.transport = { octets in
                            let body = octets.dropFirst((fields + [type, ""]).joined(separator: "\r\n").utf8.count)
                            return Array("\(top)\r\n\(lead)Preambolo\r\n--==lista=\r\n--==lista==\r\n\(type)\r\n".utf8)
                                + body
                                + Array(
                                    "\r\n--==lista==\r\nContent-Type: text/plain\r\n\r\n___\r\nLista\r\n--==lista==--\r\n"
                                        .utf8
                                )
                        }
                    }
                )
            ],
            expected,
            warnings: [.wrapped]
        )
    }
}
