// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import SASLMechanisms
import SMTPDelivery

extension RecipientDirectory.Settings {
    /// What `exchange` says of its recipients, a list read from its file.
    init(_ configuration: Configuration, vault: any VaultReading) throws(GatewayError) {
        let exchange = configuration.exchange
        let source: RecipientDirectory.Source
        switch exchange.recipients {
        case .none: source = .none
        case .exchange: source = .exchange
        case .file(let path):
            do { source = .list(try RecipientsConfiguration.read(path)) } catch {
                throw GatewayError("exchange.recipients: \(error)")
            }
        }
        self.init(
            source: source,
            servers: exchange.servers,
            hostname: configuration.hostname,
            login: SASLLogin(exchange.login, exchange.password, vault)
        )
    }
}
