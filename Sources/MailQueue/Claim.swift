// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A message with those of its recipients that one gateway may deliver now, until the lease ends.
public struct Claim: Sendable {
    /// The message.
    public var message: QueuedMessage
    /// The claimed recipients, all of one route, in their order.
    public var recipients: [QueuedRecipient]
    /// The lease under which they are claimed.
    public var lease: Lease

    /// A claim.
    public init(message: QueuedMessage, recipients: [QueuedRecipient], lease: Lease) {
        self.message = message
        self.recipients = recipients
        self.lease = lease
    }
}

/// The right to deliver, for a time: a gateway that dies loses it by the clock alone, so that others can go on.
public struct Lease: Hashable, Sendable {
    /// Who holds it: `gateway`, or `gateway#claim` with a name for each claim, so that a gateway whose lease lapsed while it lived
    /// cannot take its later claim of the same message for the earlier one.
    public var owner: String
    /// When it ends unless it is renewed.
    public var until: Timestamp

    /// A lease.
    public init(owner: String, until: Timestamp) {
        self.owner = owner
        self.until = until
    }
}
