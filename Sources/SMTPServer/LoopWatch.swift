// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import MailQueue
import Synchronization

/// Counts the forwarded copies that were refused, or kept, because they go in circles, and raises an alert when it happens again and again: once is an
/// accident of a rule somewhere, more is a set-up that a person must change.
public final class LoopWatch: Sendable {
    /// How many within `period` raise the alert.
    static let threshold = 3
    /// After so long without any the alert ends.
    static let period = Duration.seconds(3600)

    private let alerts: any AlertReporting
    private let clock: any WallClock
    private let start: Timestamp
    /// The last few by account, by its address in comparison form.
    private let seen = Mutex<[String: [Timestamp]]>([:])

    /// A watch that has seen nothing yet.
    public init(alerts: any AlertReporting, clock: any WallClock) {
        self.alerts = alerts
        self.clock = clock
        start = clock.now()
    }

    /// A copy for `account` was refused with `reply`, or kept for that.
    func note(_ account: AddrSpec, _ reply: SMTPReply) async {
        let (key, now) = (account.comparisonKey, clock.now())
        let count = seen.withLock { seen in
            let recent = (seen[key] ?? []).filter { now - $0 < Self.period } + [now]
            seen[key] = recent.suffix(Self.threshold)
            return recent.count
        }
        guard count >= Self.threshold else { return }
        await alerts.raise(
            key: Self.key(key),
            summary: "copies forwarded for \(account) go in circles: \(reply.lines.joined(separator: " "))",
            affects:
                "these copies are refused with 554 5.4.6, or kept in the quarantine where a suffix opened the listener; other mail of the account goes on",
            remedy:
                "Look where the provider forwards what is sent, and which rules in Exchange or in a mailbox send the "
                + "account's mail back to it; the log names each (message refused, message kept in the quarantine). It ends an hour after the last."
        )
    }

    /// Ends the alerts of `accounts`, addresses in comparison form, where an hour has passed since the last; to be called from time to time.
    public func review(_ accounts: [String]) async {
        let (seen, now) = (seen.withLock { $0 }, clock.now())
        for account in accounts where now - (seen[account]?.last ?? start) >= Self.period {
            await alerts.clear(key: Self.key(account))
        }
    }

    private static func key(_ account: String) -> String { "account:\(account):loop" }
}
