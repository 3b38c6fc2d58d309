// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedMailSignatures
import MailModel
import Sandbox

/// A delivery receipt as some provider might write it, every part of it open to change, with a true signature of the simulated provider.
struct ForeignNotice {
    var fields: [String] = [
        "Return-Path: <posta-certificata@pec.example.it>", "X-Ricevuta: avvenuta-consegna",
        "X-Riferimento-Message-ID: <client-1@azienda.it>", "Date: Mon, 23 Nov 2026 11:00:00 +0100",
        "From: posta-certificata@pec.example.it", "To: anna@pec.example.it", "Subject: CONSEGNA: Offerta",
        "Message-ID: <ricevuta-1@pec.example.it>", "MIME-Version: 1.0",
    ]
    var signedType =
        #"Content-Type: multipart/signed; protocol="application/x-pkcs7-signature"; micalg="sha-256"; boundary="fuori""#
    var preamble = ""
    var boundaryEnd = ""
    var entityFields = #"Content-Type: multipart/mixed; boundary="dentro""#
    var dataFields = [
        #"Content-Type: application/xml; name="daticert.xml""#,
        #"Content-Disposition: inline; filename="daticert.xml""#,
        "Content-Transfer-Encoding: base64",
    ]
    var originalFields = [#"Content-Type: message/rfc822; name="postacert.eml""#]
    var isOriginalFirst = false
    var xml = ForeignXML()
    /// The document in its character set.
    var encode: (String) -> [UInt8] = { Array($0.utf8) }
    /// The octets of the document as the part holds them.
    var transfer: ([UInt8]) -> String = { ForeignNotice.lines(Base64.encode($0), 76) }
    var signatureFields = [
        #"Content-Type: application/x-pkcs7-signature; name="smime.p7s""#, "Content-Transfer-Encoding: base64",
        #"Content-Disposition: attachment; filename="smime.p7s""#,
    ]
    var signatureLine = 64
    var epilogue = ""
    /// What becomes of the message on its way.
    var transport: ([UInt8]) -> [UInt8] = { $0 }

    /// Puts another field in the place of that of its name.
    mutating func set(_ field: String) {
        let name = field.prefix { $0 != ":" && $0 != " " }.lowercased()
        fields.removeAll { $0.prefix { $0 != ":" && $0 != " " }.lowercased() == name }
        fields.append(field)
    }

    /// The part that holds the certification data, its header before it.
    var dataPart: [UInt8] {
        // Octets above ASCII stand for themselves: the string is Latin-1.
        (dataFields.joined(separator: "\r\n") + "\r\n\r\n").utf8
            + transfer(encode(xml.text)).unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    private var entity: [UInt8] {
        let text = "Content-Type: text/plain; charset=iso-8859-1\r\n\r\nRicevuta di avvenuta consegna\r\n"
        let original =
            originalFields.joined(separator: "\r\n")
            + "\r\n\r\nFrom: anna@pec.example.it\r\nX-Ricevuta: accettazione\r\n"
            + "Message-ID: <opec1.2026@pec.example.it>\r\n\r\n<postacert tipo=\"errore-consegna\"/>\r\n"
        var parts = [Array(text.utf8), dataPart, Array(original.utf8)]
        if isOriginalFirst { parts.swapAt(1, 2) }
        var octets = Array("\(entityFields)\r\n\r\n".utf8)
        for part in parts { octets += "--dentro\(boundaryEnd)\r\n".utf8 + part + "\r\n".utf8 }
        return octets + "--dentro--\r\n".utf8
    }

    /// The message, signed.
    func octets() throws -> [UInt8] {
        let entity = entity
        let signature = Base64.encode(try RoundTrip.composer().signer.sign(entity, at: RoundTrip.moment))
        var octets = Array((fields + [signedType, "", preamble]).joined(separator: "\r\n").utf8)
        octets += "\r\n--fuori\(boundaryEnd)\r\n".utf8 + entity + "\r\n--fuori\(boundaryEnd)\r\n".utf8
        octets +=
            (signatureFields + ["", Self.lines(signature, signatureLine), "--fuori--\(boundaryEnd)", epilogue])
            .joined(separator: "\r\n").utf8
        return transport(octets)
    }

    static func lines(_ text: String, _ length: Int) -> String {
        var (lines, rest) = ([Substring](), text[...])
        while !rest.isEmpty {
            lines.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return lines.joined(separator: "\r\n")
    }

    /// Octets as the Latin-1 text that stands for them.
    static func plain(_ octets: [UInt8]) -> String {
        String(String.UnicodeScalarView(octets.map { Unicode.Scalar($0) }))
    }

    static func quotedPrintable(_ octets: [UInt8]) -> String {
        var text = ""
        for (index, octet) in octets.enumerated() {
            let isPlain = (0x20...0x7E).contains(octet) && octet != 0x3D
            text += isPlain ? plain([octet]) : "=" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
            if index % 20 == 19 { text += "=\r\n" }
        }
        return text
    }
}

/// The certification data of such a receipt.
struct ForeignXML {
    var head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    var root = #"<postacert tipo="avvenuta-consegna" errore="nessuno">"#
    var sender = "<mittente>anna@pec.example.it</mittente>"
    var recipients =
        #"<destinatari tipo="certificato">bruno@pec.example.it</destinatari><destinatari tipo="esterno">ditta@example.com</destinatari>"#
    var replyTo = "<risposte>anna@pec.example.it</risposte>"
    var subject = "<oggetto>Offerta</oggetto>"
    var provider = "<gestore-emittente>Gestore Simulato S.p.A.</gestore-emittente>"
    var time = #"<data zona="+0100"><giorno>23/11/2026</giorno><ora>11:00:00</ora></data>"#
    var identifier = "<identificativo>opec1.2026@pec.example.it</identificativo>"
    var messageID = "<msgid>&lt;client-1@azienda.it&gt;</msgid>"
    var receiptType = #"<ricevuta tipo="completa" />"#
    var extra = "<consegna>bruno@pec.example.it</consegna>"
    var foot = "</postacert>\n"

    var text: String {
        """
        \(head)\(root)
            <intestazione>
                \(sender)
                \(recipients)
                \(replyTo)
                \(subject)
            </intestazione>
            <dati>
                \(provider)
                \(time)
                \(identifier)
                \(messageID)
                \(receiptType)
                \(extra)
            </dati>
        \(foot)
        """
    }
}

/// What `inspect` says of a message.
struct Facts: Equatable {
    var kind = MessageKind.delivery
    var failure: CertificationFailure? = CertificationFailure.none
    var sender: String? = "anna@pec.example.it"
    var recipients = [
        CertifiedRecipient(address: "bruno@pec.example.it", isCertified: true),
        CertifiedRecipient(address: "ditta@example.com", isCertified: false),
    ]
    var subject: String? = "Offerta"
    var provider: String? = "Gestore Simulato S.p.A."
    var identifier: String? = "opec1.2026@pec.example.it"
    var messageID: String? = "client-1@azienda.it"
    var time: String? = "2026-11-23T11:00:00+01:00"
    var receiptType: CertifiedMail.ReceiptType? = .complete
    var deliveredTo: String? = "bruno@pec.example.it"
    var detail: String?
    var signature = SignatureFinding.State.valid
    var signer: String? = "posta-certificata@pec.example.it"
    var digest: String? = "sha256"
    var isSuspect = false

    init() {}

    init(_ message: CertifiedMessage, _ finding: SignatureFinding) {
        kind = message.kind
        failure = message.failure
        sender = message.sender
        recipients = message.recipients
        subject = message.subject
        provider = message.provider
        identifier = message.identifier
        messageID = message.messageID
        time = message.time?.description
        receiptType = message.receiptType
        deliveredTo = message.deliveredTo
        detail = message.failureText
        signature = finding.state
        signer = finding.signer
        digest = finding.digest
        isSuspect = message.isSuspect
    }
}
