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

    /// True for an access token.
    public var isAccessToken: Bool {
        switch self {
        case .password: false
        case .accessToken: true
        }
    }
}
