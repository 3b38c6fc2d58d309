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

    /// Legalmail: `550 MAIL from: "a@b" blocked "Class Of Service" - Too much traffic from this sender`; Aruba: `IP bloccato
    /// temporaneamente per sospetto abuso`; others: `too many messages`. RFC 5321 §4.5.3.1.10 has 552 for too many recipients as
    /// transient too; a loop (`too many hops`) is not.
    private static func isThrottling(_ reply: SMTPReply) -> Bool {
        let text = reply.lines.joined(separator: " ").lowercased()
        if ["class of service", "too much traffic", "ip bloccato"].contains(where: { text.contains($0) }) {
            return true
        }
        return text.contains("too many") && !text.contains("hops") && !text.contains("received")
            && reply.status != EnhancedStatus(5, 4, 6)
    }
}
