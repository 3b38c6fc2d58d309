// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
public import Logging
public import MailModel
public import MailQueue
public import OAuthProtocol
import SASLMechanisms
public import SecretsVault
import Synchronization

/// Keeps the access tokens of all accounts that log in with them.
public final class TokenKeeper: Sendable {
    private let store: any TokenStore
    private let server: any AuthorizationServerReaching
    private let alerts: any AlertReporting
    private let clock: any WallClock
    private let logger: Logger
    private let renews: Bool
    private let mended: @Sendable (String) -> Void
    private let sources = Mutex<[String: Entry]>([:])

    private struct Entry {
        let oauth: OAuthConfiguration
        let key: VaultConfiguration
        let source: AccountTokenSource
    }

    /// A keeper. `renews` is false where another process redeems the refresh tokens: then none is. `mended` is told the address, in comparison form, of an account that was waiting for a person and need not wait any more.
    public init(
        store: any TokenStore,
        server: any AuthorizationServerReaching,
        alerts: any AlertReporting,
        clock: any WallClock,
        logger: Logger,
        renews: Bool = true,
        mended: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.store = store
        self.server = server
        self.alerts = alerts
        self.clock = clock
        self.logger = logger
        self.renews = renews
        self.mended = mended
    }

    /// What an account with `oauth` logs in with.
    func login(
        of account: AccountConfiguration,
        _ oauth: OAuthConfiguration,
        vault: any VaultReading,
        _ key: VaultConfiguration
    ) -> SASLLogin {
        SASLLogin(
            name: account.login,
            remedy:
                "Does the mailbox allow POP3, IMAP and SMTP AUTH, and is `login` a mailbox that whoever signed in may use? "
                + "To sign in as somebody else: ceralacca account sign-in \(account.address).",
            source: source(of: account, oauth, vault, key)
        )
    }

    private func source(
        of account: AccountConfiguration,
        _ oauth: OAuthConfiguration,
        _ secrets: any VaultReading,
        _ key: VaultConfiguration
    ) -> AccountTokenSource {
        let name = account.address.comparisonKey
        return sources.withLock { sources in
            // The one request at a time outlives a reload that did not change it.
            if let known = sources[name], known.oauth == oauth, known.key == key {
                // Ends by itself: it takes one turn of the actor.
                Task { [mended] in if await known.source.retry() { mended(name) } }
                return known.source
            }
            // Both end by themselves: what is replaced has one request at most, which has a deadline.
            let inheritance = sources[name].map { former in Task { await former.source.handOver() } }
            let source = AccountTokenSource(
                .init(
                    address: account.address,
                    oauth: oauth,
                    vault: AccountTokenVault(store, key, account: name),
                    secrets: secrets,
                    server: server,
                    alerts: TokenAlerts(account: account.address, grant: oauth.client.grant, alerts: alerts),
                    clock: clock,
                    logger: logger,
                    renews: renews
                ),
                inheritance: inheritance
            )
            if inheritance != nil { Task { await source.takeOver() } }
            sources[name] = Entry(oauth: oauth, key: key, source: source)
            return source
        }
    }

    /// Once a second: accounts that waited for a person and need not any more.
    func look() async {
        for (account, entry) in sources.withLock({ $0 }) where await entry.source.isMended() { mended(account) }
    }

    /// Looks no more after accounts that `configuration`, by which the logins were just made, has not.
    func review(_ configuration: Configuration) {
        let present = Set(configuration.accounts.filter { $0.oauth != nil }.map(\.address.comparisonKey))
        sources.withLock { sources in sources = sources.filter { present.contains($0.key) } }
    }

    /// Once a minute: refresh tokens that want to be used, and ends that a person must know of.
    func round() async {
        let all = sources.withLock { $0.values.map(\.source) }
        await withDiscardingTaskGroup { tasks in
            for source in all { tasks.addTask { await source.round() } }
        }
    }

    /// At the end: renewed tokens that are not durable yet are made so, where that is possible within 5 s.
    func stop() async {
        let all = sources.withLock { $0.values.map(\.source) }
        await withTaskGroup(of: Bool.self) { tasks in
            tasks.addTask { await Self.rest() }
            for source in all { tasks.addTask { await source.stop() } }
            var left = all.count
            while left > 0, let isSource = await tasks.next(), isSource { left -= 1 }
            tasks.cancelAll()
        }
    }

    /// The patience at the end.
    private static func rest() async -> Bool {
        do { try await Task.sleep(for: .seconds(5)) } catch { return false }
        return false
    }
}

extension SASLLogin {
    /// What `account` logs in with: its password, or access tokens of `tokens`; `key` is where the key of their vault is.
    init(
        _ account: AccountConfiguration,
        vault: any VaultReading,
        tokens: TokenKeeper?,
        _ key: VaultConfiguration
    ) {
        if let oauth = account.oauth, let tokens {
            self = tokens.login(of: account, oauth, vault: vault, key)
        } else if let password = account.password {
            self.init(name: account.login, remedy: password.remedy) { try password.read(vault) }
        } else {
            self.init(name: account.login) {
                throw SecretError(
                    "\(account.address) has no password here",
                    remedy: "Sign in: ceralacca account sign-in."
                )
            }
        }
    }
}
