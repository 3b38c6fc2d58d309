// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

package import MailModel
package import SMTPProtocol

/// What a server's reply to RCPT says of the recipient. Nothing but that reply counts.
package enum RecipientProbe {
    package static func standing(_ reply: SMTPReply) -> RecipientAnswer {
        switch reply.code / 100 {
        case 2: return .known
        case 5:
            guard let status = reply.status else { return [550, 551, 553].contains(reply.code) ? .unknown : .unclear }
            if status == EnhancedStatus(5, 4, 1), saysNobody(reply) { return .unknown }
            // No such mailbox, bad syntax, moved (RFC 3463 §3.2), and what Exchange says of one it does not find: a policy says nothing of it.
            return status.subject == 1 && [1, 3, 6, 10].contains(status.detail) ? .unknown : .unclear
        default: return .unclear
        }
    }

    /// What Exchange Online says of whom its directory has not (Directory-Based Edge Blocking): `550 5.4.1 Recipient address rejected: Access denied`.
    private static func saysNobody(_ reply: SMTPReply) -> Bool {
        reply.code == 550 && reply.lines[0].lowercased().hasPrefix("recipient address rejected")
    }
}

/// What one answer says.
package enum RecipientAnswer {
    /// There is such a mailbox, or everything is taken.
    case known
    /// There is none.
    case unknown
    /// It says nothing of the mailbox.
    case unclear
}

extension SMTPClientSession {
    /// Asks whether the server takes `recipient` from the null reverse-path, and takes the question back: MAIL, RCPT, RSET, and nothing else.
    ///
    /// - Returns: its replies; none to RCPT when it refuses MAIL, which says nothing of the recipient.
    package func probe(_ recipient: AddrSpec) async throws(SMTPClientError) -> (mail: SMTPReply, recipient: SMTPReply?)
    {
        // Such a mailbox cannot be there, and nobody needs to be asked.
        guard recipient.isASCII || capabilities.smtpUTF8 else {
            let reply = SMTPReply(550, EnhancedStatus(5, 1, 1), "the server takes no address beyond ASCII (SMTPUTF8)")
            return (SMTPReply(250, nil, "not asked"), reply)
        }
        do throws(SMTPClientError) {
            let mail = try await ask("MAIL FROM:<>" + (recipient.isASCII ? "" : " SMTPUTF8"))
            guard mail.isPositive else {
                await close()
                return (mail, nil)
            }
            let reply = try await ask("RCPT TO:<\(recipient)>")
            if reply.code == 421 {
                await close()
            } else {
                _ = try await ask("RSET")
            }
            return (mail, reply)
        } catch {
            await close()
            throw error
        }
    }
}
