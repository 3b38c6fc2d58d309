// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import SMTPDelivery

extension RecipientDirectory.Source {
    /// What `exchange.recipients` names, a list read from its file.
    static func read(_ configured: RecipientsConfiguration) throws(GatewayError) -> Self {
        switch configured {
        case .none: return .none
        case .exchange: return .exchange
        case .file(let path):
            do { return .list(try RecipientsConfiguration.read(path)) } catch {
                throw GatewayError("exchange.recipients: \(error)")
            }
        }
    }
}
