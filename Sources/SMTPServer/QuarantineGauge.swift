// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import Synchronization

/// How much mail from the Internet lies in the quarantine; the store is asked when somebody wants to know, seldom.
final class QuarantineGauge: Sendable {
    /// How long an answer of the store is good for.
    static let validity = Duration.seconds(10)

    private let reading = Mutex<(octets: Int, until: Timestamp)?>(nil)
    private let store: any QueueStore

    init(store: any QueueStore) {
        self.store = store
    }

    /// The octets, as they were a moment ago.
    func octets(now: Timestamp) async throws(QueueError) -> Int {
        if let known = reading.withLock({ $0 }), known.until > now { return known.octets }
        let octets = try await store.quarantinedOctets(from: .internet)
        reading.withLock { $0 = (octets, now + Self.validity) }
        return octets
    }
}
