// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A request to the token endpoint (RFC 6749 §4.1.3, §4.4.2, §6; RFC 8628 §3.4), or to the device authorization endpoint.
public enum AccessTokenRequest: Hashable, Sendable {
    /// Redeems an authorization code with the verifier of its request.
    case authorizationCode(Secret, redirectURI: String, verifier: CodeVerifier)
    /// Redeems a refresh token.
    case refreshToken(Secret)
    /// Asks whether the person has signed in.
    case deviceCode(Secret)
    /// The application asks for itself.
    case clientCredentials
    /// Asks for a code for a person to type (RFC 8628 §3.1).
    case deviceAuthorization

    /// The body of the request, with the application's secret where it has one (RFC 6749 §2.3.1).
    public func form(_ client: OAuthClient, secret: Secret?) -> OAuthForm {
        let scope = ("scope", client.scopes.joined(separator: " "))
        var form: OAuthForm
        switch self {
        case .authorizationCode(let code, let redirectURI, let verifier):
            form = OAuthForm([("grant_type", "authorization_code"), ("redirect_uri", redirectURI)])
            form.add("code", code)
            form.add("code_verifier", verifier.secret)
        case .refreshToken(let token):
            // Without a scope: the one that the person agreed to (RFC 6749 §6).
            form = OAuthForm([("grant_type", "refresh_token")])
            form.add("refresh_token", token)
        case .deviceCode(let code):
            form = OAuthForm([("grant_type", "urn:ietf:params:oauth:grant-type:device_code")])
            form.add("device_code", code)
        case .clientCredentials: form = OAuthForm([("grant_type", "client_credentials"), scope])
        case .deviceAuthorization: form = OAuthForm([scope])
        }
        form.add("client_id", Secret(client.clientID))
        if let secret { form.add("client_secret", secret) }
        return form
    }

    /// What of it must not be shown, whatever a server repeats of it.
    public func secrets(_ clientSecret: Secret?) -> [Secret] {
        let own: [Secret] =
            switch self {
            case .authorizationCode(let code, _, let verifier): [code, verifier.secret]
            case .refreshToken(let secret), .deviceCode(let secret): [secret]
            case .clientCredentials, .deviceAuthorization: []
            }
        return own + (clientSecret.map { [$0] } ?? [])
    }
}
