// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

extension QueueStoreContract {
    static let claimRules = [
        Rule("what is due on a route is claimed once, in the order of the next attempts, up to the limit") { open in
            let store = try await open()
            let later = Sample.arrival(recipients: [Sample.recipient(due: Sample.start + .seconds(2))])
            let sooner = Sample.arrival(recipients: [Sample.recipient(due: Sample.start + .seconds(1))])
            let third = Sample.arrival(recipients: [Sample.recipient(due: Sample.start + .seconds(3))])
            let elsewhere = Sample.arrival(recipients: [Sample.recipient(route: .internet)])
            for arrival in [later, sooner, third, elsewhere] { try await store.insert(arrival) }
            func claim(_ seconds: Int, limit: Int) async throws -> [QueueID] {
                try await store.claim(
                    .exchange,
                    limit: limit,
                    now: Sample.start + .seconds(seconds),
                    lease: Sample.lease
                )
                .map(\.message.id)
            }
            try expectEqual(try await claim(0, limit: 9), [])
            try expectEqual(try await claim(3, limit: 2), [sooner.message.id, later.message.id])
            try expectEqual(try await claim(3, limit: 2), [third.message.id])
            try expectEqual(try await claim(3, limit: 2), [])
            await store.close()
        },
        Rule("a claim holds the due recipients of its route, with the message and the lease") { open in
            let store = try await open()
            let arrival = Sample.arrival(recipients: [
                Sample.recipient(0), Sample.recipient(1, route: .internet), Sample.recipient(2),
                Sample.recipient(3, due: Sample.start + .seconds(1)),
            ])
            try await store.insert(arrival)
            let claims = try await store.claim(.exchange, limit: 9, now: Sample.start, lease: Sample.lease)
            try expectEqual(claims.count, 1)
            try expectEqual(claims.first?.message, arrival.message)
            try expectEqual(claims.first?.lease, Sample.lease)
            try expectEqual(claims.first?.recipients.map(\.number), [0, 2])
            try expectEqual(claims.first?.recipients.map(\.state), [.leased, .leased])
            let states = try await store.entry(arrival.message.id)?.recipients.map(\.state)
            try expectEqual(states, [.leased, .waiting, .leased, .waiting])
            await store.close()
        },
        Rule("a lease that ran out counts as waiting, and another may claim") { open in
            let store = try await open()
            let id = try await Sample.message(in: .leased, store)
            let other = Lease(owner: "two", until: Sample.start + .seconds(120))
            let early = try await store.claim(.exchange, limit: 9, now: Sample.start + .seconds(59), lease: other)
            try expectEqual(early.count, 0, "before the end")
            let due = try await store.claim(.exchange, limit: 9, now: Sample.start + .seconds(60), lease: other)
            try expectEqual(due.map(\.message.id), [id], "at the end")
            await store.close()
        },
        Rule("a renewed lease lasts longer, and only its owner renews it") { open in
            let store = try await open()
            let id = try await Sample.message(in: .leased, store)
            let longer = Sample.start + .seconds(300)
            try await store.renew(id, lease: Lease(owner: "one", until: longer))
            try await expectError(.notAllowed) { try await store.renew(id, lease: Lease(owner: "two", until: longer)) }
            let other = Lease(owner: "two", until: Sample.start + .seconds(400))
            let early = try await store.claim(.exchange, limit: 9, now: Sample.start + .seconds(299), lease: other)
            try expectEqual(early.count, 0)
            try expectEqual(try await store.claim(.exchange, limit: 9, now: longer, lease: other).count, 1)
            try await expectError(.notAllowed) { try await store.renew(id, lease: Lease(owner: "one", until: longer)) }
            await store.close()
        },
        Rule("submission begins for all the recipients named, or for none, and only under one's own lease") { open in
            let store = try await open()
            let arrival = Sample.arrival(recipients: [
                Sample.recipient(0), Sample.recipient(1), Sample.recipient(2, route: .internet),
            ])
            let id = arrival.message.id
            try await store.insert(arrival)
            try await expectError(.notAllowed) {
                try await store.beginSubmission(id, numbers: [0], lease: Sample.lease)
            }
            _ = try await store.claim(.exchange, limit: 9, now: Sample.start, lease: Sample.lease)
            try await expectError(.notAllowed) {
                try await store.beginSubmission(id, numbers: [0, 2], lease: Sample.lease)
            }
            try await expectError(.notAllowed) {
                try await store.beginSubmission(id, numbers: [0], lease: Lease(owner: "two", until: Sample.lease.until))
            }
            try expectEqual(try await Sample.state(of: id, store), .leased)
            try await store.beginSubmission(id, numbers: [0, 1], lease: Sample.lease)
            try expectEqual(
                try await store.entry(id)?.recipients.map(\.state),
                [.submitting, .submitting, .waiting]
            )
            await store.close()
        },
        Rule("a submission whose lease ran out is uncertain and is not claimed (P5)") { open in
            let store = try await open()
            let id = try await Sample.message(in: .submitting, store)
            let other = Lease(owner: "two", until: Sample.start + .seconds(900))
            let claims = try await store.claim(.exchange, limit: 9, now: Sample.start + .seconds(60), lease: other)
            try expectEqual(claims.count, 0)
            try expectEqual(try await Sample.state(of: id, store), .uncertain)
            try expectEqual(try await store.entry(id)?.history.last?.state, .uncertain)
            await store.close()
        },
        Rule("no message is claimed twice under 50 concurrent claimers on two gateways") { open in
            let stores = [try await open(), try await open()]
            for _ in 0..<200 { try await stores[0].insert(Sample.arrival()) }
            let claimed = try await withThrowingTaskGroup(of: [QueueID].self) { group in
                for claimer in 0..<50 {
                    group.addTask {
                        var mine: [QueueID] = []
                        let lease = Lease(owner: "gateway \(claimer)", until: Sample.start + .seconds(60))
                        while true {
                            let claims = try await stores[claimer % 2].claim(
                                .exchange,
                                limit: 3,
                                now: Sample.start,
                                lease: lease
                            )
                            guard !claims.isEmpty else { return mine }
                            mine += claims.map(\.message.id)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try expectEqual(claimed.count, 200)
            try expectEqual(Set(claimed).count, 200)
            for store in stores { await store.close() }
        },
        Rule("each route says when it is due: the first that waits, or the first lease that ends") { open in
            let store = try await open()
            try expectEqual(try await store.nextAttempts(now: Sample.start), [:])
            let box = Route.account("azienda@pec.example.it")
            for (route, seconds) in [(Route.exchange, 5), (.exchange, 3), (.internet, 9), (box, 0), (box, 400)] {
                let due = Sample.start + .seconds(seconds)
                try await store.insert(Sample.arrival(recipients: [Sample.recipient(route: route, due: due)]))
            }
            _ = try await store.claim(box, limit: 1, now: Sample.start, lease: Sample.lease)
            try expectEqual(
                try await store.nextAttempts(now: Sample.start),
                [.exchange: Sample.start + .seconds(3), .internet: Sample.start + .seconds(9), box: Sample.lease.until]
            )
            await store.close()
        },
    ]
}
