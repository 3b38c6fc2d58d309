// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// How often something may happen: `count` times within any `period`.
public struct RateLimit: Hashable, Sendable, CustomStringConvertible {
    /// How often, 1 or more.
    public var count: Int
    /// Within which time, a millisecond or more.
    public var period: Duration

    /// A limit.
    public init(_ count: Int, per period: Duration) {
        self.count = max(1, count)
        self.period = max(period, .milliseconds(1))
    }

    /// The same for as many clients together.
    func times(_ factor: Int) -> Self {
        let (product, overflow) = count.multipliedReportingOverflow(by: max(1, factor))
        return Self(overflow ? .max : product, per: period)
    }

    /// `600 in 60 s`.
    public var description: String { "\(count) in \(max(1, period.wholeMilliseconds / 1000)) s" }
}

/// Counts what happened within the last period, in 16 octets: the count of the present period, and that of the one before by the part of it
/// that is still within reach.
struct RateWindow: Hashable, Sendable {
    private var start: Int64 = .min
    private var present: UInt32 = 0
    private var previous: UInt32 = 0

    /// Nothing has happened.
    init() {}

    /// Counts one more.
    /// - Returns: how many there were within `period` up to `now`, this one with them. A clock that was set back counts on.
    mutating func count(_ now: Timestamp, period: Duration) -> Int {
        let length = max(1, period.wholeMilliseconds)
        if start == .min { start = now.milliseconds }
        let elapsed = now.milliseconds.subtractingReportingOverflow(start)
        let passed = elapsed.overflow ? .max : elapsed.partialValue
        if passed >= length {
            previous = passed < 2 * length ? present : 0
            present = 0
            start = passed < 2 * length ? start + length : now.milliseconds
        } else if passed < 0 {
            start = now.milliseconds
        }
        if present < .max { present += 1 }
        let rest = length - min(length, max(0, now.milliseconds - start))
        return Int(present) + Int(Double(previous) * Double(rest) / Double(length))
    }
}
