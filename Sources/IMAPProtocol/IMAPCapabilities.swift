// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a server can do (RFC 3501 §7.2.1), in capitals.
public struct IMAPCapabilities: Hashable, Sendable {
    private let names: Set<String>

    /// Capabilities by their names, in any case.
    public init(_ names: some Sequence<String>) {
        self.names = Set(names.map { $0.uppercased() })
    }

    /// What IMAP4rev2 brings with it (RFC 9051 appendix E); a server of both versions need not list it.
    private static let ofRevision2: Set = ["IDLE", "MOVE", "UIDPLUS", "SASL-IR", "LITERAL-"]

    /// True when the server has `name`, in capitals.
    public func has(_ name: String) -> Bool {
        names.contains(name) || (names.contains("IMAP4REV2") && Self.ofRevision2.contains(name))
    }

    /// True when it speaks a version that this client speaks.
    var speaksIMAP: Bool { names.contains("IMAP4REV1") || names.contains("IMAP4REV2") }

    /// The mechanisms of AUTHENTICATE.
    var mechanisms: [String] { names.filter { $0.hasPrefix("AUTH=") }.map { String($0.dropFirst(5)) } }

    /// True when it has quotas (RFC 9208 §3, RFC 2087).
    public var hasQuota: Bool { has("QUOTA") }

    /// True when mailboxes have modification sequences (RFC 7162 §3.1).
    public var hasModificationSequences: Bool { has("CONDSTORE") || has("QRESYNC") }

    /// Octets of the longest literal that is sent without waiting (RFC 7888 §4, §5); nil when none is.
    var nonSynchronizingOctets: Int? { has("LITERAL+") ? .max : has("LITERAL-") ? 4096 : nil }
}
