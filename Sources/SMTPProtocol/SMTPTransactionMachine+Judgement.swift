// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Before the first command: what the server offers decides whether it can take the message at all.
extension SMTPTransactionMachine {
    /// Why the server cannot take the message, judged from what it offers; nil when it can.
    func judge() -> SMTPReply? {
        let envelope = transaction.envelope
        let hasUTF8 =
            envelope.reversePath.mailbox?.isASCII == false || envelope.recipients.contains { !$0.forwardPath.isASCII }
        if envelope.requiresSMTPUTF8 || hasUTF8, !capabilities.smtpUTF8 {
            return SMTPReply(
                550,
                EnhancedStatus(5, 6, 7),
                "the message needs SMTPUTF8 for its addresses or header, and \(peer) does not offer it"
            )
        }
        if transaction.hasBareLineEnds, !capabilities.chunking {
            return SMTPReply(
                550,
                EnhancedStatus(5, 6, 11),
                "the message has CR or LF characters outside its line ends, which only BDAT carries unchanged, and \(peer) does not offer CHUNKING"
            )
        }
        if let limit = capabilities.maximumSize, transaction.size > limit {
            return SMTPReply(
                552,
                EnhancedStatus(5, 3, 4),
                "the message has \(ByteCount(octets: transaction.size)), and \(peer) takes at most \(ByteCount(octets: limit))"
            )
        }
        return nil
    }
}
