// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A mechanism of authentication that the gateway speaks (RFC 4422 §3.1).
public enum SASLMechanism: String, Hashable, Sendable, CaseIterable {
    /// RFC 4616: login and password in one message, in clear.
    case plain = "PLAIN"
    /// The older LOGIN: login and password, each asked for, in clear (draft-murchison-sasl-login).
    case login = "LOGIN"
    /// RFC 2195: a keyed digest of the server's challenge.
    case cramMD5 = "CRAM-MD5"
    /// RFC 7677: a salted challenge and response in which the server proves itself as well.
    case scramSHA256 = "SCRAM-SHA-256"

    /// The strongest mechanism of those that a server offers: SCRAM-SHA-256, CRAM-MD5, PLAIN, LOGIN.
    ///
    /// - Parameters:
    ///   - offered: the server's words, in any case; unknown ones are passed over.
    ///   - inTLS: outside TLS, PLAIN and LOGIN are never chosen, because they show the password (RFC 8314 §3).
    /// - Returns: nil when none will do.
    public static func strongest(of offered: [String], inTLS: Bool) -> SASLMechanism? {
        let names = Set(offered.map { $0.uppercased() })
        let order: [SASLMechanism] = inTLS ? [.scramSHA256, .cramMD5, .plain, .login] : [.scramSHA256, .cramMD5]
        return order.first { names.contains($0.rawValue) }
    }
}
