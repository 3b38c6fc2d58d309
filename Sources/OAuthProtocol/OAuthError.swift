// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Why there is no token. It never holds a token, a code or a secret.
public struct OAuthError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Code: String, Hashable, Sendable {
        /// The server was not reached, or says that it cannot answer now: later it may.
        case temporary
        /// The server's answer is no answer of OAuth; later it may be.
        case malformed
        /// The refresh token, or the code, is not good any more: a person must sign in (`invalid_grant`).
        case signInNeeded
        /// The server does not take the application as it is configured: identifier, secret, grant or scopes.
        case registration
        /// It may pass by itself; where it lasts, it is a matter of the registration.
        case uncertain
        /// The person said no, or may not.
        case denied
        /// The person has not signed in yet (RFC 8628 §3.5).
        case authorizationPending
        /// The same, and it was asked too often (RFC 8628 §3.5).
        case slowDown
        /// The code for the device is too old (RFC 8628 §3.5).
        case expiredToken
    }

    /// The kind.
    public let code: Code
    /// What happened, with the server's words.
    public let message: String
    /// How long the server asks to be left alone, where it does.
    public var retryAfter: Duration?

    /// An error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// An error that a server named (RFC 6749 §4.1.2.1, §5.2; RFC 8628 §3.5); what is in `secrets` is not shown.
    public init(error: String, description: String?, concealing secrets: [Secret]) {
        code =
            switch error {
            case "invalid_grant", "interaction_required", "login_required", "consent_required": .signInNeeded
            case "access_denied", "authorization_declined": .denied
            case "authorization_pending": .authorizationPending
            case "slow_down": .slowDown
            case "expired_token": .expiredToken
            case "temporarily_unavailable", "server_error": .temporary
            case "invalid_request", "invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope",
                "invalid_resource", "invalid_target", "unsupported_response_type", "deleted_client", "disabled_client",
                "redirect_uri_mismatch", "org_internal", "admin_policy_enforced":
                .registration
            default: .uncertain
            }
        let words = [error, description ?? ""].map { Self.printable($0, secrets) }.filter { !$0.isEmpty }
        message = words.isEmpty ? "an error without a name" : words.joined(separator: ": ")
    }

    /// The message.
    public var description: String { message }

    private static func printable(_ text: String, _ secrets: [Secret]) -> String {
        let shown = text.unicodeScalars.prefix(4000).map { (0x20..<0x7F).contains($0.value) ? $0 : " " }
        let line = String(String.UnicodeScalarView(shown))
        if secrets.contains(where: { !$0.reveal().isEmpty && line.contains($0.reveal()) }) {
            return "(words not shown)"
        }
        return String(line.split(separator: " ").joined(separator: " ").prefix(300))
    }
}
