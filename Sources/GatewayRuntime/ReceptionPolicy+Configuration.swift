// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import Routing
import SMTPServer

extension ReceptionPolicy {
    /// The rules of the listener of `role`.
    init(_ role: ListenerConfiguration.Role, _ configuration: Configuration) {
        self.init(
            role: ListenerRole(role),
            hostname: configuration.hostname,
            postmaster: configuration.postmaster,
            table: RoutingTable(configuration)
        )
        mergeWindow = configuration.exchange.mergeWindow
    }
}

extension RoutingTable {
    init(_ configuration: Configuration) {
        self.init(
            accounts: configuration.accounts.map { account in
                RoutedAccount(
                    address: account.address,
                    isCertified: account.provider.isCertified,
                    deliverTo: account.deliverTo,
                    provider: account.provider.name,
                    limits: SubmissionLimits(account.provider.limits),
                    receiptType: account.receipts.type
                )
            },
            exchangeDomains: configuration.exchange.domains
        )
    }
}

extension SubmissionLimits {
    fileprivate init(_ limits: ProviderConfiguration.Limits) {
        self.init(
            recipients: limits.recipients,
            total: limits.totalBytes,
            refusedExtensions: Set(limits.refusedExtensions)
        )
    }
}

extension ListenerRole {
    fileprivate init(_ role: ListenerConfiguration.Role) {
        self =
            switch role {
            case .exchange: .exchange
            case .internet: .internet
            case .provider: .provider
            }
    }
}
