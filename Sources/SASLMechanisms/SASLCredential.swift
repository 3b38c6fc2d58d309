// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What a login proves itself with.
public enum SASLCredential: Hashable, Sendable {
    /// A password, which the account keeps until a person changes it.
    case password(Secret)
    /// An access token of OAuth 2.0, good for minutes or hours (RFC 6749 §1.4); it goes inside TLS alone (RFC 6750 §5.3).
    case accessToken(Secret)

    /// The mechanisms that carry it, the strongest first.
    public var mechanisms: [SASLMechanism] {
        switch self {
        case .password: [.scramSHA256, .cramMD5, .plain, .login]
        case .accessToken: [.oauthBearer, .xoauth2]
        }
    }

    /// What a server says at a login, as it may be shown: some servers quote the command that they refuse, and its secret with it.
    ///
    /// - Returns: `words`; in their place a remark when they hold the secret, as it is or as the mechanisms send it.
    public func concealed(_ words: String, login: String) -> String {
        let said = words.lowercased()
        return forms(login).contains { said.contains($0.lowercased()) }
            ? "(words not shown: they repeat what was sent for the login)" : words
    }

    /// The secret as it is, quoted, and in base 64; of base 64 the first characters tell, for a line may be cut.
    private func forms(_ login: String) -> [String] {
        let secret =
            switch self {
            case .password(let secret), .accessToken(let secret): secret.reveal()
            }
        guard !secret.isEmpty else { return [] }
        let quoted = secret.flatMap { ["\"", "\\"].contains($0) ? ["\\", $0] : [$0] }
        let messages = mechanisms.compactMap { mechanism in
            var exchange = SASLClientExchange(mechanism, login: login, credential: self, nonce: "n")
            return mechanism.showsCredential ? exchange.initialResponse() : nil
        }
        let encoded = (messages + [Array(secret.utf8)]).map { octets in
            String(Base64.encode(octets).prefix { $0 != "=" }.prefix(16))
        }
        return [secret, String(quoted)] + encoded
    }

    /// True for an access token.
    public var isAccessToken: Bool {
        switch self {
        case .password: false
        case .accessToken: true
        }
    }
}
