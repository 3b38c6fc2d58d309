// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import MailQueue
import SASLMechanisms
import SMTPDelivery

extension DeliverySettings {
    /// What the delivery agent needs of the configuration.
    init(_ configuration: Configuration, vault: any VaultReading, tokens: TokenKeeper? = nil) {
        self.init(
            hostname: configuration.hostname,
            postmaster: configuration.postmaster,
            exchange: configuration.exchange.servers,
            exchangeLogin: SASLLogin(configuration.exchange.login, configuration.exchange.password, vault),
            relay: configuration.internet.relay,
            relayLogin: SASLLogin(configuration.internet.login, configuration.internet.password, vault),
            internet: InternetDelivery(configuration),
            accounts: Dictionary(
                configuration.accounts.map {
                    (
                        $0.address.comparisonKey,
                        AccountTarget($0, SASLLogin($0, vault: vault, tokens: tokens, configuration.vault))
                    )
                },
                uniquingKeysWith: { first, _ in first }
            ),
            schedule: RetrySchedule(
                delays: RetrySchedule.standard.delays,
                lifetime: configuration.queue.lifetime,
                delayNotice: configuration.queue.delayNotice
            )
        )
        tuning.exchangeConnections = configuration.exchange.connections
    }
}

extension SASLLogin {
    init?(_ login: String?, _ password: SecretReference?, _ vault: any VaultReading) {
        guard let login, let password else { return nil }
        self.init(name: login, remedy: password.remedy) { try password.read(vault) }
    }
}

extension AccountTarget {
    fileprivate init(_ account: AccountConfiguration, _ login: SASLLogin) {
        let limits = account.provider.limits
        self.init(
            address: account.address,
            endpoint: account.provider.submit,
            login: login,
            isCertified: account.provider.isCertified,
            limits: AccountLimits(
                messagesPerMinute: limits.messagesPerMinute,
                recipients: limits.recipients,
                totalOctets: limits.totalBytes?.octets,
                connections: limits.connections
            )
        )
    }
}
