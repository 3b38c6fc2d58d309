// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The Received field that a relay puts on top of what it takes (RFC 5321 §4.4).
enum ReceivedField {
    /// ```text
    /// Received: from mail (mail.example.org [198.51.100.7]) by relay.azienda.it (Ceralacca)
    ///  with ESMTPS id 01JD2M6Q0Z9W8K3T for <ente@pec.example.it>; Mon, 23 Nov 2026 10:00:00 +0000
    /// ```
    /// Before the address stands its name in the DNS, when that leads back to it. `for` stands only with a single recipient, so that nobody learns of others. What the client called itself is cut to
    /// characters that cannot end the field.
    static func compose(
        envelope: Envelope,
        session: SessionFacts,
        hostname: String,
        id: QueueID,
        moment: Timestamp
    ) -> String {
        let address = session.peer.contains(":") ? "IPv6:\(session.peer)" : session.peer
        let name = session.reverseName.map { "\(cleaned($0)) " } ?? ""
        let recipient = envelope.recipients.count == 1 ? "\r\n for <\(envelope.recipients[0].forwardPath)>" : ""
        return """
            Received: from \(cleaned(session.clientName)) (\(name)[\(address)]) by \(hostname) (Ceralacca)\r
             with \(protocolName(envelope, session)) id \(id)\(recipient); \(MailDate.format(moment))\r

            """
    }

    /// True for the body of a field that this gateway wrote.
    static func isOurs(_ body: String, hostname: String) -> Bool { body.contains(" by \(hostname) (Ceralacca)") }

    /// The protocol with its letters for TLS and authentication (RFC 3848) and internationalised mail (RFC 6531 §4.3).
    private static func protocolName(_ envelope: Envelope, _ session: SessionFacts) -> String {
        guard session.isExtended else { return "SMTP" }
        let base = envelope.requiresSMTPUTF8 ? "UTF8SMTP" : "ESMTP"
        return base + (session.tlsVersion == nil ? "" : "S") + (session.authenticated == nil ? "" : "A")
    }

    private static func cleaned(_ name: String) -> String {
        let kept = name.utf8.prefix(255).filter { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        return kept.isEmpty ? "unknown" : String(decoding: kept, as: UTF8.self)
    }
}
