// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import OAuthProtocol

/// How an account logs in with access tokens in place of a password, as its `oauth` describes it.
public struct OAuthConfiguration: Hashable, Sendable {
    /// The application, the authorization server, the grant and the scopes.
    public var client: OAuthClient
    /// Where the application's secret is; nil when it has none.
    public var clientSecret: SecretReference?
    /// When that secret ends; nil when nobody said.
    public var clientSecretExpires: Timestamp?

    /// A configuration of parts that are already known to be right.
    public init(client: OAuthClient, clientSecret: SecretReference? = nil, clientSecretExpires: Timestamp? = nil) {
        self.client = client
        self.clientSecret = clientSecret
        self.clientSecretExpires = clientSecretExpires
    }
}

/// The authorization servers whose endpoints and scopes are known.
public enum KnownAuthorizationServer: String, Hashable, Sendable, CaseIterable {
    case google
    case microsoft

    /// What an account asks for: POP3, IMAP and submission, and to be told whose mailbox it is.
    ///
    /// - SeeAlso: <https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>,
    ///   <https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth>
    public func scopes(_ grant: OAuthGrant) -> [String] {
        switch (self, grant) {
        case (.google, _): ["https://mail.google.com/", "openid", "email"]
        case (.microsoft, .clientCredentials): ["https://outlook.office365.com/.default"]
        case (.microsoft, .authorizationCode), (.microsoft, .deviceCode):
            [
                "https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/POP.AccessAsUser.All",
                "https://outlook.office.com/SMTP.Send", "offline_access", "openid", "email",
            ]
        }
    }
}
