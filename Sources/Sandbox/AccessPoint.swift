// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SMTPServer

/// The submission side of a simulated provider: who may send, and as whom.
struct AccessPoint: MessageReceiving {
    let core: ProviderCore
    /// The largest message.
    let maximumOctets: Int
    /// Called before each message is taken; a reply refuses it in its place. For tests of throttling and faults.
    let objection: @Sendable (Envelope) -> SMTPReply?

    func judgeSender(_ reversePath: ReversePath, declaredSize: Int?, session: SessionFacts) async -> SMTPReply? {
        guard let account = account(of: session) else {
            return SMTPReply(530, EnhancedStatus(5, 7, 0), "Authentication required")
        }
        guard let address = reversePath.mailbox, address.comparisonKey == account.address.comparisonKey else {
            // As Postfix at Aruba words it (FORMATS §2.4).
            return SMTPReply(
                553,
                EnhancedStatus(5, 7, 1),
                "<\(reversePath)>: Sender address rejected: not owned by user \(account.login)"
            )
        }
        return nil
    }

    func judgeRecipient(_ recipient: EnvelopeRecipient, session: SessionFacts) -> SMTPReply? { nil }

    func begin(_ envelope: Envelope, session: SessionFacts) async -> any MessageIntake {
        let account = account(of: session)
        return ContentCollector(limit: maximumOctets) { octets, facts in
            guard let account else { return SMTPReply(530, EnhancedStatus(5, 7, 0), "Authentication required") }
            guard !facts.hasBareLineEnds else {
                return SMTPReply(554, EnhancedStatus(5, 6, 11), "A line ends with CR LF, not with CR or LF alone")
            }
            if let reply = objection(envelope) { return reply }
            return await core.submit(octets, envelope: envelope, account: account)
        }
    }

    private func account(of session: SessionFacts) -> ProviderAccount? {
        session.authenticated.flatMap { core.accounts.account(login: $0) }
    }
}
