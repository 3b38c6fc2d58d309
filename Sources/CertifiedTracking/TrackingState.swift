// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How far a certified message has come for one of its recipients, as the submission and the receipts tell it (RFC 6109 §2.1).
///
/// ```text
/// queued ─▶ submitted ─┬─▶ refused
///    │  ▲      ▲       └─▶ accepted ─┬─▶ delivered
///    ▼  │resent│settled              ├─▶ failed        (delivery beats it: it is the stronger evidence)
///  uncertain ──┘                     └─▶ warned ─┬─▶ delivered
///    └─▶ what a receipt proves                   └─▶ failed
/// withdrawn: taken out by a person before it was submitted
/// ```
/// Receipts move a state forward only, along `rank`: whatever the order in which they come, and however often, the highest one counts.
public enum TrackingState: String, Hashable, Sendable, CaseIterable {
    /// Waits in the queue.
    case queued
    /// Taken out of the queue by a person, never submitted.
    case withdrawn
    /// The provider's reply to the submission was lost: nobody knows whether it was taken (P5).
    case uncertain
    /// The provider's server took it; a 250 is not an acceptance.
    case submitted
    /// The provider's server refused it, or its non-acceptance notice came: the message has no legal effect.
    case refused
    /// The acceptance receipt came. For a recipient that is not certified this is the end.
    case accepted
    /// The notice of 12 hours came: it may still be delivered.
    case warned
    /// A non-delivery notice came, or the one of 24 hours.
    case failed
    /// The delivery receipt came.
    case delivered

    /// The place in the order in which receipts move a state.
    public var rank: Int {
        switch self {
        case .queued: 0
        case .withdrawn: 1
        case .uncertain: 2
        case .submitted: 3
        case .refused: 4
        case .accepted: 5
        case .warned: 6
        case .failed: 7
        case .delivered: 8
        }
    }

    /// True when a receipt may lead from this state to `next`.
    public func isOvertaken(by next: Self) -> Bool { next.rank > rank }

    /// True when nothing more is to come: for a certified recipient delivered, failed or refused; for an ordinary one also accepted.
    public func isFinal(isCertified: Bool?) -> Bool {
        switch self {
        case .withdrawn, .refused, .failed, .delivered: true
        case .accepted: isCertified == false
        case .queued, .uncertain, .submitted, .warned: false
        }
    }
}
