// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// What `daticert.xml` certifies (RFC 6109 §4.4; FORMATS §1.6).
struct CertificationData {
    /// The notice that it belongs to.
    let notice: CertifiedNotice
    /// `gestore-emittente`: who issues the notice.
    let issuer: String
    /// How it is written.
    var style = CertificationStyle()

    /// The document.
    var octets: [UInt8] {
        let text = lines.joined(separator: style.hasCarriageReturns ? "\r\n" : "\n")
        let end = style.hasCarriageReturns ? "\r\n" : "\n"
        guard !style.hasWrongCharset else {
            return (text + end).unicodeScalars.map { $0.value <= 0xFF ? UInt8($0.value) : 0x3F }
        }
        return (style.hasByteOrderMark ? [0xEF, 0xBB, 0xBF] : []) + Array((text + end).utf8)
    }

    private var lines: [String] {
        let original = notice.original
        let failure = style.omitsDefaults && notice.failure == .nothing ? "" : " errore=\"\(notice.failure.rawValue)\""
        var lines = prologue
        lines += [#"<postacert tipo="\#(notice.kind.rawValue)"\#(failure)>"#, "    <intestazione>"]
        lines.append(element("mittente", original.sender.description))
        lines += original.recipients.map { recipient in
            let attribute = recipient.isCertified ? (style.omitsDefaults ? nil : "certificato") : "esterno"
            return element("destinatari", recipient.address.description, attribute: attribute)
        }
        let replies = element("risposte", style.hasEmptyReplyTo ? "" : original.replyTo)
        lines += [style.hasStrayText ? "\(replies)a" : replies, subject(of: original), "    </intestazione>"]
        return lines + ["    <dati>"] + facts + ["    </dati>", "</postacert>"]
    }

    private var facts: [String] {
        let time = LegalTime(notice.moment)
        var lines = [
            element("gestore-emittente", issuer), #"        <data zona="\#(time.zone)">"#,
            "            <giorno>\(time.day)</giorno>", "            <ora>\(time.time)</ora>", "        </data>",
            element("identificativo", notice.original.identifier),
        ]
        if !style.omitsMessageID, let messageID = notice.original.clientMessageID {
            lines.append(element("msgid", messageID))
        }
        if let type = notice.receiptType {
            lines.append(
                "        <ricevuta tipo=\"\(type.rawValue)\"" + (style.hasPairedTags ? "></ricevuta>" : "/>")
            )
        }
        if let concerned = notice.concerned { lines.append(element("consegna", concerned.description)) }
        lines += notice.takenInCharge.map { element("ricezione", $0.description) }
        if let detail = notice.detail { lines.append(element("errore-esteso", detail)) }
        return lines
    }

    private var prologue: [String] {
        var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#]
        if style.hasDocumentType {
            lines += [
                #"<?xml-stylesheet type="text/xsl" href="http://dtd.invalid/daticert.xsl"?>"#,
                #"<!DOCTYPE postacert SYSTEM "http://dtd.invalid/daticert.dtd">"#,
            ]
        }
        if style.hasEntities {
            lines += [
                #"<!DOCTYPE postacert SYSTEM "http://dtd.invalid/daticert.dtd" ["#,
                #"  <!ENTITY file SYSTEM "file:///etc/passwd">"#, #"  <!ENTITY a0 "bomba">"#,
            ]
            for level in 1...9 {
                let references = String(repeating: "&a\(level - 1);", count: 10)
                lines.append("  <!ENTITY a\(level) \"\(references)\">")
            }
            lines.append("]>")
        }
        return lines
    }

    private func subject(of original: OriginalMessage) -> String {
        style.hasEntities
            ? "        <oggetto>&file;&a9;\(escape(original.subject))</oggetto>" : element("oggetto", original.subject)
    }

    private func element(_ name: String, _ text: String, attribute: String? = nil) -> String {
        let opening = attribute.map { #"\#(name) tipo="\#($0)""# } ?? name
        return "        <\(opening)>\(escape(text))</\(name)>"
    }

    private func escape(_ text: String) -> String {
        let escaped = Self.escape(text)
        guard style.isASCII else { return escaped }
        return escaped.unicodeScalars.map { $0.isASCII ? String($0) : "&#\($0.value);" }.joined()
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
