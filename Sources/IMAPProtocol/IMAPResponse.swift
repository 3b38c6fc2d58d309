// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A response of the server, complete (RFC 3501 §7).
public enum IMAPResponse: Hashable, Sendable {
    /// `+`: the server waits for the rest of a command; the text behind it.
    case continuationRequest(String)
    /// The end of the command with this tag.
    case tagged(String, IMAPStatus)
    /// A status of its own: OK, NO, BAD, PREAUTH or BYE.
    case status(IMAPStatus)
    /// CAPABILITY, in capitals.
    case capability([String])
    /// EXISTS: so many messages are in the mailbox.
    case exists(Int)
    /// EXPUNGE: the message with this number is gone.
    case expunge(Int)
    /// FETCH: what was asked of a message, or what changed of it.
    case fetch(IMAPFetchData)
    /// QUOTA (RFC 9208 §4.2.1).
    case quota(IMAPQuota)
    /// Any other, by its name in capitals; nothing here needs its content.
    case other(String)
}

/// What one FETCH response says; what it does not say is nil.
public struct IMAPFetchData: Hashable, Sendable {
    /// The content of a message as it came.
    public enum Body: Hashable, Sendable {
        /// It was handed on piece by piece.
        case streamed
        /// It stood in the response as a quoted string.
        case octets([UInt8])
        /// NIL.
        case missing
    }

    /// UID.
    public var uid: IMAPUID?
    /// RFC822.SIZE in octets.
    public var octets: Int?
    /// FLAGS, as the server writes them.
    public var flags: [String]?
    /// BODY[].
    public var body: Body?

    /// Data.
    public init(uid: IMAPUID? = nil, octets: Int? = nil, flags: [String]? = nil, body: Body? = nil) {
        self.uid = uid
        self.octets = octets
        self.flags = flags
        self.body = body
    }
}

/// The limits of one quota root and how far they are used (RFC 9208 §5).
public struct IMAPQuota: Hashable, Sendable {
    /// One resource: STORAGE in units of 1024 octets, MESSAGE in messages, or another.
    public struct Resource: Hashable, Sendable {
        /// Its name in capitals.
        public var name: String
        /// What is used of it.
        public var usage: Int
        /// What there is of it.
        public var limit: Int

        /// A resource.
        public init(_ name: String, usage: Int, limit: Int) {
            self.name = name
            self.usage = usage
            self.limit = limit
        }

        /// Hundredths that are used, at most a million; nil without a limit.
        public var percent: Int? {
            guard limit > 0 else { return nil }
            return Int(min(Double(usage) / Double(limit) * 100, 1_000_000).rounded(.down))
        }

        /// True when more than so many hundredths of the limit are used.
        public func isUsed(beyond percent: Int) -> Bool {
            limit > 0 && Double(usage) * 100 > Double(limit) * Double(percent)
        }
    }

    /// Its resources.
    public var resources: [Resource]

    /// A quota.
    public init(_ resources: [Resource]) {
        self.resources = resources
    }
}
