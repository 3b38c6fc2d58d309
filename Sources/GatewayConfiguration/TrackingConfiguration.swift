// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// When what is known of certified messages is late, as `tracking` describes it.
public struct TrackingConfiguration: Hashable, Sendable {
    /// How long after its submission a message may lack its acceptance receipt before an alert begins.
    public var acceptanceOverdue: Duration
    /// How long after its acceptance nothing final may be known of a certified recipient before an alert begins; 24 hours at least.
    public var deliveryOverdue: Duration
    /// How long after a lost reply receipts are waited for before the sender is told.
    public var uncertainAfter: Duration
    /// When the daily digests of acceptances are made, in the gateway's own time zone.
    public var digestAt: TimeOfDay

    /// Thirty minutes, thirty hours, thirty minutes, and six in the evening, unless told otherwise.
    public init(
        acceptanceOverdue: Duration = .seconds(30 * 60),
        deliveryOverdue: Duration = .seconds(30 * 3600),
        uncertainAfter: Duration = .seconds(30 * 60),
        digestAt: TimeOfDay = TimeOfDay(hour: 18, minute: 0)
    ) {
        self.acceptanceOverdue = acceptanceOverdue
        self.deliveryOverdue = deliveryOverdue
        self.uncertainAfter = uncertainAfter
        self.digestAt = digestAt
    }
}
