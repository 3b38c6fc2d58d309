// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

import struct NIOCore.ByteBuffer

extension DeliveryReport {
    /// The report as a message for the queue, to those whom the message's reports go to, with a null reverse-path.
    ///
    /// - Parameter route: the lane to that sender, `.exchange` where it is a user of Exchange.
    /// - Returns: the arrival, its body whole in memory.
    /// - Precondition: `isDue`: there is somebody to report to.
    public func arrival(route: Route) -> Arrival {
        let readers = message.reportTo
        precondition(!readers.isEmpty, "a report without an address to go to")
        let isASCII = readers.allSatisfy(\.isASCII)
        let returned = returnedPart()
        var text = header(to: readers)
        text += part("text/plain; charset=utf-8", encoding: "quoted-printable")
        text += TextEncoding.quotedPrintable(ReportText(self).text)
        text += part("message/delivery-status", encoding: nil)
        text += deliveryStatus()
        text += part(returned.type, encoding: returned.content.isEightBit ? "8bit" : nil)
        var octets = ByteBuffer(string: text)
        octets.writeBytes(returned.content.octets)
        octets.writeString("\r\n--\(boundary)--\r\n")
        let subject = subjectLine
        return Arrival(
            message: QueuedMessage(
                id: id,
                origin: .notice,
                arrival: now,
                reversePath: .null,
                requiresSMTPUTF8: !isASCII,
                isEightBit: returned.content.isEightBit || !isASCII,
                size: octets.readableBytes,
                headerFrom: postmaster.description,
                subject: subject,
                messageID: "\(id)@\(hostname)",
                routeReason: "delivery report about \(message.id)"
            ),
            recipients: readers.enumerated().map { number, reader in
                QueuedRecipient(
                    number: number,
                    recipient: EnvelopeRecipient(reader, notify: .never),
                    route: route,
                    nextAttempt: now
                )
            },
            body: .octets(octets)
        )
    }

    private var boundary: String { "=_\(id)_report" }

    private func part(_ type: String, encoding: String?) -> String {
        let field = encoding.map { "Content-Transfer-Encoding: \($0)\r\n" } ?? ""
        return "\r\n--\(boundary)\r\nContent-Type: \(type)\r\n\(field)\r\n"
    }

    private var subjectLine: String {
        let words =
            switch action {
            case .failed: "Mancata consegna / Undelivered"
            case .delayed: "Consegna in ritardo / Delayed"
            case .relayed: "Inoltrato / Relayed"
            }
        guard let subject = message.subject, !subject.isEmpty else { return words }
        return "\(words): \(subject)"
    }

    private func header(to readers: [AddrSpec]) -> String {
        var text = PlainText.field("From", "\"Mail Delivery System\" <\(postmaster)>")
        text += PlainText.field("To", readers.map { "<\($0)>" }.joined(separator: ", "))
        text += PlainText.field("Subject", TextEncoding.encodeWords(subjectLine))
        text += PlainText.field("Date", MailDate.format(now))
        text += PlainText.field("Message-ID", "<\(id)@\(hostname)>")
        if let reference = message.messageID.flatMap(Self.reference) {
            text += PlainText.field("In-Reply-To", reference) + PlainText.field("References", reference)
        }
        text += "Auto-Submitted: auto-replied\r\n"
        text += "MIME-Version: 1.0\r\n"
        text += "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"\(boundary)\"\r\n"
        text += "\r\nThis is a delivery report in MIME format.\r\n"
        return text
    }

    /// `<id>`, or nil for an identifier that would break the field.
    static func reference(_ messageID: String) -> String? {
        let isSound =
            messageID.utf8.count <= 900 && messageID.contains("@")
            && messageID.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3C && $0 != 0x3E }
        return isSound ? "<\(messageID)>" : nil
    }

    private func returnedPart() -> (type: String, content: HeaderReturn) {
        var content = original
        content.moveReaderIndex(forwardBy: min(message.trace.utf8.count, content.readableBytes))
        if Self.returnsContent(action, of: message), original.readableBytes >= message.size,
            let whole = HeaderReturn(whole: content)
        {
            return ("message/rfc822", whole)
        }
        return ("text/rfc822-headers", HeaderReturn(headerOf: content))
    }

    /// The fields of RFC 3464 §2.2 for the message and §2.3 for each recipient.
    private func deliveryStatus() -> String {
        var text = ""
        if let envelopeID = message.envelopeID {
            text += PlainText.field("Original-Envelope-Id", PlainText.xtext(envelopeID))
        }
        text += PlainText.field("Reporting-MTA", "dns; \(PlainText.ascii(hostname))")
        text += PlainText.field("X-Queue-ID", message.id.description)
        text += PlainText.field("Arrival-Date", MailDate.format(message.arrival))
        for recipient in recipients {
            text += "\r\n" + fields(of: recipient)
        }
        return text
    }

    private func fields(of reported: ReportedRecipient) -> String {
        var text = ""
        if let original = reported.recipient.originalRecipient {
            text += PlainText.field("Original-Recipient", PlainText.typedAddress(original))
        }
        text += PlainText.field("Final-Recipient", PlainText.typedAddress(reported.recipient.forwardPath))
        switch action {
        case .failed: text += "Action: failed\r\n"
        case .delayed: text += "Action: delayed\r\n"
        case .relayed: text += "Action: relayed\r\n"
        }
        text += PlainText.field("Status", statusInClass(reported.status).description)
        if let server = reported.remoteMTA {
            text += PlainText.field("Remote-MTA", "dns; \(PlainText.ascii(server))")
        }
        if let reply = reported.reply {
            text += PlainText.field("Diagnostic-Code", "smtp; \(PlainText.ascii(reply.description))")
        } else if !reported.explanation.isEmpty {
            text += PlainText.field("Diagnostic-Code", "x-ceralacca; \(PlainText.ascii(reported.explanation))")
        }
        if let moment = reported.lastAttempt { text += PlainText.field("Last-Attempt-Date", MailDate.format(moment)) }
        if case .delayed(let until) = action {
            text += PlainText.field("Will-Retry-Until", MailDate.format(until))
        }
        return text
    }

    /// The class must fit the action (RFC 3464 §2.3.4): 5 or 4 for a failure, 4 for a delay, 2 for a success.
    private func statusInClass(_ status: EnhancedStatus) -> EnhancedStatus {
        switch action {
        case .failed: status.statusClass == 2 ? EnhancedStatus(5, 0, 0) : status
        case .delayed: EnhancedStatus(4, status.subject, status.detail)
        case .relayed: EnhancedStatus(2, status.subject, status.detail)
        }
    }
}

extension PlainText {
    /// `text` in xtext (RFC 3461 §4): ASCII without spaces, `+` and `=` as hexadecimal.
    static func xtext(_ text: String) -> String {
        text.utf8.map { octet in
            (0x21...0x7E).contains(octet) && octet != 0x2B && octet != 0x3D
                ? String(UnicodeScalar(octet)) : "+" + TextEncoding.hexadecimal(octet)
        }.joined()
    }

    /// An address with its type: `rfc822; mario@azienda.it`, and where it holds UTF-8 the ASCII form of RFC 6533 §3.
    static func typedAddress(_ address: AddrSpec) -> String {
        address.isASCII ? "rfc822; \(oneLine(address.description))" : "utf-8; \(unicodeXtext(address.description))"
    }

    /// The value of an ORCPT, `rfc822;mario@azienda.it`, with its type.
    static func typedAddress(_ original: String) -> String {
        let parts = original.split(separator: ";", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return "rfc822; \(ascii(original))" }
        guard !original.utf8.allSatisfy({ $0 < 0x80 }) else { return "\(oneLine(parts[0])); \(oneLine(parts[1]))" }
        return "utf-8; \(unicodeXtext(parts[1]))"
    }

    /// The `utf-8-addr-xtext` of RFC 6533 §3: every character that is not plain ASCII as `\x{HEX}`.
    private static func unicodeXtext(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            (0x21...0x7E).contains(scalar.value) && !"\\+=".unicodeScalars.contains(scalar)
                ? String(scalar) : "\\x{\(String(scalar.value, radix: 16, uppercase: true))}"
        }.joined()
    }
}
