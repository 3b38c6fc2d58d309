// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One message of a maildrop as the listing of one session shows it, whatever the protocol.
struct ListedMessage: Hashable, Sendable {
    /// Its number, 1...; it means this message in this session alone.
    var number: Int
    /// The size of the listing in octets, 0...; servers lie about it, so only estimates and doubts may rest on it.
    var octets: Int
    /// The unique identifier: UIDL of POP3, mailbox with UIDVALIDITY and UID of IMAP; nil where the server gives none.
    var uniqueID: String?
}
