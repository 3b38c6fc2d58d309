// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The way to an authorization server.
public protocol AuthorizationServerReaching: Sendable {
    /// Posts `form` to `endpoint` in verified TLS, and reads the answer; redirections are not followed.
    ///
    /// - Returns: the status of HTTP and the body, at most one octet more than `TokenResponse.maximumOctets`.
    /// - Throws: `temporary` when the server is not reached, does not prove itself, or takes too long.
    func post(_ form: OAuthForm, to endpoint: String, trust: String?) async throws(OAuthError) -> HTTPAnswer
}

/// What came back by HTTP.
public struct HTTPAnswer: Hashable, Sendable {
    /// The status.
    public let status: Int
    /// The body.
    public let body: [UInt8]
    /// What `Retry-After` says in seconds, if it does (RFC 9110 §10.2.3).
    public let retryAfter: Duration?

    /// An answer.
    public init(status: Int, body: [UInt8], retryAfter: Duration? = nil) {
        self.status = status
        self.body = body
        self.retryAfter = retryAfter
    }
}

extension AuthorizationServerReaching {
    /// Asks for tokens.
    public func tokens(
        _ request: AccessTokenRequest,
        _ client: OAuthClient,
        secret: Secret?
    ) async throws(OAuthError) -> TokenResponse {
        let form = request.form(client, secret: secret)
        let answer = try await post(form, to: client.server.tokenEndpoint, trust: client.server.trust)
        do throws(OAuthError) {
            return try TokenResponse(status: answer.status, answer.body, concealing: request.secrets(secret))
        } catch {
            var error = OAuthError(error.code, "\(client.server.tokenEndpoint) answered: \(error.message)")
            error.retryAfter = answer.retryAfter
            throw error
        }
    }

    /// Asks for a code for a person to type; nil when the server has no endpoint for that.
    public func deviceAuthorization(
        _ client: OAuthClient,
        secret: Secret?
    ) async throws(OAuthError) -> DeviceAuthorization? {
        guard let endpoint = client.server.deviceAuthorizationEndpoint else { return nil }
        let request = AccessTokenRequest.deviceAuthorization
        let answer = try await post(request.form(client, secret: secret), to: endpoint, trust: client.server.trust)
        do throws(OAuthError) {
            return try DeviceAuthorization(status: answer.status, answer.body, concealing: request.secrets(secret))
        } catch {
            throw OAuthError(error.code, "\(endpoint) answered: \(error.message)")
        }
    }
}
