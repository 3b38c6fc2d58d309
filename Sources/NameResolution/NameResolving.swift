// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Asks the DNS. An adapter answers from its own cache, for as long as the records' time to live allows.
public protocol NameResolving: Sendable {
    /// The records of one type at `name`.
    ///
    /// - Parameters:
    ///   - name: in ASCII (A-labels), with or without its last dot.
    ///   - type: the type of the records.
    /// - Returns: what the DNS says; no records where there are none.
    /// - Throws: `failed`, `timedOut` when nothing is known; that a name or a type does not exist is an answer.
    func resolve(_ name: String, _ type: DNSRecordType) async throws(NameResolutionError) -> DNSAnswer
}

/// The types of record that are asked for (RFC 1035 §3.2.2 and later), with their numbers.
public enum DNSRecordType: UInt16, Hashable, Sendable, CaseIterable {
    case a = 1
    case cname = 5
    case ptr = 12
    case mx = 15
    case txt = 16
    case aaaa = 28
    case tlsa = 52
}

/// What the DNS said of one name and type.
public struct DNSAnswer: Hashable, Sendable {
    /// How far the answer is proved by DNSSEC (RFC 4033 §5).
    public enum Security: Hashable, Sendable {
        /// Proved.
        case secure
        /// From a zone that is not signed, which is proved.
        case insecure
    }

    /// The data of each record (RDATA), in the order of the answer; names in it are not compressed. Empty where there is none.
    public var records: [[UInt8]]
    /// True when not even the name exists (NXDOMAIN).
    public var isNameAbsent: Bool
    /// How far it is proved, the whole chain of aliases with it.
    public var security: Security
    /// The name at the end of the chain of aliases, without a last dot; the asked one when there is none.
    public var canonicalName: String

    /// An answer.
    public init(
        records: [[UInt8]],
        isNameAbsent: Bool = false,
        security: Security = .insecure,
        canonicalName: String
    ) {
        self.records = records
        self.isNameAbsent = isNameAbsent
        self.security = security
        self.canonicalName = canonicalName
    }
}

/// Why there is no answer.
public struct NameResolutionError: Error, Hashable, CustomStringConvertible {
    /// Kinds of failure.
    public enum Code: Hashable, Sendable {
        /// The servers fail or cannot be reached.
        case failed
        /// Nothing came in time.
        case timedOut
        /// DNSSEC proves that the answer is false (RFC 4033 §5, bogus): to be treated like no answer.
        case bogus
    }

    /// The kind.
    public var code: Code
    /// What was asked and what happened.
    public var description: String

    /// An error.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
