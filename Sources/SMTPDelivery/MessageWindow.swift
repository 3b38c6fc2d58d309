// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Counts messages so that no 60 seconds see more than a provider allows: a window that slides, so that bursts go at once.
struct MessageWindow: Equatable {
    private static let width = Duration.seconds(60)
    private let limit: Int
    private var moments: [Timestamp] = []

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// How many messages may go now.
    mutating func available(now: Timestamp) -> Int {
        moments.removeAll { $0 + Self.width <= now }
        return limit - moments.count
    }

    /// `count` messages go.
    mutating func take(_ count: Int, now: Timestamp) {
        moments += Array(repeating: now, count: count)
    }

    /// `count` messages that were taken have not gone.
    mutating func giveBack(_ count: Int) {
        moments.removeLast(min(count, moments.count))
    }
}
