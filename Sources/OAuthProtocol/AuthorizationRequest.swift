// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The request with which a person's browser goes to the authorization endpoint, and the judgement of what comes back
/// (RFC 6749 §4.1.1–4.1.2, RFC 7636 §4.3, RFC 8252).
///
/// ```text
/// https://accounts.example/auth?response_type=code&client_id=…&redirect_uri=http%3A%2F%2F127.0.0.1%3A41873&scope=…&state=…
///     &code_challenge=…&code_challenge_method=S256
/// http://127.0.0.1:41873/?code=SplxlOBeZQQYbYS6WxSbIA&state=…
/// ```
public struct AuthorizationRequest: Sendable {
    /// Where the browser comes back to: `http://127.0.0.1:PORT`.
    public let redirectURI: String
    /// What the code is redeemed with.
    public let verifier: CodeVerifier
    private let client: OAuthClient
    private let endpoint: String
    private let loginHint: String
    private let state: Secret

    /// A request; nil when the server has no authorization endpoint. `loginHint` says which mailbox the person is to sign in as.
    public init?(_ client: OAuthClient, port: Int, loginHint: String) {
        guard let endpoint = client.server.authorizationEndpoint else { return nil }
        self.client = client
        self.endpoint = endpoint
        self.loginHint = loginHint
        redirectURI = "http://\(client.server.redirectHost):\(port)"
        verifier = CodeVerifier()
        state = CodeVerifier.random()
    }

    /// The address for the browser. It holds the state, which is of no use without the verifier.
    public var url: String {
        var form = OAuthForm([
            ("response_type", "code"), ("client_id", client.clientID), ("redirect_uri", redirectURI),
            ("scope", client.scopes.joined(separator: " ")),
        ])
        form.add("state", state)
        form.add("code_challenge", Secret(verifier.challenge))
        form.add("code_challenge_method", Secret("S256"))
        form.add("login_hint", Secret(loginHint))
        for (name, value) in client.server.authorizationParameters.sorted(by: { $0.key < $1.key }) {
            form.add(name, Secret(value))
        }
        return "\(endpoint)?\(form.encoded.reveal())"
    }

    /// The code in the address that the browser was sent back to, or in the path and query of the request that it made.
    ///
    /// - Throws: `OAuthError` for the server's refusal, for an answer to another request (its state is not ours), and for what is no answer.
    public func code(in redirection: String) throws(OAuthError) -> Secret {
        let query = redirection.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard query.count == 2, let form = OAuthForm(query: String(query[1].prefix { $0 != "#" })) else {
            throw OAuthError(.malformed, "that is not the address that the browser was sent back to: it has no ?code=…")
        }
        guard let given = form["state"], Self.isEqual(given, state) else {
            throw OAuthError(
                .malformed,
                "the answer belongs to another sign-in: its state is not the one that was sent"
            )
        }
        if let error = form["error"] {
            throw OAuthError(
                error: error.reveal(),
                description: form["error_description"]?.reveal(),
                concealing: [state, verifier.secret]
            )
        }
        guard let code = form["code"], !code.reveal().isEmpty else {
            throw OAuthError(.malformed, "the address that the browser was sent back to holds no code")
        }
        return code
    }

    /// Compares in a time that depends on the lengths alone.
    private static func isEqual(_ left: Secret, _ right: Secret) -> Bool {
        let (left, right) = (Array(left.reveal().utf8), Array(right.reveal().utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
