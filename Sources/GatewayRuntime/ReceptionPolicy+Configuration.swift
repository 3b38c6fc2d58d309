// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Logging
import MailModel
import Routing
import SMTPServer

extension ReceptionPolicy {
    /// The rules of connections that were admitted as `admission` says, where their listener is by now as `listener` describes it.
    init(
        _ admission: ListenerSet.Admission,
        _ listener: ListenerConfiguration,
        _ configuration: Configuration,
        _ vault: any VaultReading,
        _ logger: Logger
    ) {
        self.init(
            role: ListenerRole(admission.role),
            hostname: configuration.hostname,
            postmaster: configuration.postmaster,
            table: RoutingTable(configuration)
        )
        mergeWindow = configuration.exchange.mergeWindow
        guard admission.isOpen else { return }
        let isStill = ListenerSet.Admission(listener) == admission
        let suffixes = isStill ? listener.recipientSuffixes.map { Self.suffix($0, vault, logger) } : []
        forwarding = ForwardingRules(
            suffixes: suffixes.compactMap { $0 },
            isUnreadable: suffixes.contains(nil),
            allowed: isStill ? listener.allowed : []
        )
    }

    /// - Returns: nil for one that cannot be read, or does not serve.
    private static func suffix(
        _ reference: SecretReference,
        _ vault: any VaultReading,
        _ logger: Logger
    ) -> RecipientSuffix? {
        do {
            if let suffix = RecipientSuffix(try reference.read(vault)) { return suffix }
            logger.error(
                "a recipient suffix of a listener does not serve; until a reload with another, copies sent to it are put off",
                metadata: ["place": "\(reference)", "error": "\(ListenerConfiguration.suffixExpectation)"]
            )
        } catch {
            logger.error(
                "a recipient suffix of a listener cannot be read; until a reload, copies sent to it are put off",
                metadata: ["error": "\(error)"]
            )
        }
        return nil
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
                    receiptType: account.receipts.type,
                    isRetrieved: account.fetch.retrieval != .none
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
