// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Synchronization

/// Since when scanners that work have failed at messages of maildrops, which come again with each fetch. Known until a restart; bounded.
final class UnjudgedMessages: Sendable {
    /// How long such a message is tried.
    static let patience = Duration.seconds(86_400)
    /// Messages that are known; of more, nothing is known.
    static let capacity = 10_000

    private let messages = Mutex<[String: (first: Timestamp, last: Timestamp)]>([:])

    /// Scanners have failed at the message once more.
    /// - Returns: when they did so first.
    func note(_ key: String, now: Timestamp) -> Timestamp {
        messages.withLock { messages in
            if let known = messages[key], known.first <= now {
                messages[key] = (known.first, now)
                return known.first
            }
            // Those that come no more: a person took them away at the provider.
            if messages.count >= Self.capacity {
                messages = messages.filter { $0.value.last <= now && now - $0.value.last < Self.patience }
            }
            if messages.count < Self.capacity { messages[key] = (now, now) }
            return now
        }
    }

    /// The message was judged, or it is not known whether the scanners work.
    func forget(_ key: String) { messages.withLock { _ = $0.removeValue(forKey: key) } }
}
