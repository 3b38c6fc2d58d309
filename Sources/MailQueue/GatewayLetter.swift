// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The header that mails of our own to users have in common.
struct GatewayLetter {
    var from: String
    var to: [AddrSpec]
    var subject: String
    var date: Timestamp
    /// Without angle brackets.
    var messageID: String
    /// The Message-ID of the message that it is about, without angle brackets.
    var reference: String?

    /// The fields up to the content's own.
    var header: String {
        var text = PlainText.field("From", from)
        text += PlainText.field("To", to.map { "<\($0)>" }.joined(separator: ", "))
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
        to.enumerated().map { number, reader in
            QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(reader, notify: .never),
                route: route,
                nextAttempt: date
            )
        }
    }
}
