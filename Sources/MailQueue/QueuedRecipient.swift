// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// One recipient of a queued message and how far its delivery has come.
public struct QueuedRecipient: Hashable, Sendable {
    /// Its place among the message's recipients, 0...
    public var number: Int
    /// The forward-path and its DSN parameters.
    public var recipient: EnvelopeRecipient
    /// The lane that delivers it.
    public var route: Route
    /// Its state.
    public var state: RecipientState
    /// When it is due; meaningful while waiting.
    public var nextAttempt: Timestamp
    /// Attempts made so far, 0...
    public var attempts: Int
    /// What the last server said, or why it is held; nil before the first attempt.
    public var lastReply: String?
    /// True once the sender was told of the delay (RFC 5321 §4.5.4.1).
    public var isDelayReported: Bool

    /// A recipient that is due at `nextAttempt` and has not been tried.
    public init(
        number: Int,
        recipient: EnvelopeRecipient,
        route: Route,
        state: RecipientState = .waiting,
        nextAttempt: Timestamp,
        attempts: Int = 0,
        lastReply: String? = nil,
        isDelayReported: Bool = false
    ) {
        self.number = number
        self.recipient = recipient
        self.route = route
        self.state = state
        self.nextAttempt = nextAttempt
        self.attempts = attempts
        self.lastReply = lastReply
        self.isDelayReported = isDelayReported
    }
}

extension QueuedRecipient {
    /// Holds a receipt that the account's digest will tell of.
    package mutating func awaitDigest() {
        state = .held
        lastReply = "waits for the daily digest of acceptances"
    }
}
