// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

extension QueueStoreContract {
    static let quarantineRules = [
        Rule("what a scanner had quarantined is nobody's to claim, waits for a person, and is told once") { open in
            var store = try await open()
            let scanned = quarantined()
            try await store.insert(scanned)
            let lease = Lease(owner: "one", until: Sample.start + .seconds(60))
            try expect(
                try await store.claim(.exchange, limit: 10, now: Sample.start, lease: lease).isEmpty,
                "it was claimed"
            )
            try expectEqual(try await untold(store), [scanned.message.id])
            try expectEqual(try await untold(store, isFromInternet: true), [])
            try expectEqual(try await untold(store, before: Sample.start), [])
            let notice = Sample.arrival(at: Sample.start + .seconds(1), origin: .notice)
            try await store.noteQuarantineTold([scanned.message.id], notices: [notice], now: Sample.start)
            await store.close()
            store = try await open()
            try expectEqual(try await untold(store), [])
            let again = Sample.arrival(at: Sample.start + .seconds(2), origin: .notice)
            let other = quarantined(.internet, after: .seconds(3))
            try await store.insert(other)
            try await store.noteQuarantineTold(
                [other.message.id, scanned.message.id],
                notices: [again],
                now: Sample.start
            )
            try expectEqual(try await untold(store, isFromInternet: true), [other.message.id])
            try expect(try await store.entry(again.message.id) == nil, "a second notice")
            try expect(try await store.entry(notice.message.id) != nil, "no notice")
            _ = try await store.apply(.release, to: scanned.message.id, now: Sample.start, by: "test")
            try expectEqual(
                try await store.claim(.exchange, limit: 1, now: Sample.start, lease: lease).map(\.message.id),
                [scanned.message.id]
            )
            await store.close()
        },
        Rule("what Exchange refused is no scanner's") { open in
            let store = try await open()
            try await store.insert(Sample.arrival(origin: .internet))
            let lease = Lease(owner: "one", until: Sample.start + .seconds(60))
            let claims = try await store.claim(.exchange, limit: 1, now: Sample.start, lease: lease)
            for claim in claims { try await store.settle(Sample.settlement(claim.message.id, .quarantined)) }
            try expectEqual(try await store.list(.state(.quarantined), limit: 10).count, 1)
            try expectEqual(try await untold(store, isFromInternet: true), [])
            await store.close()
        },
        Rule("mail of one origin has its time in the quarantine, while none of it is under way") { open in
            let store = try await open()
            let old = quarantined(.internet)
            let other = quarantined(.account("a@pec.it"))
            var mixed = quarantined(.internet, Sample.recipient(1))
            mixed.recipients[1].state = .waiting
            let young = quarantined(.internet, after: .seconds(500))
            for arrival in [old, other, mixed, young] { try await store.insert(arrival) }
            let before = Sample.start + .seconds(400)
            try expectEqual(
                try await store.quarantineExpired(from: .internet, before: before, limit: 10),
                [old.message.id]
            )
            try expectEqual(
                try await store.quarantineExpired(from: .account("a@pec.it"), before: before, limit: 10),
                [other.message.id]
            )
            _ = try await store.apply(.delete, to: old.message.id, now: before, by: "test")
            try expect(
                try await store.quarantineExpired(from: .internet, before: before, limit: 10).isEmpty,
                "it was deleted"
            )
            await store.close()
        },
    ]

    private static func untold(
        _ store: any QuarantineStore,
        isFromInternet: Bool = false,
        before: Timestamp = Sample.start + .seconds(3600)
    ) async throws -> [QueueID] {
        try await store.quarantineUntold(isFromInternet: isFromInternet, before: before, limit: 10).map(\.message.id)
    }

    private static func quarantined(
        _ origin: MessageOrigin = .provider,
        _ further: QueuedRecipient...,
        after time: Duration = .zero
    ) -> Arrival {
        var arrival = Sample.arrival(
            at: Sample.start + time,
            origin: origin,
            recipients: [Sample.recipient()] + further
        )
        for index in arrival.recipients.indices {
            arrival.recipients[index].state = .quarantined
            arrival.recipients[index].lastReply = "clamav: Virus-X"
        }
        return arrival
    }
}
