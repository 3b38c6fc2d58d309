// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

/// Messages that come by both ways: retrieved from a maildrop, and forwarded by the provider.
extension QueueStoreContract {
    private static let account = "azienda@pec.example.it"

    private static func forwarded(_ identity: String? = "aa", account: String = account) -> Arrival {
        var arrival = Sample.arrival(origin: .provider)
        arrival.copyKey = identity.map { CopyKey(account: account, identity: $0) }
        return arrival
    }

    private static func retrieved(_ uniqueID: String, _ identity: String? = "aa", account: String = account) -> Arrival
    {
        var arrival = Sample.arrival(
            origin: .account(account),
            retrieved: RetrievedIdentity(account: account, uniqueID: uniqueID, digest: "d-\(uniqueID)")
        )
        arrival.copyKey = identity.map { CopyKey(account: account, identity: $0) }
        return arrival
    }

    private static func end(_ id: QueueID, _ outcome: RecipientOutcome, _ store: any WholeStore) async throws {
        _ = try await store.claim(.exchange, limit: 100, now: Sample.start, lease: Sample.lease)
        try await store.settle(Sample.settlement(id, outcome))
    }

    private static func isSettled(_ uniqueID: String, _ store: any WholeStore) async throws -> Bool? {
        try await store.marks(account: account).first { $0.identity.uniqueID == uniqueID }?.isSettled
    }

    static let copyRules = [
        Rule("a retrieved message that was forwarded before is not stored again, and settled with the forwarded one") {
            open in
            let store = try await open()
            let copy = forwarded()
            try expectEqual(try await store.insert(copy), .stored)
            await store.close()
            let again = try await open()
            let arrival = retrieved("u1")
            try expectEqual(try await again.insert(arrival), .copy(of: copy.message.id))
            try expectEqual(try await again.list(.all, limit: 9).map(\.message.id), [copy.message.id])
            try await expectError(.notFound) { _ = try await again.readBody(arrival.message.id) }
            try expectEqual(try await again.marks(account: account).map(\.id), [arrival.message.id])
            try expectEqual(try await isSettled("u1", again), false)
            try expectEqual(try await again.insert(retrieved("u1")), .known)
            try await end(copy.message.id, .delivered, again)
            try expectEqual(try await isSettled("u1", again), true)
            let history = try await again.entry(copy.message.id)?.history ?? []
            try expect(
                history.contains {
                    $0.attempt.reply.contains("retrieved from the maildrop of \(account), as \(arrival.message.id)")
                },
                "no word of it in \(history)"
            )
            await again.close()
        },
        Rule("one that is retrieved when its forwarded copy has ended is settled when that was, unless it failed") {
            open in
            let store = try await open()
            let delivered = forwarded("aa")
            try await store.insert(delivered)
            try await end(delivered.message.id, .delivered, store)
            try expectEqual(try await store.insert(retrieved("u1", "aa")), .copy(of: delivered.message.id))
            try expectEqual(try await store.marks(account: account).map(\.settledAt), [Sample.start])
            let failed = forwarded("bb")
            try await store.insert(failed)
            try await end(failed.message.id, .failed, store)
            try expectEqual(try await store.insert(retrieved("u2", "bb")), .stored)
            try expectEqual(try await isSettled("u2", store), false)
            await store.close()
        },
        Rule("a forwarded copy that is quarantined, held or deleted suppresses no retrieved one") { open in
            let store = try await open()
            let quarantined = forwarded("aa")
            try await store.insert(quarantined)
            try await end(quarantined.message.id, .quarantined, store)
            var caught = forwarded("bb")
            caught.recipients[0].state = .quarantined
            let held = forwarded("cc")
            let deleted = forwarded("dd")
            for arrival in [caught, held, deleted] { try await store.insert(arrival) }
            _ = try await store.apply(.hold, to: held.message.id, now: Sample.start, by: "anna")
            _ = try await store.apply(.delete, to: deleted.message.id, now: Sample.start, by: "anna")
            for identity in ["aa", "bb", "cc", "dd"] {
                let arrival = retrieved("u-\(identity)", identity)
                try expectEqual(try await store.insert(arrival), .stored, identity)
                try await end(arrival.message.id, .delivered, store)
                try expectEqual(try await isSettled("u-\(identity)", store), true, identity)
            }
            await store.close()
        },
        Rule("a pair whose forwarded copy goes astray later is parted: the maildrop brings the message again") { open in
            let store = try await open()
            for (number, outcome) in [RecipientOutcome.quarantined, .failed].enumerated() {
                let copy = forwarded("\(number)")
                try await store.insert(copy)
                try expectEqual(
                    try await store.insert(retrieved("u\(number)", "\(number)")),
                    .copy(of: copy.message.id)
                )
                try await end(copy.message.id, outcome, store)
                try expectEqual(try await isSettled("u\(number)", store), nil, "\(outcome)")
            }
            let copy = forwarded("cc")
            try await store.insert(copy)
            try expectEqual(try await store.insert(retrieved("u3", "cc")), .copy(of: copy.message.id))
            _ = try await store.apply(.delete, to: copy.message.id, now: Sample.start, by: "anna")
            try expectEqual(try await isSettled("u3", store), nil)
            for (uniqueID, identity) in [("u0", "0"), ("u1", "1"), ("u3", "cc")] {
                let arrival = retrieved(uniqueID, identity)
                try expectEqual(try await store.insert(arrival), .stored, identity)
                try await end(arrival.message.id, .delivered, store)
                try expectEqual(try await isSettled(uniqueID, store), true, identity)
            }
            await store.close()
        },
        Rule("a pair whose forwarded copy was delivered stays one whatever becomes of the row") { open in
            let store = try await open()
            let copy = forwarded()
            try await store.insert(copy)
            try await store.insert(retrieved("u1"))
            try await end(copy.message.id, .delivered, store)
            try expectEqual(try await store.insert(retrieved("u1")), .known)
            try expectEqual(try await isSettled("u1", store), true)
            await store.close()
        },
        Rule("a forwarded copy is taken where what was retrieved does not reach its readers") { open in
            let store = try await open()
            var caught = retrieved("u1", "aa")
            caught.recipients[0].state = .quarantined
            try await store.insert(caught)
            try expectEqual(try await store.insert(forwarded("aa")), .stored)
            await store.close()
        },
        Rule("a forwarded copy of what was retrieved is not stored, however often it comes, also after a restart") {
            open in
            let store = try await open()
            let arrival = retrieved("u1")
            try expectEqual(try await store.insert(arrival), .stored)
            try expectEqual(try await store.insert(forwarded()), .copy(of: arrival.message.id))
            await store.close()
            let again = try await open()
            try expectEqual(try await again.insert(forwarded()), .copy(of: arrival.message.id))
            try await end(arrival.message.id, .delivered, again)
            var large = forwarded()
            large.body = .stored(try await write(Sample.octets(500_000), again))
            try expectEqual(try await again.insert(large), .copy(of: arrival.message.id))
            try expectEqual(try await again.list(.all, limit: 9).count, 1)
            let history = try await again.entry(arrival.message.id)?.history ?? []
            try expectEqual(history.count { $0.attempt.reply.contains("forwarded by the provider for \(account)") }, 1)
            try expectEqual(history.last?.state, .delivered)
            await again.close()
        },
        Rule("two equal messages of a maildrop are two, in whatever order they and their forwarded copies come") {
            open in
            let orders: [[String]] = [
                ["f", "f", "r1", "r2"], ["r1", "r2", "f", "f"], ["f", "r1", "f", "r2"], ["r1", "f", "f", "r2"],
                ["f", "r1", "r2", "f"], ["r1", "f", "r2", "f"],
            ]
            let store = try await open()
            for (number, order) in orders.enumerated() {
                for step in order {
                    let name = "\(number)\(step)"
                    _ = try await store.insert(step == "f" ? forwarded("\(number)") : retrieved(name, "\(number)"))
                }
                try expectEqual(try await store.list(.all, limit: 99).count, (number + 1) * 2, "\(order)")
            }
            try expectEqual(try await store.marks(account: account).count, orders.count * 2)
            await store.close()
        },
        Rule("nothing is merged that differs in account or content, came the same way, or of which nothing is known") {
            open in
            let store = try await open()
            let arrivals = [
                forwarded("aa"), forwarded("aa"), forwarded(nil), forwarded("bb", account: "altra@pec.example.it"),
                retrieved("u1", "cc"), retrieved("u2", "cc"), retrieved("u3", nil), retrieved("u4", "bb"),
                forwarded("dd"), retrieved("u5", "ee"),
            ]
            for arrival in arrivals { try expectEqual(try await store.insert(arrival), .stored) }
            try expectEqual(try await store.list(.all, limit: 99).count, arrivals.count)
            await store.close()
        },
        Rule("of two that arrive at the same moment one is stored, always") { open in
            let store = try await open()
            try await withThrowingTaskGroup(of: InsertOutcome.self) { group in
                for number in 0..<100 {
                    group.addTask { try await store.insert(forwarded("\(number)")) }
                    group.addTask { try await store.insert(retrieved("u\(number)", "\(number)")) }
                }
                var stored = 0
                for try await outcome in group where outcome == .stored { stored += 1 }
                try expectEqual(stored, 100)
            }
            try expectEqual(try await store.list(.all, limit: 999).count, 100)
            try expectEqual(try await store.marks(account: account).count, 100)
            await store.close()
        },
        Rule("what a copy is known by goes with its message, after the time of the history") { open in
            let store = try await open()
            let copy = forwarded()
            try await store.insert(copy)
            try await end(copy.message.id, .delivered, store)
            try await store.purge(endedBefore: Sample.start + .seconds(1), now: Sample.start + .seconds(1))
            try expectEqual(try await store.insert(retrieved("u1")), .stored)
            await store.close()
        },
    ]
}
