// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

public import struct NIOCore.ByteBuffer

/// A delivery status notification for those whom a message's reports go to (RFC 3461, RFC 3464): what it says, and the message it becomes.
///
/// ```text
/// multipart/report; report-type=delivery-status
///   text/plain                what happened, in Italian and English, and what the remote server said, verbatim
///   message/delivery-status   the same for programs (RFC 3464)
///   message/rfc822            the message, or text/rfc822-headers: its header section
/// ```
public struct DeliveryReport: Sendable {
    /// What the report is about; one action for all its recipients.
    public enum Action: Hashable, Sendable {
        /// The delivery has failed for good.
        case failed
        /// The message waits, and is tried until the given moment.
        case delayed(willRetryUntil: Timestamp)
        /// The message was handed to a server that offers no DSN (RFC 3461 §5.2.2, NOTIFY=SUCCESS).
        case relayed
    }

    /// The largest message that a failure report gives back whole.
    public static let maximumReturnedOctets = 1_048_576

    /// What the report says.
    public let action: Action
    /// The message that it is about.
    public let message: QueuedMessage
    /// One or more recipients.
    public let recipients: [ReportedRecipient]
    /// The first octets of the message as it is read, `octetsNeeded` of them or more. What is given back begins behind the trace fields.
    public let original: ByteBuffer
    /// The gateway's own name.
    public let hostname: String
    /// Whom the reader can write to.
    public let postmaster: AddrSpec
    /// When the report is made.
    public let now: Timestamp
    /// The identifier of the report itself.
    public let id: QueueID

    /// A report about `recipients` of `message`; its queue identifier is a new one unless it is given.
    public init(
        _ action: Action,
        of message: QueuedMessage,
        recipients: [ReportedRecipient],
        original: ByteBuffer,
        hostname: String,
        postmaster: AddrSpec,
        now: Timestamp,
        id: QueueID? = nil
    ) {
        self.action = action
        self.message = message
        self.recipients = recipients
        self.original = original
        self.hostname = hostname
        self.postmaster = postmaster
        self.now = now
        self.id = id ?? QueueID(arrival: now)
    }

    /// True when `action` is to be reported to the sender of `message` for `recipient`.
    ///
    /// Never for a null reverse-path (RFC 5321 §4.5.5), nor for what did not come from Exchange: its failure is kept for a person and
    /// never sent back (no backscatter). Otherwise as NOTIFY asks; without NOTIFY failures and delays are reported, success is not
    /// (RFC 3461 §4.1).
    public static func isDue(_ action: Action, of message: QueuedMessage, to recipient: EnvelopeRecipient) -> Bool {
        guard message.origin == .exchange, !message.reportTo.isEmpty else { return false }
        let notify = recipient.notify ?? [.failure, .delay]
        return switch action {
        case .failed: notify.contains(.failure)
        case .delayed: notify.contains(.delay)
        case .relayed: notify.contains(.success)
        }
    }

    /// How many of the first octets of `message` a report on `action` wants to see: all of them where the message is given back whole,
    /// otherwise enough for the header section.
    public static func octetsNeeded(_ action: Action, of message: QueuedMessage) -> Int {
        returnsContent(action, of: message) ? message.size : min(message.size, HeaderReturn.maximumOctets)
    }

    /// RET decides for failures alone; every other report carries the header section (RFC 3461 §4.3).
    static func returnsContent(_ action: Action, of message: QueuedMessage) -> Bool {
        action == .failed && message.returnContent != .headers && message.size <= maximumReturnedOctets
    }
}

/// One recipient as a report names it.
public struct ReportedRecipient: Hashable, Sendable {
    /// The recipient with its DSN parameters.
    public var recipient: EnvelopeRecipient
    /// The status that the report gives: the remote server's own, or ours, `4.4.7` for a message that grew too old.
    public var status: EnhancedStatus
    /// What the remote server answered; nil when it gave no reply.
    public var reply: SMTPReply?
    /// What happened, in words, where there was no reply: `connection to mx.example.it:25 timed out`.
    public var explanation: String
    /// The server that was asked, as a host name; nil when none was reached.
    public var remoteMTA: String?
    /// When it was last tried; nil when it never was.
    public var lastAttempt: Timestamp?

    /// A recipient with what became of it.
    ///
    /// Without `status` it is the reply's own enhanced status, else the class of its code with `.0.0`, else 5.0.0.
    public init(
        _ recipient: EnvelopeRecipient,
        status: EnhancedStatus? = nil,
        reply: SMTPReply? = nil,
        explanation: String = "",
        remoteMTA: String? = nil,
        lastAttempt: Timestamp? = nil
    ) {
        self.recipient = recipient
        self.status = status ?? reply?.status ?? EnhancedStatus(reply.map { $0.code / 100 } ?? 5, 0, 0)
        self.reply = reply
        self.explanation = explanation
        self.remoteMTA = remoteMTA
        self.lastAttempt = lastAttempt
    }

    /// What the remote server said, verbatim, or what happened where it said nothing.
    public var words: String { reply?.description ?? explanation }
}
