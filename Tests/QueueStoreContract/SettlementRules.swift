// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

extension QueueStoreContract {
    /// The outcomes a settlement may carry.
    static let outcomes: [RecipientOutcome] = [
        .delivered, .deferred(until: Sample.start + .seconds(60)), .failed, .quarantined, .uncertain,
    ]

    static let settlementRules = [
        Rule("a leased or submitting recipient takes every outcome, with attempt and history") { open in
            let store = try await open()
            for state in [RecipientState.leased, .submitting] {
                for outcome in outcomes {
                    let id = try await Sample.message(in: state, store)
                    try await store.settle(Sample.settlement(id, outcome))
                    guard let entry = try await store.entry(id) else { throw Violation(description: "no entry") }
                    try expectEqual(entry.recipients[0].state, outcome.state)
                    try expectEqual(entry.recipients[0].attempts, 1)
                    try expectEqual(entry.recipients[0].lastReply, "\(outcome.state)")
                    try expectEqual(entry.history.map(\.attempt), [Sample.attempt("\(outcome.state)")])
                    try expectEqual(entry.history.map(\.state), [outcome.state])
                    try expectEqual(entry.history.map(\.number), [0])
                }
            }
            await store.close()
        },
        Rule("a deferred recipient waits until its time and keeps what was reported") { open in
            let store = try await open()
            let id = try await Sample.message(in: .leased, store)
            let until = Sample.start + .seconds(90)
            try await store.settle(
                Settlement(
                    id: id,
                    lease: Sample.lease,
                    results: [
                        RecipientResult(
                            number: 0,
                            outcome: .deferred(until: until),
                            attempt: Sample.attempt("451 later"),
                            reportsDelay: true
                        )
                    ]
                )
            )
            let recipient = try await store.entry(id)?.recipients[0]
            try expectEqual(recipient?.nextAttempt, until)
            try expectEqual(recipient?.isDelayReported, true)
            let early = try await store.claim(.exchange, limit: 1, now: until - .milliseconds(1), lease: Sample.lease)
            try expectEqual(early.count, 0)
            let claims = try await store.claim(.exchange, limit: 1, now: until, lease: Sample.lease)
            try expectEqual(claims.first?.recipients.map(\.attempts), [1])
            try expectEqual(claims.first?.recipients.map(\.lastReply), ["451 later"])
            try await store.settle(Sample.settlement(id, .deferred(until: until)))
            try expectEqual(try await store.entry(id)?.recipients[0].isDelayReported, true, "a later settlement")
            await store.close()
        },
        Rule("a claim given back without an attempt leaves a submission under way alone (P5)") { open in
            let store = try await open()
            let id = try await Sample.message(in: .submitting, store)
            let result = RecipientResult(number: 0, outcome: .deferred(until: Sample.start), attempt: nil)
            try await store.settle(Settlement(id: id, lease: Sample.lease, results: [result]))
            try expectEqual(try await Sample.state(of: id, store), .submitting)
            try await store.settle(Sample.settlement(id, .uncertain))
            try expectEqual(try await Sample.state(of: id, store), .uncertain)
            await store.close()
        },
        Rule("a claim given back without an attempt counts none and says why") { open in
            let store = try await open()
            let id = try await Sample.message(in: .leased, store)
            let result = RecipientResult(
                number: 0,
                outcome: .deferred(until: Sample.start),
                attempt: nil,
                reason: "the lane is down"
            )
            try await store.settle(Settlement(id: id, lease: Sample.lease, results: [result]))
            let entry = try await store.entry(id)
            try expectEqual(entry?.recipients[0].state, .waiting)
            try expectEqual(entry?.recipients[0].attempts, 0)
            try expectEqual(entry?.recipients[0].lastReply, "the lane is down")
            try expectEqual(entry?.history.count, 0)
            await store.close()
        },
        Rule("notices are queued with the outcome they follow from") { open in
            let store = try await open()
            let id = try await Sample.message(in: .leased, store)
            let notice = Sample.arrival(origin: .notice)
            var large = Sample.arrival(origin: .notice)
            large.body = .octets(Sample.octets(900_000))
            try await store.settle(Sample.settlement(id, .failed, notices: [notice, large]))
            try expectEqual(try await store.entry(notice.message.id)?.message, notice.message)
            let body = try await Sample.readAll(try await store.readBody(large.message.id))
            try expect(body == Sample.octets(900_000), "the large notice came back changed")
            await store.close()
        },
        Rule("a settlement that names an unknown message or recipient writes nothing") { open in
            let store = try await open()
            let id = try await Sample.message(in: .leased, store)
            let unknown = QueueID(arrival: Sample.start)
            try await expectError(.notFound) { try await store.settle(Sample.settlement(unknown, .delivered)) }
            let results = [0, 7].map {
                RecipientResult(number: $0, outcome: .delivered, attempt: Sample.attempt("250 ok"))
            }
            try await expectError(.notFound) {
                try await store.settle(Settlement(id: id, lease: Sample.lease, results: results))
            }
            try expectEqual(try await Sample.state(of: id, store), .leased)
            await store.close()
        },
        Rule("one recipient's end leaves the others and the body; the last one's end removes the body") { open in
            let store = try await open()
            for size in [100, 700_000] {
                var arrival = Sample.arrival(recipients: [Sample.recipient(0), Sample.recipient(1)])
                arrival.body = .octets(Sample.octets(size))
                let id = arrival.message.id
                try await store.insert(arrival)
                _ = try await store.claim(.exchange, limit: 1, now: Sample.start, lease: Sample.lease)
                try await store.settle(Sample.settlement(id, .failed))
                try expectEqual(try await Sample.state(of: id, number: 1, store), .leased)
                let reader = try await store.readBody(id)
                try await store.settle(Sample.settlement(id, .delivered, number: 1))
                try await expectError(.notFound) { _ = try await store.readBody(id) }
                let read = try await Sample.readAll(reader)
                try expect(read == Sample.octets(size), "a reader that was open lost its body")
            }
            await store.close()
        },
    ]

    static let lateRules = [
        Rule("a delivery is written after its lease was lost, in every state that is not an end") { open in
            let store = try await open()
            for state in RecipientState.allCases {
                let id = try await Sample.message(in: state, store)
                let history = try await store.entry(id)?.history.count ?? 0
                try await store.settle(Sample.settlement(id, .delivered, owner: "late"))
                let expected: RecipientState = state.isFinal ? state : .delivered
                try expectEqual(try await Sample.state(of: id, store), expected, "from \(state)")
                let grown = try await store.entry(id)?.history.count ?? 0
                try expectEqual(grown, history + (state.isFinal ? 0 : 1), "history from \(state)")
                let claims = try await store.claim(
                    .exchange,
                    limit: 9,
                    now: Sample.start + .seconds(9999),
                    lease: Sample.lease
                )
                try expect(!claims.contains { $0.message.id == id }, "claimed after delivery from \(state)")
            }
            await store.close()
        },
        Rule("any other outcome is dropped with its notices after the lease was lost") { open in
            let store = try await open()
            for state in RecipientState.allCases {
                let id = try await Sample.message(in: state, store)
                for outcome in outcomes where outcome != .delivered {
                    let before = try await store.entry(id)
                    let notice = Sample.arrival(origin: .notice)
                    try await store.settle(Sample.settlement(id, outcome, owner: "late", notices: [notice]))
                    let after = try await store.entry(id)
                    try expectEqual(after?.recipients, before?.recipients, "\(outcome) from \(state)")
                    try expectEqual(after?.history.count, before?.history.count, "\(outcome) from \(state)")
                    try expect(
                        try await store.entry(notice.message.id) == nil,
                        "\(outcome) from \(state) left a notice"
                    )
                }
            }
            await store.close()
        },
        Rule("an outcome under a lease that another has claimed meanwhile does not end the other's lease") { open in
            let store = try await open()
            let id = try await Sample.message(in: .leased, store)
            let other = Lease(owner: "two", until: Sample.start + .seconds(500))
            _ = try await store.claim(.exchange, limit: 1, now: Sample.start + .seconds(61), lease: other)
            try await store.settle(Sample.settlement(id, .deferred(until: Sample.start), owner: "one"))
            try expectEqual(try await Sample.state(of: id, store), .leased)
            try await store.settle(Sample.settlement(id, .failed, owner: "two"))
            try expectEqual(try await Sample.state(of: id, store), .failed)
            await store.close()
        },
    ]
}
