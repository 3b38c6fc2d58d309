// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension Configuration {
    /// Every place that names a secret, in words (`azienda@pec.it`, `exchange`), with the secret.
    public var secrets: [(user: String, secret: SecretReference)] {
        var secrets: [(user: String, secret: SecretReference)] = []
        for account in accounts {
            if let password = account.password { secrets.append((user: "\(account.address)", secret: password)) }
            if let secret = account.oauth?.clientSecret {
                secrets.append((user: "client_secret of \(account.address)", secret: secret))
            }
        }
        if let password = exchange.password { secrets.append((user: "exchange", secret: password)) }
        if let password = internet.password { secrets.append((user: "internet.relay", secret: password)) }
        for listener in listeners {
            secrets += listener.recipientSuffixes.map { (user: "recipient_suffix of a listener", secret: $0) }
            secrets += listener.logins.map { (user: "login \($0.login) of a listener", secret: $0.password) }
        }
        return secrets
    }
}
