// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Whether a lane may be used: a breaker that opens when none of its servers can be used and tries again after growing pauses.
///
/// ```text
/// open ──fail──▶ closed(until) ──time──▶ probing ──succeed──▶ open
///                     ▲                     │
///                     └────────fail─────────┘   the pause doubles
/// ```
struct LaneGate: Equatable {
    enum State: Equatable {
        case open
        case closed(until: Timestamp)
        /// One worker finds out whether the lane can be used again.
        case probing
    }

    private(set) var state = State.open
    /// Since when the lane has been down; nil while it is not.
    private(set) var downSince: Timestamp?
    /// Why it is down, in words.
    private(set) var reason = ""
    private var pause: Duration?
    /// Since when the lane was down under earlier settings: the next failure goes on from there.
    private var earlier: Timestamp?

    /// An open gate; with `isProving` a probe comes first, so that a wrong password costs one session's logins and not all sessions'.
    init(isProving: Bool = false) {
        state = isProving ? .probing : .open
    }

    /// The gate under changed settings: all is tried at once, and an outage that it does not end has lasted since it began.
    func renewed(isProving: Bool) -> LaneGate {
        var gate = LaneGate(isProving: isProving)
        gate.earlier = downSince ?? earlier
        return gate
    }

    /// Closes the gate; the pause begins with the lower bound of `pauses` and doubles up to the upper one.
    /// A failure that comes while the gate is closed, of a worker that had begun before, does not lengthen the pause.
    mutating func fail(_ reason: String, now: Timestamp, pauses: ClosedRange<Duration>) {
        self.reason = reason
        if case .closed(let until) = state, until > now, let pause, pause >= pauses.lowerBound { return }
        let next = max(min(pause.map { $0 * 2 } ?? pauses.lowerBound, pauses.upperBound), pauses.lowerBound)
        pause = next
        downSince = downSince ?? earlier ?? now
        state = .closed(until: now + next)
    }

    /// The lane was used with success.
    mutating func succeed() {
        self = LaneGate()
    }

    /// Looks at the clock: a pause that is over makes way for a probe.
    mutating func look(now: Timestamp) {
        if case .closed(let until) = state, until <= now { state = .probing }
    }

    /// When the pause ends; nil while the gate is open or probing.
    var closedUntil: Timestamp? {
        guard case .closed(let until) = state else { return nil }
        return until
    }
}
