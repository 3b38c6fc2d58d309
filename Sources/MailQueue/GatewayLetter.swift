// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

import struct NIOCore.ByteBuffer

/// A mail of our own to users, from the postmaster, with a null reverse-path.
struct GatewayLetter {
    /// The identifier in the queue, and the first half of the Message-ID.
    var id: QueueID
    var hostname: String
    var postmaster: AddrSpec
    var readers: [AddrSpec]
    var subject: String
    var date: Timestamp
    /// The Message-ID of the message that it is about, without angle brackets.
    var reference: String?

    var messageID: String { "\(id)@\(hostname)" }
    var isASCII: Bool { readers.allSatisfy(\.isASCII) && postmaster.isASCII }

    /// The fields up to the content's own.
    var header: String {
        var text = PlainText.field("From", "\"Ceralacca\" <\(postmaster)>")
        text += PlainText.field("To", readers.map { "<\($0)>" }.joined(separator: ", "))
        text += PlainText.field("Subject", TextEncoding.encodeWords(subject))
        text += PlainText.field("Date", MailDate.format(date))
        text += PlainText.field("Message-ID", "<\(messageID)>")
        if let reference = reference.flatMap(DeliveryReport.reference) {
            text += PlainText.field("In-Reply-To", reference) + PlainText.field("References", reference)
        }
        return text + "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
    }

    /// The fields of a part in words.
    var textFields: String {
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    }

    /// The readers as recipients that no report is made for.
    func recipients(route: Route) -> [QueuedRecipient] {
        readers.enumerated().map { number, reader in
            QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(reader, notify: .never),
                route: route,
                nextAttempt: date
            )
        }
    }

    /// The letter as a message for the queue, its body whole in memory.
    func arrival(text: String, reason: String, route: Route) -> Arrival {
        let octets = ByteBuffer(string: header + textFields + "\r\n" + TextEncoding.quotedPrintable(text))
        return Arrival(
            message: QueuedMessage(
                id: id,
                origin: .notice,
                arrival: date,
                reversePath: .null,
                requiresSMTPUTF8: !isASCII,
                isEightBit: !isASCII,
                size: octets.readableBytes,
                headerFrom: postmaster.description,
                subject: subject,
                messageID: messageID,
                routeReason: reason
            ),
            recipients: recipients(route: route),
            body: .octets(octets)
        )
    }
}
