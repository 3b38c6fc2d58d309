// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Synchronization

/// The octets of messages that were stored a moment ago, for their first delivery, which mostly follows at once: it then reads
/// nothing from the database. At most `limit` octets; the oldest go first. The database alone is the truth.
final class RecentBodies: Sendable {
    /// What is read of a message.
    struct Body: Hashable, Sendable {
        let trace: String
        let octets: ByteBuffer
    }

    private struct State {
        var bodies: [QueueID: Body] = [:]
        var order: [QueueID] = []
        var oldest = 0
        var total = 0

        /// Identifiers in `order` that were given out stay there until they are the oldest.
        mutating func dropOldest() {
            if let body = bodies.removeValue(forKey: order[oldest]) { total -= body.octets.readableBytes }
            oldest += 1
        }

        /// Forgets what `order` has behind it, now and then, and the identifiers that were given out.
        mutating func compact() {
            guard order.count > 1024, order.count > 4 * bodies.count else { return }
            order = order[oldest...].filter { bodies[$0] != nil }
            oldest = 0
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Keeps the octets of a message that is on disk.
    func keep(_ id: QueueID, _ body: Body) {
        guard body.octets.readableBytes <= limit / 16 else { return }
        state.withLock { state in
            guard state.bodies.updateValue(body, forKey: id) == nil else { return }
            state.order.append(id)
            state.total += body.octets.readableBytes
            while state.total > limit { state.dropOldest() }
            state.compact()
        }
    }

    /// Gives the octets out, once; nil when they are no longer here.
    func take(_ id: QueueID) -> Body? {
        state.withLock { state in
            guard let body = state.bodies.removeValue(forKey: id) else { return nil }
            state.total -= body.octets.readableBytes
            return body
        }
    }
}
