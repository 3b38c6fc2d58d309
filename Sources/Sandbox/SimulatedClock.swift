// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
import Synchronization

/// A clock that stands until it is moved by hand.
public final class SimulatedClock: WallClock {
    private let moment: Mutex<Timestamp>

    /// A clock that stands at `moment`.
    public init(at moment: Timestamp) {
        self.moment = Mutex(moment)
    }

    /// What it shows.
    public func now() -> Timestamp { moment.withLock { $0 } }

    /// Moves it on.
    public func advance(by duration: Duration) { moment.withLock { $0 = $0 + duration } }
}
