// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import GatewayRuntime
internal import Logging
internal import MailModel
internal import MailQueue
internal import OAuthProtocol
internal import SecretsVault

/// The tokens of accounts as commands look at them.
enum CommandTokens {
    /// Nobody is told by a command what the gateway tells.
    private struct NoAlerts: AlertReporting {
        func raise(key: String, summary: String, affects: String, remedy: String) async {}
        func clear(key: String) async {}
    }

    /// Gives access tokens as the gateway does, renewed ones kept; while a gateway runs, which renews them, those that are there.
    static func keeper(_ store: any TokenStore, _ configuration: Configuration) -> TokenKeeper {
        let environment = CommandEnvironment.current
        return TokenKeeper(
            store: store,
            server: environment.authorizationServer,
            alerts: NoAlerts(),
            clock: environment.clock,
            logger: Logger(label: "ceralacca", factory: { _ in SwiftLogNoOpLogHandler() }),
            renews: environment.runningGateway(configuration.state) == nil
        )
    }

    /// How a sign-in stands.
    struct Standing {
        /// In words; of tokens they begin with a name that the authorization server gave.
        let words: String
        /// True when a person has to sign in.
        var isNeeded = false
    }

    /// How the sign-in of `account` stands; nil for one with a password.
    static func standing(
        _ account: AccountConfiguration,
        _ configuration: Configuration,
        _ store: any TokenStore
    ) -> Standing? {
        guard let oauth = account.oauth else { return nil }
        guard oauth.client.grant != .clientCredentials else {
            return Standing(words: "none is needed (client_credentials)")
        }
        let vault = AccountTokenVault(store, configuration.vault, account: account.address.comparisonKey)
        do throws(SecretError) {
            guard let tokens = try vault.read()?.tokens,
                tokens.registration == AccountTokens.registration(of: oauth.client)
            else { return Standing(words: "needed: ceralacca account sign-in \(account.address)", isNeeded: true) }
            let end = tokens.refreshTokenExpires.map { ", ends at \(LocalTime.text($0)) unless it is renewed" } ?? ""
            return Standing(
                words: "\(tokens.subject ?? "done") since \(LocalTime.text(tokens.signedIn)), last used "
                    + "\(LocalTime.text(tokens.refreshTokenObtained))\(end)"
            )
        } catch { return Standing(words: "unknown: \(error.message)") }
    }
}
