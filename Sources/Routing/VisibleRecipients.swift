// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// The addresses that everybody who gets a message can read in To and Cc: the recipients that a provider lets it have (RFC 6109 §3.1.1).
///
/// The members of a group (RFC 5322 §3.4) stand in the field for everybody to read, so they are visible.
struct VisibleRecipients {
    private let keys: Set<String>

    /// Why the recipients cannot be told.
    enum Fault: Error {
        case doubled(String)
        case unreadable(String)
        /// No address in To.
        case missing

        var reply: SMTPReply {
            switch self {
            case .doubled(let field): Refusal.doubledRecipients(field)
            case .unreadable(let field): Refusal.unreadableRecipients(field)
            case .missing: Refusal.noTo
            }
        }
    }

    init(_ header: HeaderSection) throws(Fault) {
        let to = try Self.addresses("To", header)
        let carbonCopies = try Self.addresses("Cc", header)
        guard !to.isEmpty else { throw .missing }
        keys = Set((to + carbonCopies).map(\.comparisonKey))
    }

    func contains(_ address: AddrSpec) -> Bool { keys.contains(address.comparisonKey) }

    private static func addresses(_ name: String, _ header: HeaderSection) throws(Fault) -> [AddrSpec] {
        let bodies = header.all(name)
        guard let body = bodies.first else { return [] }
        guard bodies.count == 1 else { throw .doubled(name) }
        do {
            return try AddressList.parse(body).flatMap(\.addresses)
        } catch {
            throw .unreadable(name)
        }
    }
}
