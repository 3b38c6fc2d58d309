// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The fields that are put on top of a retrieved message (RFC 5321 §4.4); nothing else of it is touched (P3).
///
/// ```text
/// Received: from pop.pec.example.it by relay.azienda.it with POP3S
///  id 01JD8QZ0V3K7M2XA for <azienda@pec.example.it>;
///  Mon, 23 Nov 2026 10:00:00 +0000
/// X-Ceralacca-Account: azienda@pec.example.it
/// X-Auto-Response-Suppress: All
/// ```
struct TraceFields {
    /// The provider's server.
    var server: String
    /// Our name.
    var hostname: String
    /// How the message came: POP3, POP3S, IMAP or IMAPS.
    var protocolName: String
    var id: QueueID
    var account: RetrievalAccount
    var moment: Timestamp

    /// The fields, each with its CRLF.
    var text: String {
        let recipient = AccountField.ascii(account.address).map { " for <\($0)>" } ?? ""
        return "Received: from \(server) by \(hostname) with \(protocolName)\r\n"
            + " id \(id)\(recipient);\r\n \(MailDate.format(moment))\r\n"
            + AccountField.compose(account.address) + "X-Auto-Response-Suppress: All\r\n"
    }

    /// True when `content` does not begin with a field or an empty line: an empty line must then stand between the trace fields
    /// and the message, so that what was body stays body.
    static func needsEmptyLine(before content: some Sequence<UInt8>) -> Bool {
        var isFirst = true
        var isBehindName = false
        for octet in content {
            switch octet {
            case 0x0A where isFirst, 0x0D where isFirst: return false  // an empty header: its empty line is there
            case 0x3A: return isFirst  // a name before the colon makes it a field
            case 0x20, 0x09:
                guard !isFirst else { return true }
                isBehindName = true
            case 0x21...0x7E where !isBehindName: break
            default: return true
            }
            isFirst = false
        }
        return !isFirst
    }
}
