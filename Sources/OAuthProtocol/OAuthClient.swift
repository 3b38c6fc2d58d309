// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// An application as an authorization server knows it, and where that server is (RFC 6749 §2, §3). Its secret is not part of it.
public struct OAuthClient: Hashable, Sendable {
    /// The authorization server.
    public var server: AuthorizationServer
    /// The application's identifier there (RFC 6749 §2.2).
    public var clientID: String
    /// How it gets tokens.
    public var grant: OAuthGrant
    /// What the tokens are to be good for (RFC 6749 §3.3).
    public var scopes: [String]

    /// An application.
    public init(server: AuthorizationServer, clientID: String, grant: OAuthGrant, scopes: [String]) {
        self.server = server
        self.clientID = clientID
        self.grant = grant
        self.scopes = scopes
    }
}

/// The endpoints of an authorization server, each an https URL without a query, and its habits.
public struct AuthorizationServer: Hashable, Sendable {
    /// Where tokens are given out (RFC 6749 §3.2).
    public var tokenEndpoint: String
    /// Where a person signs in with a browser (RFC 6749 §3.1); nil when that is not offered.
    public var authorizationEndpoint: String?
    /// Where a code for a device is given out (RFC 8628 §3.1); nil when that is not offered.
    public var deviceAuthorizationEndpoint: String?
    /// The roots, a PEM bundle, that its certificates must lead to; nil for the system's.
    public var trust: String?
    /// The host of the redirect URI, as the application was registered with it (RFC 8252 §7.3).
    public var redirectHost: String
    /// Parameters that it wants in the authorization request beside the standard's.
    public var authorizationParameters: [String: String]
    /// How long a refresh token lives after it was given out or used, where the server does not say it with each; nil when not known.
    public var refreshTokenLifetime: Duration?

    /// A server.
    public init(
        tokenEndpoint: String,
        authorizationEndpoint: String? = nil,
        deviceAuthorizationEndpoint: String? = nil,
        trust: String? = nil,
        redirectHost: String = "127.0.0.1",
        authorizationParameters: [String: String] = [:],
        refreshTokenLifetime: Duration? = nil
    ) {
        self.tokenEndpoint = tokenEndpoint
        self.authorizationEndpoint = authorizationEndpoint
        self.deviceAuthorizationEndpoint = deviceAuthorizationEndpoint
        self.trust = trust
        self.redirectHost = redirectHost
        self.authorizationParameters = authorizationParameters
        self.refreshTokenLifetime = refreshTokenLifetime
    }

    /// Google's (<https://developers.google.com/identity/protocols/oauth2/native-app>): a refresh token is given with `access_type=offline`,
    /// and for certain only when the person consents anew.
    public static let google = Self(
        tokenEndpoint: "https://oauth2.googleapis.com/token",
        authorizationEndpoint: "https://accounts.google.com/o/oauth2/v2/auth",
        deviceAuthorizationEndpoint: "https://oauth2.googleapis.com/device/code",
        authorizationParameters: ["access_type": "offline", "prompt": "consent"]
    )

    /// Microsoft's for a tenant (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>): the redirect URI of an
    /// application on a desktop is registered as `http://localhost`, and a refresh token ends after 90 days without use.
    public static func microsoft(tenant: String) -> Self {
        let base = "https://login.microsoftonline.com/\(tenant)/oauth2/v2.0"
        return Self(
            tokenEndpoint: "\(base)/token",
            authorizationEndpoint: "\(base)/authorize",
            deviceAuthorizationEndpoint: "\(base)/devicecode",
            redirectHost: "localhost",
            refreshTokenLifetime: .seconds(90 * 86_400)
        )
    }
}
