// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A mailbox as SELECT describes it (RFC 3501 §6.3.1).
public struct IMAPMailbox: Hashable, Sendable {
    /// Its name.
    public var name: IMAPMailboxName
    /// What its identifiers are worth; nil when the server does not say: then they are worth nothing beyond the session.
    public var uidValidity: UIDValidity?
    /// The identifier that the next message will have, or a later one.
    public var nextUID: IMAPUID?
    /// Messages in it.
    public var messages = 0
    /// Grows with every change (RFC 7162 §3.1.2.1); nil when the server does not keep it.
    public var highestModificationSequence: Int?
    /// True when nothing can be changed in it.
    public var isReadOnly = false

    /// A mailbox of which nothing else is known.
    public init(_ name: IMAPMailboxName) {
        self.name = name
    }
}

/// One message of a mailbox as a listing shows it.
public struct IMAPMessage: Hashable, Sendable {
    /// Its identifier.
    public var uid: IMAPUID
    /// RFC822.SIZE in octets; servers are wrong about it, so only estimates and doubts may rest on it.
    public var octets: Int
    /// True when it has the flag \Deleted.
    public var isDeleted: Bool

    /// A message.
    public init(uid: IMAPUID, octets: Int, isDeleted: Bool = false) {
        self.uid = uid
        self.octets = octets
        self.isDeleted = isDeleted
    }
}
