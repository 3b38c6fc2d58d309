// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import MailModel
import MailTransport
import SASLMechanisms

extension IMAPSession {
    /// Connects to the server of `account` and logs in; with an access token that is refused it asks for another one, once.
    static func open(
        _ account: RetrievalAccount,
        settings: RetrievalSettings,
        connector: MailConnector
    ) async throws(RetrievalFailure) -> IMAPSession {
        try await account.open(settings, connector) { connection, credential in
            let machine = IMAPClientMachine.Settings(
                login: account.login.name,
                credential: credential,
                hasImplicitTLS: account.endpoint.hasImplicitTLS,
                tls: account.endpoint.tls,
                windowCommands: settings.window,
                maximumMessageOctets: settings.maximumMessage.octets,
                nonce: SASLClientExchange.makeNonce()
            )
            return IMAPSession(connection: connection, machine: machine, account: account, settings: settings)
        } logIn: { (session: inout IMAPSession) async throws(RetrievalFailure) in
            try await session.run(nil) { action -> Void? in
                guard case .loggedIn = action else { return nil }
                return ()
            }
        }
    }

    /// Ends the session the polite way; what the server makes of it does not matter any more.
    mutating func logout() async {
        if machine.isReady {
            do throws(RetrievalFailure) {
                try await run(.logout, within: settings.idle.answer) { action -> Void? in
                    guard case .ended = action else { return nil }
                    return ()
                }
            } catch {
                return await close()  // it closed the connection in place of an answer
            }
        }
        await close()
    }
}
