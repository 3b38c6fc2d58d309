// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Something that a provider will do later.
struct PendingDelivery: Sendable {
    enum Work: Sendable, Equatable {
        /// A notice that the message has not arrived in time.
        case notice(DeliveryFault)
        /// The delivery, with its receipt.
        case delivery
    }

    let due: Timestamp
    let work: Work
    let recipient: OriginalMessage.Recipient
    let original: OriginalMessage
}

/// What a provider will do later, in the order of time.
actor PendingDeliveries {
    private var waiting: [PendingDelivery] = []

    /// Notes what will fall due for `recipient`.
    func add(_ deliveries: [PendingDelivery]) { waiting += deliveries }

    /// Takes what is due at `moment`, the earliest first; nobody else gets it.
    func take(at moment: Timestamp) -> [PendingDelivery] {
        let due = waiting.filter { $0.due <= moment }
        waiting.removeAll { $0.due <= moment }
        return due.sorted { $0.due < $1.due }
    }

    /// How much is still to come.
    var count: Int { waiting.count }
}

extension PendingDelivery {
    /// What a behaviour makes fall due for a message taken at `start` (RFC 6109 §3.1.6).
    static func plan(
        _ behaviour: RecipientBehaviour,
        _ recipient: OriginalMessage.Recipient,
        _ original: OriginalMessage
    ) -> [PendingDelivery] {
        func after(_ delay: Duration, _ work: Work) -> PendingDelivery {
            PendingDelivery(due: original.moment + delay, work: work, recipient: recipient, original: original)
        }
        let first = after(.seconds(12 * 3600), .notice(.twelveHours))
        let last = after(.seconds(24 * 3600), .notice(.twentyFourHours))
        switch behaviour {
        case .delivers, .fails, .closed: return []
        case .silent: return [first, last]
        case .stuck: return [last]
        case .late(let delay):
            let delivery = after(delay, .delivery)
            return [first, last].filter { $0.due < delivery.due } + [delivery]
        }
    }
}
