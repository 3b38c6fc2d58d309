// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// The fields of a header section that routing judges by, found in one pass.
struct OriginFields {
    /// Who the message says wrote it.
    enum Author {
        /// No From field.
        case missing
        /// More than one From field (RFC 5322 §3.6 allows one).
        case doubled
        /// A From field that is no address list, or an empty one; its body.
        case unreadable(String)
        /// One mailbox.
        case mailbox(AddrSpec)
        /// Several mailboxes, or groups (RFC 6854) with any number of them.
        case several([AddrSpec])
    }

    private(set) var author = Author.missing
    /// The bodies of the Sender fields.
    private(set) var senders: [String] = []
    /// The name of a field that tells of a redirection by a user or by Exchange; nil when there is none.
    private(set) var redirection: String?
    /// The name of a field that tells of a machine as the author (RFC 3834 §5); nil when there is none.
    private(set) var automation: String?
    /// True for a journal report of Exchange.
    private(set) var isJournalReport = false
    /// How many Received fields there are.
    private(set) var receivedCount = 0
    /// What Exchange Online says of the way by which the message came to the organisation: the distinct bodies of `TenantRule.originField`, in lower case.
    private(set) var origins: Set<String> = []

    init(_ header: HeaderSection) {
        var authors: [HeaderField] = []
        for field in header.fields {
            if field.isNamed("Received") {
                receivedCount += 1
            } else if field.isNamed("From") {
                authors.append(field)
            } else if field.isNamed("Sender") {
                senders.append(field.body)
            } else if redirection == nil, Self.tellsRedirection(field) {
                redirection = field.name
            } else if field.isNamed("X-MS-Journal-Report") {
                isJournalReport = true
                automation = automation ?? field.name
            } else if field.isNamed(TenantRule.originField) {
                origins.insert(field.body.lowercased())
            } else if automation == nil, Self.tellsAutomation(field) {
                automation = field.name
            }
        }
        if let first = authors.first { author = authors.count == 1 ? Self.author(first.body) : .doubled }
    }

    /// The addresses of the Sender fields, as far as they can be read.
    var senderAddresses: [AddrSpec] { senders.flatMap { Self.addresses($0) ?? [] } }

    /// True unless the one Sender field, if there is any, holds this address and nothing else.
    func hasSender(otherThan key: String) -> Bool {
        guard let body = senders.first else { return false }
        guard senders.count == 1, let addresses = Self.addresses(body), addresses.count == 1 else { return true }
        return addresses[0].comparisonKey != key
    }

    private static func author(_ body: String) -> Author {
        do {
            let entries = try AddressList.parse(body)
            switch entries.first {
            case .mailbox(_, let address) where entries.count == 1: return .mailbox(address)
            case nil: return .unreadable(body)
            case .mailbox, .group: return .several(entries.flatMap(\.addresses))
            }
        } catch {
            return .unreadable(body)
        }
    }

    /// The addresses of a field body; nil when it cannot be read.
    private static func addresses(_ body: String) -> [AddrSpec]? {
        do {
            return try AddressList.parse(body).flatMap(\.addresses)
        } catch {
            return nil
        }
    }

    /// Resent fields (RFC 5322 §3.6.6) and the marks of inbox rules and mailbox forwarding of Exchange.
    private static func tellsRedirection(_ field: HeaderField) -> Bool {
        field.isNamed("Resent-From") || field.isNamed("Resent-Sender") || field.isNamed("Resent-To")
            || field.isNamed("Resent-Cc") || field.isNamed("Resent-Bcc")
            || field.isNamed("X-MS-Exchange-Inbox-Rules-Loop")
            || field.isNamed("X-MS-Exchange-ForwardingLoop")
    }

    private static func tellsAutomation(_ field: HeaderField) -> Bool {
        if field.isNamed("Auto-Submitted") {
            let keyword = field.body.prefix { $0 != ";" && $0 != "(" && !$0.isWhitespace }
            return keyword.lowercased() != "no"
        }
        if field.isNamed("Precedence") {
            return ["auto_reply", "auto-reply"].contains(field.body.lowercased())
        }
        return field.isNamed("X-Autoreply") || field.isNamed("X-Auto-Reply") || field.isNamed("X-Autorespond")
    }
}
