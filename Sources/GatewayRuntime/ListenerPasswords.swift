// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Logging
import MailModel
import SMTPServer

/// The logins of a listener, their passwords read from where the configuration says at each login.
struct ListenerPasswords: PasswordChecking {
    let logins: [String: SecretReference]
    let vault: any VaultReading
    let logger: Logger

    init(_ logins: [ListenerLogin], vault: any VaultReading, logger: Logger) {
        self.logins = Dictionary(logins.map { ($0.login, $0.password) }, uniquingKeysWith: { first, _ in first })
        self.vault = vault
        self.logger = logger
    }

    func isRight(login: String, password: Secret) async -> Bool {
        guard let reference = logins[login] else {
            // As much work as for a login that exists, so that the time does not tell.
            return Self.isEqual(password.reveal(), password.reveal() + "x")
        }
        do {
            return Self.isEqual(try reference.read(vault).reveal(), password.reveal())
        } catch {
            logger.error(
                "password of a listener's login cannot be read",
                metadata: ["login": "\(login)", "error": "\(error)"]
            )
            return false
        }
    }

    /// Compares in a time that depends on the lengths alone.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var difference = left.count ^ right.count
        for index in 0..<max(left.count, right.count) {
            let a = index < left.count ? left[index] : 0
            let b = index < right.count ? right[index] : 0
            difference |= Int(a ^ b)
        }
        return difference == 0
    }
}
