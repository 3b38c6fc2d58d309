// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import OAuthProtocol
public import SecretsVault

/// `oauth` of an account that is to be written into a configuration.
public struct OAuthAddition: Hashable, Sendable {
    /// The application's identifier at the provider's authorization server.
    public var clientID: String
    /// The name of the application's secret in the vault; nil when it has none.
    public var clientSecret: SecretName?
    /// Microsoft's tenant; nil for the provider's usual one.
    public var tenant: String?
    /// How it gets tokens; nil for the usual grant.
    public var grant: OAuthGrant?

    /// An application; nothing is checked before the account is added.
    public init(clientID: String, clientSecret: SecretName? = nil, tenant: String? = nil, grant: OAuthGrant? = nil) {
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.tenant = tenant
        self.grant = grant
    }

    func isSaid(by oauth: OAuthConfiguration?) -> Bool {
        guard let oauth else { return false }
        return oauth.client.clientID == clientID && oauth.clientSecret == clientSecret.map { .vault($0) }
            && (tenant.map { .microsoft(tenant: $0) } ?? oauth.client.server) == oauth.client.server
            && (grant ?? oauth.client.grant) == oauth.client.grant
    }

    /// Its keys in YAML, on one line.
    var words: String {
        var words = ["client_id: \(YAMLText.scalar(clientID))"]
        if let clientSecret { words.append("client_secret: {vault: \(YAMLText.scalar(clientSecret.description))}") }
        if let tenant { words.append("tenant: \(YAMLText.scalar(tenant))") }
        if let grant { words.append("grant: \(grant.rawValue)") }
        return words.joined(separator: ", ")
    }
}
