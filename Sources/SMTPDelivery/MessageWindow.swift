// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Counts mail transactions so that no 60 seconds see more than a provider allows: a window that slides, so that bursts go at once.
///
/// It is asked for each claim, under the lane's lock: what it costs must not grow with the messages in the window, so that those of
/// one tenth of a second are one entry.
struct MessageWindow: Equatable {
    private struct Entry: Equatable {
        var end: Timestamp
        var count: Int
    }

    private static let width = Duration.seconds(60)
    private static let grain: Int64 = 100
    private let limit: Int
    private var entries: [Entry] = []
    private var total = 0

    init(limit: Int) {
        self.limit = max(1, limit)
    }

    /// How many transactions may go now.
    mutating func available(now: Timestamp) -> Int {
        let ended = entries.prefix { $0.end <= now }
        total -= ended.reduce(0) { $0 + $1.count }
        entries.removeFirst(ended.count)
        return limit - total
    }

    /// `count` messages go.
    mutating func take(_ count: Int, now: Timestamp) {
        let tenths = (now.milliseconds + Self.grain - 1) / Self.grain
        let end = Timestamp(milliseconds: tenths * Self.grain) + Self.width
        total += count
        if let last = entries.indices.last, entries[last].end >= end {
            entries[last].count += count
        } else {
            entries.append(Entry(end: end, count: count))
        }
    }

    /// `count` messages that were taken have not gone: the last ones.
    mutating func giveBack(_ count: Int) {
        var rest = min(count, total)
        total -= rest
        while rest > 0, let last = entries.indices.last {
            let taken = min(rest, entries[last].count)
            entries[last].count -= taken
            rest -= taken
            if entries[last].count == 0 { entries.removeLast() }
        }
    }
}
