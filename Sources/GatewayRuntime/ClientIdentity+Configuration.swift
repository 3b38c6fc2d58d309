// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailTransport

extension ClientIdentity {
    /// The certificate that Exchange is shown; nil for none.
    init?(_ exchange: ExchangeConfiguration) {
        guard let identity = exchange.identity else { return nil }
        self.init(certificate: identity.certificate, key: identity.key)
    }
}
