// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import OAuthProtocol

/// The application by which an account that is to be added gets access tokens in place of a password.
struct OAuthAnswers: ParsableArguments {
    @Option(
        name: .customLong("client-id"),
        help: ArgumentHelp(
            "It signs in and has no password: the application's identifier at the provider's authorization server.",
            valueName: "id"
        )
    )
    var clientID: String?
    @Option(
        name: .long,
        help: ArgumentHelp("The name of the application's secret in the vault, where it has one.", valueName: "name")
    )
    var clientSecret: SecretNameArgument?
    @Option(name: .long, help: "Microsoft's tenant: its identifier or domain, organizations, or consumers.")
    var tenant: String?
    @Option(name: .long, help: "How it signs in: authorization_code, device_code or client_credentials.")
    var grant: GrantArgument?

    var isGiven: Bool { clientID != nil || clientSecret != nil || tenant != nil || grant != nil }

    func check() throws { _ = try clientSecret?.name() }

    func addition(clientID: String) throws -> OAuthAddition {
        OAuthAddition(clientID: clientID, clientSecret: try clientSecret?.name(), tenant: tenant, grant: grant?.grant)
    }
}

/// `authorization_code`, `device_code`, `client_credentials`.
struct GrantArgument: ExpressibleByArgument {
    let grant: OAuthGrant

    init?(argument: String) {
        guard let grant = OAuthGrant(rawValue: argument) else { return nil }
        self.grant = grant
    }
}
