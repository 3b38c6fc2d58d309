// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

extension QueueStoreContract {
    /// What each action makes of each state; what is not named here is refused.
    private static let allowed: [QueueAction: [RecipientState: RecipientState]] = [
        .retry: [.waiting: .waiting],
        .hold: [.waiting: .held],
        .release: [.held: .waiting, .quarantined: .waiting],
        .resend: [.uncertain: .waiting],
        .settle: [.uncertain: .delivered],
        .delete: [.waiting: .deleted, .held: .deleted, .quarantined: .deleted, .uncertain: .deleted],
    ]

    static let personRules = [
        Rule(
            "the octets that an origin has in the quarantine are those of its messages there, and of their recipients' rows"
        ) {
            open in
            let store = try await open()
            var octets = 0
            for origin in [MessageOrigin.internet, .internet, .provider] {
                var arrival = Sample.arrival(origin: origin)
                arrival.recipients = [Sample.recipient(0), Sample.recipient(1)]
                try await store.insert(arrival)
                octets = arrival.message.size
            }
            try expectEqual(try await store.quarantinedOctets(from: .internet), 0)
            let claims = try await store.claim(.exchange, limit: 9, now: Sample.start, lease: Sample.lease)
            for claim in claims {
                try await store.settle(Sample.settlement(claim.message.id, .quarantined))
                try await store.settle(Sample.settlement(claim.message.id, .quarantined, number: 1))
            }
            try expectEqual(try await store.quarantinedOctets(from: .internet), 2 * (octets + 2048))
            try expectEqual(try await store.quarantinedOctets(from: .provider), octets + 2048)
            try expectEqual(try await store.quarantinedOctets(from: .exchange), 0)
            for claim in claims {
                _ = try await store.apply(.delete, to: claim.message.id, now: Sample.start, by: "anna")
            }
            try expectEqual(try await store.quarantinedOctets(from: .internet), 0)
            await store.close()
        },
        Rule("a person's action does in each state what it should, and is refused in the others") { open in
            let store = try await open()
            for action in [QueueAction.retry, .hold, .release, .resend, .settle, .delete] {
                for state in RecipientState.allCases {
                    let id = try await Sample.message(in: state, store)
                    let history = try await store.entry(id)?.history.count ?? 0
                    let now = Sample.start + .seconds(30)
                    if let next = allowed[action]?[state] {
                        let count = try await store.apply(action, to: id, now: now, by: "anna")
                        let entry = try await store.entry(id)
                        try expectEqual(count, 1)
                        try expectEqual(entry?.recipients[0].state, next, "\(action) in \(state)")
                        try expectEqual(entry?.history.count, history + 1)
                        try expect(entry?.history.last?.attempt.reply.contains("anna") == true, "who it was")
                        if next == .waiting { try expectEqual(entry?.recipients[0].nextAttempt, now) }
                    } else {
                        try await expectError(.notAllowed) {
                            _ = try await store.apply(action, to: id, now: now, by: "anna")
                        }
                        try expectEqual(try await Sample.state(of: id, store), state, "\(action) in \(state)")
                        try expectEqual(try await store.entry(id)?.history.count, history)
                    }
                }
            }
            await store.close()
        },
        Rule("an action touches the recipients that it may, and counts them") { open in
            let store = try await open()
            let arrival = Sample.arrival(recipients: [Sample.recipient(0), Sample.recipient(1, route: .internet)])
            try await store.insert(arrival)
            _ = try await store.claim(.exchange, limit: 1, now: Sample.start, lease: Sample.lease)
            let count = try await store.apply(.delete, to: arrival.message.id, now: Sample.start, by: "anna")
            try expectEqual(count, 1)
            try expectEqual(try await store.entry(arrival.message.id)?.recipients.map(\.state), [.leased, .deleted])
            await store.close()
        },
        Rule("settling or resending what is uncertain ends its account's submission error, and no other's") { open in
            let store = try await open()
            for action in [QueueAction.settle, .resend, .delete] {
                for account in ["a@pec.it", "b@pec.it"] {
                    try await store.record(.submissionFailed(at: Sample.start, error: "lost"), account: account)
                }
                let route = Route.account("a@pec.it")
                let arrival = Sample.arrival(recipients: [Sample.recipient(route: route)])
                try await store.insert(arrival)
                _ = try await store.claim(route, limit: 1, now: Sample.start, lease: Sample.lease)
                try await store.settle(Sample.settlement(arrival.message.id, .uncertain))
                _ = try await store.apply(action, to: arrival.message.id, now: Sample.start + .seconds(99), by: "anna")
                let standings = try await store.standings()
                try expectEqual(standings["a@pec.it"]?.submissionError, action == .delete ? "lost" : nil, "\(action)")
                try expectEqual(standings["b@pec.it"]?.submissionError, "lost")
            }
            await store.close()
        },
        Rule("an unknown message is not found") { open in
            let store = try await open()
            let id = QueueID(arrival: Sample.start)
            try expect(try await store.entry(id) == nil, "an entry of nothing")
            try await expectError(.notFound) { _ = try await store.apply(.hold, to: id, now: Sample.start, by: "anna") }
            await store.close()
        },
        Rule("a message that a person deletes is at its end: its body is gone") { open in
            let store = try await open()
            let id = try await Sample.message(in: .quarantined, store)
            _ = try await store.apply(.delete, to: id, now: Sample.start, by: "anna")
            try await expectError(.notFound) { _ = try await store.readBody(id) }
            try expectEqual(try await store.list(.open, limit: 9).count, 0)
            await store.close()
        },
        Rule("retrying all makes what waits due, and nothing else") { open in
            let store = try await open()
            let later = Sample.start + .seconds(3600)
            for _ in 0..<3 { try await store.insert(Sample.arrival(recipients: [Sample.recipient(due: later)])) }
            let held = try await Sample.message(in: .held, store)
            try expectEqual(try await store.retryAll(now: Sample.start), 3)
            try expectEqual(try await store.retryAll(now: Sample.start), 0)
            let claims = try await store.claim(.exchange, limit: 9, now: Sample.start, lease: Sample.lease)
            try expectEqual(claims.count, 3)
            try expectEqual(try await Sample.state(of: held, store), .held)
            await store.close()
        },
    ]

    static let listingRules = [
        Rule("listings select by state, oldest first, up to the limit") { open in
            let store = try await open()
            var ids: [RecipientState: QueueID] = [:]
            for state in RecipientState.allCases { ids[state] = try await Sample.message(in: state, store) }
            for state in RecipientState.allCases {
                let found = try await store.list(.state(state), limit: 9).map(\.message.id)
                try expectEqual(found, ids[state].map { [$0] } ?? [], "\(state)")
            }
            let open = RecipientState.allCases.filter { !$0.isFinal }.compactMap { ids[$0] }
            try expectEqual(Set(try await store.list(.open, limit: 99).map(\.message.id)), Set(open))
            let all = try await store.list(.all, limit: 99).map(\.message.id)
            try expectEqual(all.count, RecipientState.allCases.count)
            try expectEqual(try await store.list(.all, limit: 2).map(\.message.id), Array(all.prefix(2)))
            try expect(try await store.list(.all, limit: 9).allSatisfy { $0.recipients.count == 1 }, "recipients")
            await store.close()
        },
        Rule("the summary counts recipients by state and the octets that are not at an end") { open in
            let store = try await open()
            let empty = try await store.summary()
            try expectEqual(empty, QueueSummary(recipients: [:], openOctets: 0, oldestWaiting: nil))
            for state in RecipientState.allCases { _ = try await Sample.message(in: state, store) }
            let old = Sample.arrival(
                at: Sample.start - .seconds(500),
                recipients: [Sample.recipient(0), Sample.recipient(1)]
            )
            try await store.insert(old)
            let summary = try await store.summary()
            for state in RecipientState.allCases {
                try expectEqual(summary.recipients[state], state == .waiting ? 3 : 1, "\(state)")
            }
            try expectEqual(summary.openOctets, 7 * old.message.size)
            try expectEqual(summary.oldestWaiting, old.message.arrival)
            await store.close()
        },
        Rule("purge removes what ended before its time, and no more") { open in
            let store = try await open()
            for state in RecipientState.allCases { _ = try await Sample.message(in: state, store) }
            try await store.purge(endedBefore: Sample.start, now: Sample.start)
            try expectEqual(try await store.list(.all, limit: 99).count, 9)
            let after = Sample.start + .milliseconds(1)
            try await store.purge(endedBefore: after, now: after)
            let left = try await store.list(.all, limit: 99).map { $0.recipients[0].state.rawValue }.sorted()
            try expectEqual(left, RecipientState.allCases.filter { !$0.isFinal }.map(\.rawValue).sorted())
            await store.close()
        },
    ]
}
