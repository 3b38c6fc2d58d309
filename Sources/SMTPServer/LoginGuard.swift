// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Synchronization

/// Counts the logins that failed, by the client's address, over all its sessions with a listener: who has guessed too often waits.
///
/// It forgets with the process, and under the weight of too many addresses it forgets those first that have been quiet for longest.
final class LoginGuard: Sendable {
    /// Logins that may fail within `window` before the address has to wait.
    static let maximumFailures = 10
    /// How long a failure counts.
    static let window = TimeAmount.minutes(10)
    /// Addresses that are remembered.
    static let maximumAddresses = 10_000

    /// The failures of each address, oldest first, no more than count.
    private let failures = Mutex<[[UInt8]: [NIODeadline]]>([:])

    /// Why `peer` may not try now; nil when it may.
    func refusal(of peer: PeerAddress, hostname: String, now: NIODeadline) -> SMTPReply? {
        let isBlocked = failures.withLock { failures in
            let moments = failures[peer.client, default: []]
            guard moments.count >= Self.maximumFailures, let first = moments.first else { return false }
            return first + Self.window > now
        }
        guard isBlocked else { return nil }
        return SMTPReply(
            421,
            EnhancedStatus(4, 7, 0),
            "too many failed logins from \(peer); \(hostname) takes its logins again 10 minutes after the first of them"
        )
    }

    /// A login from `peer` has failed.
    func noteFailure(of peer: PeerAddress, now: NIODeadline) {
        let key = peer.client
        failures.withLock { failures in
            if failures[key] == nil, failures.count >= Self.maximumAddresses { Self.makeRoom(&failures, now) }
            var moments = failures[key, default: []].filter { $0 + Self.window > now }
            moments.append(now)
            failures[key] = moments.suffix(Self.maximumFailures)
        }
    }

    /// How many addresses are remembered.
    var addresses: Int { failures.withLock { $0.count } }

    private static func makeRoom(_ failures: inout [[UInt8]: [NIODeadline]], _ now: NIODeadline) {
        failures = failures.filter { _, moments in moments.last.map { $0 + window > now } ?? false }
        guard failures.count >= maximumAddresses else { return }
        let quietest = failures.min { left, right in
            (left.value.last ?? .distantPast) < (right.value.last ?? .distantPast)
        }
        if let quietest { failures[quietest.key] = nil }
    }
}
