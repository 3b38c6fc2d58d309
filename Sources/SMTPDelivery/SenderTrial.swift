// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import SMTPProtocol

extension SMTPClientSession {
    /// Asks whether the server takes mail from `sender`, and takes the question back: MAIL and RSET, and nothing else. The session is ready for
    /// more unless the server ended it.
    ///
    /// - Returns: its reply to MAIL.
    public func tryMail(from sender: AddrSpec) async throws(SMTPClientError) -> SMTPReply {
        guard sender.isASCII || capabilities.smtpUTF8 else {
            return SMTPReply(550, EnhancedStatus(5, 6, 7), "the server takes no address beyond ASCII (SMTPUTF8)")
        }
        do throws(SMTPClientError) {
            let reply = try await ask("MAIL FROM:<\(sender)>" + (sender.isASCII ? "" : " SMTPUTF8"))
            if reply.code == 421 { await close() } else { _ = try await ask("RSET") }
            return reply
        } catch {
            await close()
            throw error
        }
    }
}
