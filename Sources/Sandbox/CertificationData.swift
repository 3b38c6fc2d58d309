// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// What `daticert.xml` certifies (RFC 6109 §4.4; FORMATS §1.6).
struct CertificationData {
    /// `tipo`.
    let kind: NoticeKind
    /// `errore`.
    let failure: NoticeFailure
    /// The message it is about.
    let original: OriginalMessage
    /// `gestore-emittente`: who issues the notice.
    let issuer: String
    /// When it is issued.
    let moment: Timestamp
    /// `ricevuta`: in transport envelopes and delivery receipts.
    let receiptType: ReceiptType?
    /// `consegna`: the address delivered to, or not.
    let concerned: AddrSpec?
    /// `ricezione`: the addresses taken in charge.
    let takenInCharge: [AddrSpec]
    /// `errore-esteso`: the words.
    let detail: String?

    /// The document, UTF-8 with LF.
    var xml: String {
        let time = LegalTime(moment)
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            #"<postacert tipo="\#(kind.rawValue)" errore="\#(failure.rawValue)">"#, "    <intestazione>",
            element("mittente", original.sender.description),
        ]
        for recipient in original.recipients {
            let attribute = recipient.isCertified ? "certificato" : "esterno"
            lines.append(element("destinatari", recipient.address.description, attribute: attribute))
        }
        lines += [
            element("risposte", original.replyTo), element("oggetto", original.subject), "    </intestazione>",
            "    <dati>", element("gestore-emittente", issuer), #"        <data zona="\#(time.zone)">"#,
            "            <giorno>\(time.day)</giorno>", "            <ora>\(time.time)</ora>", "        </data>",
            element("identificativo", original.identifier),
        ]
        if let messageID = original.clientMessageID { lines.append(element("msgid", messageID)) }
        if let receiptType { lines.append(#"        <ricevuta tipo="\#(receiptType.rawValue)"/>"#) }
        if let concerned { lines.append(element("consegna", concerned.description)) }
        lines += takenInCharge.map { element("ricezione", $0.description) }
        if let detail { lines.append(element("errore-esteso", detail)) }
        lines += ["    </dati>", "</postacert>"]
        return lines.joined(separator: "\n") + "\n"
    }

    private func element(_ name: String, _ text: String, attribute: String? = nil) -> String {
        let opening = attribute.map { #"\#(name) tipo="\#($0)""# } ?? name
        return "        <\(opening)>\(Self.escape(text))</\(name)>"
    }

    /// `text` as character data: markup escaped, what XML 1.0 does not allow replaced by U+FFFD.
    static func escape(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "\r": result.append(contentsOf: "&#13;".unicodeScalars)
            case "\t", "\n", "\u{20}"..."\u{D7FF}", "\u{E000}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}":
                result.append(scalar)
            default: result.append("\u{FFFD}")
            }
        }
        return String(result)
    }
}
