// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailTransport
import SASLMechanisms

extension RetrievalAccount {
    /// Connects to the account's server and has `logIn` log in; with an access token that is refused it asks for another one, once.
    ///
    /// - Parameters:
    ///   - settings: what the account's retrieval is configured with.
    ///   - connector: opens the connection.
    ///   - makeSession: makes the session of a connection that is open, for this credential.
    ///   - logIn: brings it so far that the login is over.
    /// - Returns: a session that is logged in.
    /// - Throws: ``RetrievalFailure`` that says why there is none; the connection is closed then.
    func open<Session: MaildropSession>(
        _ settings: RetrievalSettings,
        _ connector: MailConnector,
        makeSession: (MailConnection, SASLCredential) -> Session,
        logIn: (inout Session) async throws(RetrievalFailure) -> Void
    ) async throws(RetrievalFailure) -> Session {
        try await login.attempt(
            isRefusal: { $0.kind == .login },
            failure: { RetrievalFailure($0, account: key) },
            body: { credential throws(RetrievalFailure) in
                let connection: MailConnection
                do throws(TransportError) {
                    connection = try await connector.connect(to: endpoint, within: settings.patience.connect)
                } catch {
                    throw RetrievalFailure(error)
                }
                var session = makeSession(connection, credential)
                do throws(RetrievalFailure) {
                    try await logIn(&session)
                    return session
                } catch {
                    await session.close()
                    throw error
                }
            }
        )
    }
}
