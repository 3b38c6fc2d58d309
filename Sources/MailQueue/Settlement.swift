// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// How the attempt on one claim ended, written in one commit together with the notices that follow from it.
public struct Settlement: Sendable {
    /// The message.
    public var id: QueueID
    /// The lease under which it was tried.
    public var lease: Lease
    /// The outcome of each recipient that was tried.
    public var results: [RecipientResult]
    /// Reports and notices that this outcome calls for, queued in the same commit.
    public var notices: [Arrival]

    /// A settlement.
    public init(id: QueueID, lease: Lease, results: [RecipientResult], notices: [Arrival] = []) {
        self.id = id
        self.lease = lease
        self.results = results
        self.notices = notices
    }
}

/// The outcome of one recipient.
public struct RecipientResult: Hashable, Sendable {
    /// Which recipient of the message.
    public var number: Int
    /// What becomes of it.
    public var outcome: RecipientOutcome
    /// The attempt, for the history; nil when none was made (a released claim).
    public var attempt: DeliveryAttempt?
    /// True when a delay notice goes out with this settlement.
    public var reportsDelay: Bool
    /// Why a claim was given back without an attempt (its lane is down, the login is refused), kept as the recipient's last reply;
    /// nil leaves the last reply as it is. An attempt's own reply goes before it.
    public var reason: String?

    /// A result.
    public init(
        number: Int,
        outcome: RecipientOutcome,
        attempt: DeliveryAttempt?,
        reportsDelay: Bool = false,
        reason: String? = nil
    ) {
        self.number = number
        self.outcome = outcome
        self.attempt = attempt
        self.reportsDelay = reportsDelay
        self.reason = reason
    }
}

/// What becomes of a recipient after an attempt.
public enum RecipientOutcome: Hashable, Sendable {
    /// The next hop took it.
    case delivered
    /// To be tried again at the given time. Counts as an attempt when the result carries one.
    case deferred(until: Timestamp)
    /// Ended; the sender was told where that is due.
    case failed
    /// Kept for a person.
    case quarantined
    /// Nobody knows whether the provider took it (P5).
    case uncertain

    /// The state that the recipient then has.
    public var state: RecipientState {
        switch self {
        case .delivered: .delivered
        case .deferred: .waiting
        case .failed: .failed
        case .quarantined: .quarantined
        case .uncertain: .uncertain
        }
    }
}

/// One attempt in the history of a recipient.
public struct DeliveryAttempt: Hashable, Sendable {
    /// When it ended.
    public var moment: Timestamp
    /// How long it took.
    public var duration: Duration
    /// The server that was asked, `host:port`; empty when none was reached.
    public var server: String
    /// What the server said, or why there was no reply, in words.
    public var reply: String

    /// An attempt.
    public init(moment: Timestamp, duration: Duration, server: String, reply: String) {
        self.moment = moment
        self.duration = duration
        self.server = server
        self.reply = reply
    }
}
