// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// The pre-flight of a certified submission, as far as envelope and header section tell: rows E40 to E52 of `docs/routing.md`.
///
/// What a provider is known to refuse (RFC 6109 §3.1.1) is refused while Exchange still listens, with words; otherwise the provider would
/// refuse the whole message by a notice that comes later and names nothing of Exchange.
extension RoutedAccount {
    /// The reply that refuses the submission; nil when nothing speaks against it.
    func preflight(_ question: RoutingQuestion) -> SMTPReply? {
        guard question.header.isWellFormed else { return Refusal.brokenHeader }
        do throws(VisibleRecipients.Fault) {
            let visible = try VisibleRecipients(question.header)
            let hidden = question.envelope.recipients.map(\.forwardPath).filter { !visible.contains($0) }
            guard hidden.isEmpty else { return Refusal.hidden(hidden) }
        } catch {
            return error.reply
        }
        if question.header.all("Bcc").contains(where: { !$0.isEmpty }) { return Refusal.bcc }
        if question.header.all("Content-Type").contains(where: Self.isTNEF) { return Refusal.outlookFormat }
        let count = question.envelope.recipients.count
        if let limit = limits.recipients, count > limit {
            return Refusal.tooManyRecipients(count, limit: limit, provider: provider)
        }
        return nil
    }

    private static func isTNEF(_ contentType: String) -> Bool {
        MessagePart.isTNEF(mediaType: MIMEParameters(contentType).value)
    }
}
