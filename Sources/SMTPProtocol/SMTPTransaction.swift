// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// One mail transaction as the client plans it.
public struct SMTPTransaction: Hashable, Sendable {
    /// Sender, recipients and their parameters.
    public var envelope: Envelope
    /// Octets of the content.
    public var size: Int
    /// True when a CR or LF stands outside a CRLF: BDAT alone carries such content.
    public var hasBareLineEnds: Bool
    /// True when a transient refusal of one recipient holds back the whole message: it is all or nothing for now.
    public var holdsOnTransientRecipient: Bool
    /// True when the content may travel in the flight of MAIL and RCPT where CHUNKING and PIPELINING are offered.
    public var joinsContent: Bool

    /// A transaction.
    public init(
        envelope: Envelope,
        size: Int,
        hasBareLineEnds: Bool = false,
        holdsOnTransientRecipient: Bool = false,
        joinsContent: Bool = false
    ) {
        self.envelope = envelope
        self.size = size
        self.hasBareLineEnds = hasBareLineEnds
        self.holdsOnTransientRecipient = holdsOnTransientRecipient
        self.joinsContent = joinsContent
    }
}

/// How a mail transaction ended.
public struct SMTPTransactionResult: Hashable, Sendable {
    /// The answer to one recipient, in the order of the envelope.
    public struct Answer: Hashable, Sendable {
        /// The reply that decided.
        public let reply: SMTPReply
        /// What it answered.
        public let stage: Stage

        /// An answer.
        public init(reply: SMTPReply, stage: Stage) {
            self.reply = reply
            self.stage = stage
        }
    }

    /// What a deciding reply answered.
    public enum Stage: Hashable, Sendable {
        /// Nothing was sent: our own judgement of what the server offers.
        case local
        /// MAIL.
        case mail
        /// RCPT of this recipient.
        case recipient
        /// DATA.
        case data
        /// The content.
        case endOfData
        /// Accepted at RCPT, and held back because another recipient was refused for now.
        case held
    }

    /// One answer a recipient.
    public let answers: [Answer]
    /// True when another transaction may follow on the session.
    public let isSessionUsable: Bool

    /// A result.
    public init(answers: [Answer], isSessionUsable: Bool) {
        self.answers = answers
        self.isSessionUsable = isSessionUsable
    }
}
