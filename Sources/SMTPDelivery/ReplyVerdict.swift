// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// What a reply means for a recipient.
enum ReplyVerdict: Equatable {
    case delivered
    case transient
    case permanent

    /// Judges `reply`. What providers say when they throttle looks permanent and is not.
    init(_ reply: SMTPReply) {
        if reply.isPositive {
            self = .delivered
        } else if reply.isPermanent, !Self.isThrottling(reply) {
            self = .permanent
        } else {
            self = .transient
        }
    }

    /// What servers say, in lower case, when they mean "not so fast". Legalmail: `550 MAIL from: "a@b" blocked "Class Of Service" - Too
    /// much traffic from this sender`; Aruba: `Indirizzo IP bloccato temporaneamente per sospetto abuso`; web hosts: `Message count
    /// exceeded`, `MAX RCPT TO DAILY LIMIT`. A size or a quota that is exceeded is none of them.
    private static let throttlingWords = [
        "class of service", "too much traffic", "ip bloccato", "bloccato temporaneamente", "temporaneamente bloccat",
        "bloccata temporaneamente", "temporarily blocked", "temporarily suspended", "rate limit", "sending limit",
        "send limit", "daily limit", "hourly limit", "message count exceeded", "limite di invi", "limite giornaliero",
        "limite orario", "troppi messaggi", "troppi invii", "troppo traffico", "troppe connessioni", "try again later",
        "riprovare più tardi", "riprovare piu' tardi", "riprova più tardi", "riprova piu' tardi", "throttl",
    ]

    /// RFC 5321 §4.5.3.1.10 has 552 for too many recipients as transient too; a loop (`too many hops`) is not.
    private static func isThrottling(_ reply: SMTPReply) -> Bool {
        let text = reply.lines.joined(separator: " ").lowercased()
        if throttlingWords.contains(where: { text.contains($0) }) { return true }
        return text.contains("too many") && !text.contains("hops") && !text.contains("received")
            && reply.status != EnhancedStatus(5, 4, 6)
    }
}
