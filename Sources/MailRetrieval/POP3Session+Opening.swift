// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailTransport
import POP3Protocol
import SASLMechanisms

extension POP3Session {
    /// Connects to the server of `account` and logs in; with an access token that is refused it asks for another one, once.
    ///
    /// - Returns: the session, which has listed its maildrop.
    static func open(
        _ account: RetrievalAccount,
        settings: RetrievalSettings,
        connector: MailConnector
    ) async throws(RetrievalFailure) -> POP3Session {
        try await account.login.attempt(
            isRefusal: { $0.kind == .login },
            failure: { RetrievalFailure($0, account: account.key) },
            body: { credential throws(RetrievalFailure) in
                var session = try await connect(account, credential, settings, connector)
                do throws(RetrievalFailure) {
                    session.messages = try await session.run(nil) { action -> [POP3Message]? in
                        guard case .ready(let messages, _) = action else { return nil }
                        return messages
                    }
                    return session
                } catch {
                    await session.close()
                    throw error
                }
            }
        )
    }

    private static func connect(
        _ account: RetrievalAccount,
        _ credential: SASLCredential,
        _ settings: RetrievalSettings,
        _ connector: MailConnector
    ) async throws(RetrievalFailure) -> POP3Session {
        let connection: MailConnection
        do throws(TransportError) {
            connection = try await connector.connect(to: account.endpoint, within: settings.patience.connect)
        } catch {
            throw RetrievalFailure(error)
        }
        let machine = POP3ClientMachine.Settings(
            login: account.login.name,
            credential: credential,
            hasImplicitTLS: account.endpoint.hasImplicitTLS,
            tls: account.endpoint.tls,
            windowCommands: settings.window,
            nonce: SASLClientExchange.makeNonce()
        )
        return POP3Session(connection: connection, settings: machine, patience: settings.patience)
    }
}
