// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Logging
import MailQueue

extension MaildropFetch {
    /// Fetches in the session that stayed open, or in a new one; it stays open when it can wait for news.
    func runIMAP(_ memory: inout MaildropMemory) async throws(RetrievalFailure) -> FetchReport {
        if var session = memory.session {
            memory.session = nil
            session.renew()
            do throws(RetrievalFailure) {
                let listed = try await list(&session, &memory)
                return try await work(keeping: session, listed, &memory)
            } catch {
                // A session that ended while nobody used it says nothing about the server.
                guard error.kind == .session, !memory.lastBroke else { throw error }
                logger.debug("session lost", metadata: ["account": "\(account.key)", "error": "\(error)"])
            }
        }
        var session = try await IMAPSession.open(account, settings: settings, connector: connector)
        let listed = try await list(&session, &memory)
        return try await work(keeping: session, listed, &memory)
    }

    private func list(
        _ session: inout IMAPSession,
        _ memory: inout MaildropMemory
    ) async throws(RetrievalFailure) -> [ListedMessage] {
        session.memory = memory.mailboxes
        do throws(RetrievalFailure) {
            let listed = try await session.list()
            memory.mailboxes = session.memory
            return listed
        } catch {
            tell(session.alerts)
            await session.logout()
            throw error
        }
    }

    private func work(
        keeping listedSession: IMAPSession,
        _ listed: [ListedMessage],
        _ memory: inout MaildropMemory
    ) async throws(RetrievalFailure) -> FetchReport {
        var session = listedSession
        do throws(RetrievalFailure) {
            let report = try await work(&session, listed, &memory)
            memory.mailboxes = session.memory
            tell(session.alerts)
            if session.canIdle {
                memory.session = session
            } else {
                await session.logout()
            }
            return report
        } catch {
            memory.mailboxes = session.memory
            tell(session.alerts)
            await session.logout()
            throw error
        }
    }

    /// Marks that were taken over from another program know messages by identifiers of POP3 alone: by IMAP everything would come again.
    func refuseTakenOver(_ marks: [RetrievalMark]) throws(RetrievalFailure) {
        let count = marks.count { $0.isTakenOver && IMAPIdentity.mailbox(of: $0.identity.uniqueID) == nil }
        guard count > 0 else { return }
        var failure = RetrievalFailure(
            .session,
            "\(count) messages that another program fetched are known by their identifiers of POP3 alone: by IMAP they would come again"
        )
        failure.remedy = "Set fetch: {protocol: pop3} for \(account.key), then run: ceralacca reload."
        throw failure
    }

    /// What the server asks to be shown to people (RFC 3501 §7.1, ALERT) goes into the log.
    private func tell(_ alerts: [String]) {
        for words in alerts {
            logger.warning("word of the provider", metadata: ["account": "\(account.key)", "reply": "\(words)"])
        }
    }
}
