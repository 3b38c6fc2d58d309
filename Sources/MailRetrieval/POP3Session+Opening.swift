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
        try await account.open(settings, connector) { connection, credential in
            let machine = POP3ClientMachine.Settings(
                login: account.login.name,
                credential: credential,
                hasImplicitTLS: account.endpoint.hasImplicitTLS,
                tls: account.endpoint.tls,
                windowCommands: settings.window,
                nonce: SASLClientExchange.makeNonce()
            )
            return POP3Session(connection: connection, settings: machine, patience: settings.patience)
        } logIn: { (session: inout POP3Session) async throws(RetrievalFailure) in
            session.messages = try await session.run(nil) { action -> [POP3Message]? in
                guard case .ready(let messages, _) = action else { return nil }
                return messages
            }
        }
    }
}
