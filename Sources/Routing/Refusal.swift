// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// The replies that refuse a message: what, why, and what to do, in words for a person in an office.
enum Refusal {
    static let loop = SMTPReply(
        554,
        EnhancedStatus(5, 4, 6),
        "This message goes in circles: more than \(RoutingTable.maximumReceived) servers have passed it on; "
            + "the administrator must look for a forwarding rule that sends it back."
    )

    static let headerTooLarge = SMTPReply(
        552,
        EnhancedStatus(5, 3, 4),
        "The header of this message is larger than \(HeaderSection.maximumOctets / 1024) KB, so that its sender cannot be "
            + "checked; send it to fewer people at a time."
    )

    static let doubledFrom = SMTPReply(
        550,
        EnhancedStatus(5, 6, 0),
        "This message has more than one From line, so that nobody can tell who sends it; the program that wrote it must "
            + "write exactly one."
    )

    static func missingFrom(_ account: AddrSpec) -> SMTPReply {
        SMTPReply(
            550,
            EnhancedStatus(5, 6, 0),
            "This message names \(shown(account)) as where it comes from, but has no sender in its From line; "
                + "write that address as its From and send it again."
        )
    }

    /// `account`: the one that the message may mean; nil when it is too long to search.
    static func unreadableFrom(_ account: AddrSpec?) -> SMTPReply {
        let meant = account.map { ", and it may be meant to be \(shown($0))" } ?? ""
        return SMTPReply(
            550,
            EnhancedStatus(5, 6, 0),
            "The From line of this message cannot be read as an address\(meant); write exactly one address as its From and "
                + "send it again."
        )
    }

    static func severalAuthors(_ account: AddrSpec) -> SMTPReply {
        SMTPReply(
            550,
            EnhancedStatus(5, 6, 0),
            "This message has several senders or a group in its From line, and one of them is \(shown(account)), which can "
                + "send only in its own name; send it with that address alone as its From."
        )
    }

    static func notification(_ account: AddrSpec) -> SMTPReply {
        SMTPReply(
            550,
            EnhancedStatus(5, 7, 1),
            "Notifications are never sent as certified mail, and this one has \(shown(account)) as its From; switch off read "
                + "receipts and automatic replies of that address in Exchange."
        )
    }

    static func automatic(_ account: AddrSpec, _ field: String) -> SMTPReply {
        SMTPReply(
            550,
            EnhancedStatus(5, 7, 1),
            "Automatic messages are never sent as certified mail, and this one (\(shown(field))) has \(shown(account)) as its "
                + "From; switch off automatic replies of that address in Exchange, or send the message by hand."
        )
    }

    static func redirected(_ account: AddrSpec, _ field: String) -> SMTPReply {
        SMTPReply(
            550,
            EnhancedStatus(5, 7, 1),
            "This message of \(shown(account)) was redirected by a rule or a person (\(shown(field))), and what is redirected is "
                + "not certified mail of that address; forward it as a new message from your own address."
        )
    }

    static func onBehalf(_ account: AddrSpec) -> SMTPReply {
        SMTPReply(
            550,
            EnhancedStatus(5, 7, 1),
            "This message was sent on behalf of \(shown(account)) with another Sender, which certified mail does not allow; "
                + "ask the administrator for the right Send As instead of Send on Behalf, and send it again."
        )
    }

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
            "There is no account \(shown(recipient)) here, and this port takes only the copies that a provider forwards for "
                + "one; check where the provider forwards to."
        )
    }

    /// An address as a reply can carry it: ASCII, and not longer than a line bears.
    private static func shown(_ address: AddrSpec) -> String {
        shown(address.isASCII ? address.description : address.comparisonKey)
    }

    private static func shown(_ text: String) -> String {
        var ascii = ""
        ascii.unicodeScalars.append(contentsOf: text.unicodeScalars.map { (0x20..<0x7F).contains($0.value) ? $0 : "?" })
        return ascii.utf8.count <= 120 ? ascii : "\(ascii.prefix(117))..."
    }
}
