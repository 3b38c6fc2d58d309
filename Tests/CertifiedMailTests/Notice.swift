// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import MailModel
import NIOCore

/// A notice of our own making, with every part of it open to change.
struct Notice {
    var fields: [(String, String)] = [
        ("Return-Path", "<posta-certificata@pec.gestore.example>"),
        ("X-Riferimento-Message-ID", "<client-1@azienda.example>"),
        ("Date", "Mon, 23 Nov 2026 10:00:00 +0100"), ("From", "posta-certificata@pec.gestore.example"),
        ("To", "azienda@pec.gestore.example"), ("Message-ID", "<receipt-1@pec.gestore.example>"),
        ("MIME-Version", "1.0"),
    ]
    var signedType = #"multipart/signed; protocol="application/pkcs7-signature"; micalg="sha-256"; boundary="outer""#
    var preamble = "This is an S/MIME signed message"
    var entityFields = "Content-Type: multipart/mixed; boundary=\"inner\""
    var children: [String] = []
    var signature: String? =
        "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\nContent-Transfer-Encoding: base64\n\nMIIB\nAAAA"
    var lineEnd = "\r\n"

    static let words = "Content-Type: text/plain; charset=iso-8859-1\n\n-- Ricevuta --"
    static let dataFields = "Content-Type: application/xml; name=\"daticert.xml\"\nContent-Transfer-Encoding: base64"

    /// A notice with fields of certified mail, and certification data in base 64.
    init(_ field: String, _ value: String, subject: String = "ACCETTAZIONE: Offerta", data: CertificationXML?) {
        fields += [(field, value), ("Subject", subject)]
        children = [Self.words]
        if let data { children.append(Self.part(data.text)) }
    }

    static func part(_ data: String, fields: String = dataFields) -> String { part(Array(data.utf8), fields: fields) }

    static func part(_ data: [UInt8], fields: String = dataFields) -> String {
        var text = Base64.encode(data)[...]
        var lines: [Substring] = []
        while !text.isEmpty {
            lines.append(text.prefix(76))
            text = text.dropFirst(76)
        }
        return fields + "\n\n" + lines.joined(separator: "\n")
    }

    var text: String {
        var lines =
            fields.map { "\($0.0): \($0.1)" } + [
                "Content-Type: \(signedType)", "", preamble, "--outer", entityFields, "",
            ]
        for child in children { lines += ["--inner", child] }
        lines += ["--inner--", ""]
        if let signature { lines += ["--outer", signature, "--outer--", ""] }
        return lines.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: lineEnd)
    }

    var octets: [UInt8] { Array(text.utf8) }

    func read() -> CertifiedMessage { CertifiedMessage(ByteBuffer(bytes: octets)) }

    mutating func set(_ name: String, _ value: String?) {
        fields.removeAll { $0.0 == name }
        if let value { fields.append((name, value)) }
    }
}

/// `daticert.xml` of our own making.
struct CertificationXML {
    var kind: String
    var failure: String? = "nessuno"
    var head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    var recipients =
        "<destinatari tipo=\"certificato\">uno@pec.altro.example</destinatari>"
        + "<destinatari tipo=\"esterno\">due@posta.example</destinatari>"
    var replyTo = "<risposte>azienda@pec.gestore.example</risposte>"
    var subject = "<oggetto>Offerta</oggetto>"
    var time = "<data zona=\"+0100\"><giorno>23/11/2026</giorno><ora>10:00:00</ora></data>"
    var messageID = "<msgid>&lt;client-1@azienda.example&gt;</msgid>"
    var extra = ""

    init(_ kind: String, failure: String? = "nessuno", extra: String = "") {
        self.kind = kind
        self.failure = failure
        self.extra = extra
    }

    var text: String {
        let attribute = failure.map { " errore=\"\($0)\"" } ?? ""
        return head + "<postacert tipo=\"\(kind)\"\(attribute)>\n  <intestazione>\n"
            + "    <mittente>azienda@pec.gestore.example</mittente>\n    \(recipients)\n    \(replyTo)\n    \(subject)\n"
            + "  </intestazione>\n  <dati>\n    <gestore-emittente>GESTORE S.p.A.</gestore-emittente>\n    \(time)\n"
            + "    <identificativo>opec1.2026@pec.gestore.example</identificativo>\n    \(messageID)\n    \(extra)\n"
            + "  </dati>\n</postacert>\n"
    }
}

extension CertifiedMessage {
    var codes: Set<Warning.Code> { Set(warnings.map(\.code)) }
}
