// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One element of an address list (RFC 5322 §3.4): a mailbox, or a named group of mailboxes.
public enum AddressEntry: Hashable, Sendable {
    /// `Mario Rossi <mario@azienda.it>` or `mario@azienda.it`; the name without quotes, encoded words as they stand.
    case mailbox(name: String?, address: AddrSpec)
    /// `Ufficio: a@b.it, c@d.it;`; the members are mailboxes, and there may be none.
    case group(name: String, members: [AddressEntry])

    /// The addresses of the entry: one of a mailbox, those of the members of a group.
    public var addresses: [AddrSpec] {
        switch self {
        case .mailbox(_, let address): [address]
        case .group(_, let members): members.flatMap(\.addresses)
        }
    }
}
