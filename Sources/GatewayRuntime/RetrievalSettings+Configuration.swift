// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import IMAPProtocol
import MailModel
import MailRetrieval
import SASLMechanisms

extension RetrievalSettings {
    /// What the retrieval agent needs of the configuration: the accounts that are fetched.
    init(_ configuration: Configuration, vault: any VaultReading, tokens: TokenKeeper? = nil) {
        self.init(
            hostname: configuration.hostname,
            postmaster: configuration.postmaster,
            accounts: configuration.accounts.compactMap {
                RetrievalAccount($0, SASLLogin($0, vault: vault, tokens: tokens, configuration.vault))
            },
            recognisesCopies: configuration.listeners.contains { $0.role == .provider }
        )
    }
}

extension RetrievalAccount {
    fileprivate init?(_ account: AccountConfiguration, _ login: SASLLogin) {
        guard let endpoint = account.retrievalServer else { return nil }
        var login = login
        login.name = account.retrievalLogin
        self.init(
            address: account.address,
            endpoint: endpoint,
            login: login,
            deliverTo: account.deliverTo,
            every: account.fetch.every,
            keep: KeepPolicy(account.fetch.keep),
            mailboxes: account.fetch.folders.map { IMAPMailboxName($0) },
            moveTo: account.fetch.moveTo.map { IMAPMailboxName($0) },
            // A connection that stays open would be the only one that such a provider allows.
            mayIdle: account.provider.limits.connections > 1
        )
    }
}

extension KeepPolicy {
    /// The configuration has whole days alone; part of one would count as a day, rather too long than too short.
    fileprivate init(_ keep: FetchConfiguration.Keep) {
        self =
            switch keep {
            case .duration(let time): .days(Int((time.wholeMilliseconds + 86_399_999) / 86_400_000))
            case .forever: .forever
            }
    }
}
