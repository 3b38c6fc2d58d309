// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import POP3Protocol
import SASLMechanisms

extension POP3Session {
    /// Connects to the server of `account`; the login follows with the first step.
    static func open(
        _ account: RetrievalAccount,
        settings: RetrievalSettings,
        connector: MailConnector
    ) async throws(RetrievalFailure) -> POP3Session {
        let password: Secret
        do {
            password = try account.password()
        } catch {
            throw RetrievalFailure(.secret, "the password of \(account.key) cannot be read: \(error)")
        }
        let connection: MailConnection
        do throws(TransportError) {
            connection = try await connector.connect(to: account.endpoint, within: settings.patience.connect)
        } catch {
            throw RetrievalFailure(error)
        }
        let machine = POP3ClientMachine.Settings(
            login: account.login,
            password: password,
            hasImplicitTLS: account.endpoint.hasImplicitTLS,
            tls: account.endpoint.tls,
            windowCommands: settings.window,
            nonce: SASLClientExchange.makeNonce()
        )
        return POP3Session(connection: connection, settings: machine, patience: settings.patience)
    }
}
