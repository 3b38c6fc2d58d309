// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The authorization grants by which an account gets its access tokens.
public enum OAuthGrant: String, Hashable, Sendable, CaseIterable {
    /// A person signs in with a browser, which is sent back to the command (RFC 6749 §4.1, RFC 8252).
    case authorizationCode = "authorization_code"
    /// A person signs in with any browser and types a code there (RFC 8628).
    case deviceCode = "device_code"
    /// The application signs in for itself; no person is needed (RFC 6749 §4.4).
    case clientCredentials = "client_credentials"
}
