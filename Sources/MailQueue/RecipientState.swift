// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The state of one recipient of a queued message.
///
/// ```text
///             ┌────────────── deferred, released, lease expired ──────────────┐
///             ▼                                                               │
/// insert → waiting ──claim──▶ leased ──final dot is next──▶ submitting ───────┤
///             ▲ │                │ │                          │  │  │         │
///             │ │hold            │ └─ delivered ◀─────────────┘  │  │         │
///             │ ▼                ├─── failed, quarantined ◀──────┘  │         │
///             │ held             │                                  ▼         │
///             │                  └─ (no reply to the final dot) ▶ uncertain ──┘ a person resends
/// release ────┴── held, quarantined, uncertain            delete: any state but leased and submitting → deleted
/// ```
/// `delivered`, `failed` and `deleted` are ends. A `delivered` that comes after its lease was lost is written in any state but these:
/// what has arrived is not sent again.
public enum RecipientState: String, Hashable, Sendable, CaseIterable {
    /// Due at `nextAttempt`.
    case waiting
    /// Claimed by a gateway until its lease runs out; then it counts as waiting again.
    case leased
    /// A certified submission whose end of data is about to be sent; when the lease runs out it becomes uncertain (P5).
    case submitting
    /// The next hop answered 250.
    case delivered
    /// Refused for good, or too old; reported where a report is due.
    case failed
    /// Held by a person; nothing is tried until it is released.
    case held
    /// Refused for good, and kept because nobody may be told or lose it; a person releases or deletes it.
    case quarantined
    /// A certified submission whose final reply was lost; it is never sent again unless a person says so.
    case uncertain
    /// Taken out by a person.
    case deleted

    /// True for the states that nothing leaves.
    public var isFinal: Bool {
        switch self {
        case .delivered, .failed, .deleted: true
        case .waiting, .leased, .submitting, .held, .quarantined, .uncertain: false
        }
    }

    /// True when the queue may move a recipient from this state to `next`.
    public func mayBecome(_ next: Self) -> Bool {
        switch (self, next) {
        case (.waiting, .leased), (.waiting, .held), (.waiting, .deleted), (.waiting, .delivered):
            true
        case (.leased, .waiting), (.leased, .submitting), (.leased, .delivered), (.leased, .failed),
            (.leased, .quarantined), (.leased, .uncertain):
            true
        case (.submitting, .waiting), (.submitting, .delivered), (.submitting, .failed), (.submitting, .quarantined),
            (.submitting, .uncertain):
            true
        case (.held, .waiting), (.held, .deleted), (.held, .delivered): true
        case (.quarantined, .waiting), (.quarantined, .deleted), (.quarantined, .delivered): true
        case (.uncertain, .waiting), (.uncertain, .delivered), (.uncertain, .failed), (.uncertain, .deleted): true
        case (.waiting, _), (.leased, _), (.submitting, _), (.held, _), (.quarantined, _), (.uncertain, _),
            (.delivered, _), (.failed, _), (.deleted, _):
            false
        }
    }
}
