// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// By what a lane opens a session: servers, login and policy of one and the same settings, so that a change of them in between never
/// brings a login to a server that it is not for.
struct OpeningPlan: Sendable {
    let generation: Int
    let target: LaneTarget?
    let tuning: DeliveryTuning
    /// The servers to try, in order.
    let endpoints: [Endpoint]
}

extension LaneState {
    /// The plan as things stand; nil while the lane is closed or stopping.
    mutating func planOpening(now: Timestamp) -> OpeningPlan? {
        guard !isStopping, gate.closedUntil == nil else { return nil }
        return OpeningPlan(
            generation: generation,
            target: target,
            tuning: tuning,
            endpoints: pool.candidates(now: now)
        )
    }
}
