// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import GatewayRuntime
internal import MailModel
internal import MailQueue
internal import OAuthProtocol
internal import SecretsVault

/// `ceralacca account sign-in ADDRESS`.
struct AccountSignInCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-in",
        abstract: "Sign in for an account that logs in with access tokens (oauth), and keep the tokens in the vault.",
        discussion:
            "Run it as root or as the gateway's user. A running gateway uses the new tokens by itself. No token is shown, "
            + "and none is an argument."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The account's address.") var address: String
    @Flag(help: "Paste the address that the browser was sent back to: for a machine without a browser.")
    var paste = false

    func run() async throws {
        let account = try AccountReport.find(address, in: options.load())
        guard let oauth = account.oauth else {
            throw CommandFailure(
                "\(account.address) logs in with a password",
                remedy: "Give it `oauth` in place of `password` in \(options.path) (docs/configuration.md)."
            )
        }
        try await options.withStore(makes: true) { configuration, store in
            let secret = try clientSecret(oauth, configuration, store)
            if oauth.client.grant != .clientCredentials { try checkVault(configuration.vault) }
            let signIn = SignIn(account: account, client: oauth.client, secret: secret, paste: paste)
            let response: TokenResponse
            do throws(OAuthError) { response = try await signIn.run() } catch { throw failure(error, oauth) }
            if oauth.client.grant == .clientCredentials {
                try CommandEnvironment.current.print(
                    "The grant client_credentials needs no sign-in: the authorization server gave an access token."
                )
            } else {
                try await keep(response, account, oauth, configuration, store)
            }
            try await test(account, configuration, store)
        }
    }

    private func clientSecret(
        _ oauth: OAuthConfiguration,
        _ configuration: Configuration,
        _ store: any CommandEnvironment.Store
    ) throws(CommandFailure) -> Secret? {
        do throws(SecretError) {
            return try oauth.clientSecret?.read(StateVault(store, configuration.vault))
        } catch {
            throw CommandFailure("the client_secret cannot be read: \(error.message)", remedy: error.remedy)
        }
    }

    /// Before a person signs in: there is a key to keep the tokens with.
    private func checkVault(_ vault: VaultConfiguration) throws(CommandFailure) {
        _ = try SecretFailure.sealingKey(vault)
    }

    private func keep(
        _ response: TokenResponse,
        _ account: AccountConfiguration,
        _ oauth: OAuthConfiguration,
        _ configuration: Configuration,
        _ store: any CommandEnvironment.Store
    ) async throws {
        let environment = CommandEnvironment.current
        guard response.refreshToken != nil else {
            throw CommandFailure(
                "the authorization server gave no refresh token: the access token alone ends within the hour",
                remedy:
                    "Ask for it with its scope (offline_access at most servers), then sign in again. Nothing was kept."
            )
        }
        let now = environment.clock.now()
        let tokens = AccountTokens(response, of: oauth.client, now: now)
        let vault = AccountTokenVault(store, configuration.vault, account: account.address.comparisonKey)
        do throws(SecretError) { try await vault.put(tokens, now: now) } catch {
            throw CommandFailure(error.message, remedy: error.remedy)
        }
        let whose =
            tokens.subject.map { "of \(PlainText.line($0, limit: 320))" }
            ?? "of whoever signed in, as the server does not say"
        try environment.print("Signed in. The tokens are \(whose); they are in the vault.")
        if let subject = tokens.subject, subject.lowercased() != account.login.lowercased() {
            try environment.print(
                "The account logs in as \(PlainText.line(account.login)): that works only where \(PlainText.line(subject)) may use that mailbox."
            )
        }
        if let end = tokens.refreshTokenExpires {
            try environment.print(
                "Unused, or unrenewed, the sign-in ends at \(LocalTime.text(end)); an alert comes before."
            )
        }
        let isRunning = environment.runningGateway(configuration.state) != nil
        try environment.print(
            isRunning
                ? "The running gateway uses them within seconds."
                : "No gateway runs: start it with systemctl start ceralacca."
        )
    }

    /// Logs in at the account's servers as the gateway does.
    private func test(
        _ account: AccountConfiguration,
        _ configuration: Configuration,
        _ store: any CommandEnvironment.Store
    ) async throws {
        let environment = CommandEnvironment.current
        var alone = configuration
        alone.accounts = [account]
        alone.exchange.servers = []
        alone.scanners = ScannersConfiguration()
        let findings = await ConnectionCheck(
            alone,
            vault: StateVault(store, configuration.vault),
            tokens: CommandTokens.keeper(store, configuration)
        ).run().filter { $0.purpose.hasSuffix("\(account.address)") }
        for finding in findings {
            let mark = finding.isGood ? "ok" : "FAILED"
            try environment.print(
                "\(mark): \(finding.purpose) at \(finding.server): \(PlainText.line(finding.answer, limit: 400))"
            )
        }
        guard findings.allSatisfy(\.isGood) else {
            throw CommandFailure(
                "the tokens are there, and a server does not take them",
                remedy:
                    "Is POP3, IMAP or SMTP AUTH switched on for the mailbox? Did the right person sign in? Are the scopes those "
                    + "of docs/operations.md? Then: ceralacca account sign-in \(account.address)."
            )
        }
    }

    private func failure(_ error: OAuthError, _ oauth: OAuthConfiguration) -> CommandFailure {
        let remedy =
            switch error.code {
            case .registration, .uncertain:
                "Look at client_id, client_secret, grant and scopes in \(options.path), and at the registration of the application "
                    + "(docs/operations.md)."
            case .malformed where paste:
                "Start again, and copy the whole address from the browser's address bar, although the page shows an error. If it was whole: "
                    + "look at the network and the endpoints in \(options.path)."
            case .temporary, .malformed: "Look at the network and the endpoints in \(options.path), then try again."
            case .signInNeeded, .denied, .expiredToken, .authorizationPending, .slowDown:
                "Sign in again. Nothing was changed."
            }
        return CommandFailure("no tokens for \(address): \(PlainText.line(error.message, limit: 500))", remedy: remedy)
    }
}
