// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// When a deferred recipient is tried again, when its sender is told of the delay, and when it is given up.
///
/// - SeeAlso: RFC 5321 §4.5.4.1. It asks for 30 minutes between attempts, but allows a host that keeps state of its destinations to
///   choose otherwise; most delays are over within minutes (greylisting, a restart), so the first attempts follow each other sooner.
public struct RetrySchedule: Hashable, Sendable {
    /// The delays after the first, second, … attempt; the last one is repeated. Never empty.
    public let delays: [Duration]
    /// The age at which a recipient fails with 4.4.7.
    public let lifetime: Duration
    /// The age at which the sender is told that the message waits.
    public let delayNotice: Duration

    /// 1, 2, 5, 10, 15 and 30 minutes, 1, 2 and 3 hours, then every 4 hours for 5 days; a notice after 4 hours.
    public static let standard = Self(
        delays: [60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400].map { .seconds($0) },
        lifetime: .seconds(5 * 86400),
        delayNotice: .seconds(4 * 3600)
    )

    /// A schedule of its own.
    ///
    /// - Parameters:
    ///   - delays: one or more, each above zero.
    ///   - lifetime: above zero.
    ///   - delayNotice: zero for a notice after the first attempt; `lifetime` or more for none.
    public init(delays: [Duration], lifetime: Duration, delayNotice: Duration) {
        precondition(!delays.isEmpty && delays.allSatisfy { $0 > .zero } && lifetime > .zero, "a schedule needs delays")
        self.delays = delays
        self.lifetime = lifetime
        self.delayNotice = delayNotice
    }

    /// Delay before the next attempt for a deferred recipient.
    ///
    /// - Parameters:
    ///   - attempt: attempts made so far, 1...; less counts as 1.
    ///   - age: time since the message was queued.
    /// - Returns: the delay, shortened so that one last attempt falls on `lifetime`; `nil` once `age` reaches `lifetime`: the
    ///   recipient then fails with 4.4.7.
    /// - SeeAlso: RFC 5321 §4.5.4.1 (give up after 4–5 days).
    public func delay(afterAttempt attempt: Int, age: Duration) -> Duration? {
        guard age < lifetime else { return nil }
        let planned = delays[min(max(attempt, 1), delays.count) - 1]
        return min(planned, lifetime - max(age, .zero))
    }

    /// True when the sender is to be told now that the message waits.
    ///
    /// - Parameters:
    ///   - age: time since the message was queued.
    ///   - isReported: true when that was done before.
    /// - Returns: true from `delayNotice` on, once, while the message still has time.
    public func isDelayNoticeDue(age: Duration, isReported: Bool) -> Bool {
        !isReported && age >= delayNotice && age < lifetime
    }
}
