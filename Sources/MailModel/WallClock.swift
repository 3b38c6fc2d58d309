// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What tells the time of day: the system's clock in the gateway, a clock that a test moves by hand in tests.
public protocol WallClock: Sendable {
    /// The present moment.
    func now() -> Timestamp
}
