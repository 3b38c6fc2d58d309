// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A certified message that leaves through an account, with what is known of each recipient.
public struct TrackedMessage: Hashable, Sendable {
    /// The message's identifier in the queue, and here for as long as it is tracked.
    public var id: QueueID
    /// The account's address in its comparison form.
    public var account: String
    /// The Message-ID that it left with, without angle brackets; receipts repeat it.
    public var messageID: String
    /// The provider's identifier, without angle brackets; nil until a believed receipt told it.
    public var identifier: String?
    /// Subject as listings show it, still encoded; nil without one.
    public var subject: String?
    /// The people who are told about it: who really sent it, as Exchange knows them.
    public var senders: [AddrSpec]
    /// SHA-256 of the content as it is submitted, in lower-case hexadecimal.
    public var contentDigest: String
    /// When it was taken from Exchange.
    public var created: Timestamp
    /// When the provider's server took it; nil before.
    public var submittedAt: Timestamp?
    /// When the provider says that it accepted it; nil before its receipt.
    public var acceptedAt: Timestamp?
    /// Its recipients, in the order of the queue's numbers.
    public var recipients: [TrackedRecipient]

    /// A message that has just come from Exchange.
    public init(
        id: QueueID,
        account: String,
        messageID: String,
        identifier: String? = nil,
        subject: String? = nil,
        senders: [AddrSpec],
        contentDigest: String,
        created: Timestamp,
        submittedAt: Timestamp? = nil,
        acceptedAt: Timestamp? = nil,
        recipients: [TrackedRecipient]
    ) {
        self.id = id
        self.account = account
        self.messageID = messageID
        self.identifier = identifier
        self.subject = subject
        self.senders = senders
        self.contentDigest = contentDigest
        self.created = created
        self.submittedAt = submittedAt
        self.acceptedAt = acceptedAt
        self.recipients = recipients
    }

    /// True when nothing more is to come for any recipient.
    public var isFinal: Bool { recipients.allSatisfy { $0.state.isFinal(isCertified: $0.isCertified) } }
}

/// One recipient of a tracked message.
public struct TrackedRecipient: Hashable, Sendable {
    /// Its number in the queued message.
    public var number: Int
    /// Its address.
    public var address: AddrSpec
    /// True for a certified box, false for an ordinary one; nil until the acceptance receipt tells.
    public var isCertified: Bool?
    /// How far it has come.
    public var state: TrackingState
    /// Since when it is in that state: the provider's time where a receipt moved it.
    public var since: Timestamp
    /// What the server or the receipt said of it, in words; nil when there is nothing to say.
    public var detail: String?
    /// When the provider accepted the message for it, by its receipt; nil before, and where the receipt tells no time.
    public var acceptedAt: Timestamp?
    /// The time of the last notice that does not tell whether 12 or 24 hours are over; nil without one.
    public var overdueAt: Timestamp?
    /// True when it has been in a submission, whatever came of that, and also when it waits again. No receipt changes it; where there is no other
    /// recipient it may be left untold.
    public var wasSubmitted: Bool

    /// A recipient, queued unless told otherwise.
    public init(
        number: Int,
        address: AddrSpec,
        isCertified: Bool? = nil,
        state: TrackingState = .queued,
        since: Timestamp,
        detail: String? = nil,
        acceptedAt: Timestamp? = nil,
        overdueAt: Timestamp? = nil,
        wasSubmitted: Bool? = nil
    ) {
        self.number = number
        self.address = address
        self.isCertified = isCertified
        self.state = state
        self.since = since
        self.detail = detail
        self.acceptedAt = acceptedAt
        self.overdueAt = overdueAt
        self.wasSubmitted = wasSubmitted ?? (state == .submitted || state == .uncertain)
    }
}
