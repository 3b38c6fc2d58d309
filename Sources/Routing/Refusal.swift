// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// The replies that refuse a message: what, why, and what to do, in words for a person in an office.
///
/// What Exchange is told stands in the report that a user reads in Outlook: a line in Italian, a line in English, in ASCII.
enum Refusal {
    /// The most octets of a line: with code and status it stays within 512 (RFC 5321 §4.5.3.1.5).
    static let maximumOctets = 490

    static func relaying(to recipient: AddrSpec) -> SMTPReply {
        SMTPReply(
            550,
            EnhancedStatus(5, 7, 1),
            "Relaying denied: this server does not take mail for \(shown(recipient)), because its domain is not one of "
                + "ours; check the address."
        )
    }

    static func notAnAccount(_ recipient: AddrSpec) -> SMTPReply {
        SMTPReply(
            550,
            EnhancedStatus(5, 1, 1),
            "There is no account \(shown(RecipientSuffix.concealed(recipient))) here, and this port takes only the copies that a "
                + "provider forwards for one; check where the provider forwards to."
        )
    }

    /// A copy that this gateway delivered for the account before.
    static func cameBack(_ account: AddrSpec) -> SMTPReply {
        SMTPReply(
            554,
            EnhancedStatus(5, 4, 6),
            "Mail loop: this gateway has delivered this message for \(shown(account)) already, and it came back; check what "
                + "forwards the mail of its readers."
        )
    }

    /// A copy of what the account sent by this gateway.
    static func sentCopy(_ account: AddrSpec) -> SMTPReply {
        SMTPReply(
            554,
            EnhancedStatus(5, 4, 6),
            "Mail loop: this gateway has sent this message for \(shown(account)), and does not take it back; have the provider "
                + "forward what arrives alone, not what is sent."
        )
    }

    /// A line in Italian and a line in English.
    static func bilingual(_ code: Int, _ status: EnhancedStatus, _ italian: String, _ english: String) -> SMTPReply {
        SMTPReply(code, status, lines: [cut(italian, to: maximumOctets), cut(english, to: maximumOctets)])
    }

    /// An address as a reply can carry it: ASCII, and not longer than a line bears.
    static func shown(_ address: AddrSpec) -> String {
        shown(address.isASCII ? address.description : address.comparisonKey)
    }

    /// Addresses in a row, as many as fit, and how many more there are.
    static func shown(_ addresses: [AddrSpec]) -> String {
        var text = ""
        for (index, address) in addresses.enumerated() {
            let next = shown(address)
            guard index == 0 || text.utf8.count + next.utf8.count < 140 else {
                return "\(text) (+\(addresses.count - index))"
            }
            text += index == 0 ? next : ", \(next)"
        }
        return text
    }

    /// A text as a reply can carry it.
    static func shown(_ text: String) -> String {
        var ascii = ""
        ascii.unicodeScalars.append(contentsOf: text.unicodeScalars.map { (0x20..<0x7F).contains($0.value) ? $0 : "?" })
        return cut(ascii, to: 120)
    }

    private static func cut(_ ascii: String, to octets: Int) -> String {
        ascii.utf8.count <= octets ? ascii : "\(ascii.prefix(octets - 3))..."
    }
}
