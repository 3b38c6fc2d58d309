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
    /// RFC 7628: an access token of OAuth 2.0.
    case oauthBearer = "OAUTHBEARER"
    /// The older form of it, which Google made and Microsoft has alone: login and access token
    /// (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>).
    case xoauth2 = "XOAUTH2"

    /// The strongest mechanism of those that a server offers and `credential` can go by: SCRAM-SHA-256, CRAM-MD5, PLAIN, LOGIN for a
    /// password; OAUTHBEARER, XOAUTH2 for an access token.
    ///
    /// - Parameters:
    ///   - offered: the server's words, in any case; unknown ones are passed over.
    ///   - credential: what the login proves itself with.
    ///   - inTLS: outside TLS those are never chosen that show password (RFC 8314 §3) or token (RFC 7628 §4).
    /// - Returns: nil when none will do.
    public static func strongest(
        of offered: [String],
        for credential: SASLCredential,
        inTLS: Bool
    ) -> SASLMechanism? {
        let names = Set(offered.map { $0.uppercased() })
        return credential.mechanisms.first { names.contains($0.rawValue) && (inTLS || !$0.showsCredential) }
    }

    /// True when whoever reads the exchange reads what the login proves itself with.
    var showsCredential: Bool {
        switch self {
        case .plain, .login, .oauthBearer, .xoauth2: true
        case .cramMD5, .scramSHA256: false
        }
    }
}
