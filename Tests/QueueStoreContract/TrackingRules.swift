// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import MailModel
import MailQueue

extension QueueStoreContract {
    static let trackingRules = offerRules + proofRules + receiptRules + digestRules + lateTrackingRules

    /// What is offered again (P5).
    private static let offerRules = [
        Rule("a submission is tracked from the commit that stores it, and after a restart") { open in
            var store = try await open()
            let arrival = Tracked.submission(to: ["ente", "asl"])
            try expectEqual(try await store.insert(arrival), .stored)
            await store.close()
            store = try await open()
            let tracked = try await store.tracked(arrival.message.id)?.message
            try expectEqual(tracked?.account, Tracked.account)
            try expectEqual(tracked?.messageID, "uno@azienda.it")
            try expectEqual(tracked?.senders, [Sample.mario])
            try expectEqual(tracked?.contentDigest, arrival.certified?.digest)
            try expectEqual(tracked?.recipients.map(\.address), [Tracked.address("ente"), Tracked.address("asl")])
            try expectEqual(try await Tracked.states(arrival.message.id, store), [.queued, .queued])
            await store.close()
        },
        Rule("the same submission offered again is not stored, whatever became of it but a refusal") { open in
            for outcome in [RecipientOutcome.delivered, .uncertain, .deferred(until: Sample.start + .seconds(60))] {
                let store = try await open()
                let name = "\(outcome.state)@azienda.it"
                let id = try await Tracked.submitted(Tracked.submission(name), outcome, store)
                let again = Tracked.submission(name, after: .seconds(90))
                try expectEqual(try await store.insert(again), .duplicate(of: id), "\(outcome)")
                try expect(try await store.entry(again.message.id) == nil, "\(outcome): it is in the queue")
                await store.close()
            }
            let store = try await open()
            _ = try await Tracked.submitted(Tracked.submission("no@azienda.it"), .failed, store)
            let again = Tracked.submission("no@azienda.it", after: .seconds(90))
            try expectEqual(try await store.insert(again), .stored)
            await store.close()
        },
        Rule("what was not delivered is taken when it is offered again, for those who do not have it") { open in
            let store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(to: ["ente", "asl"]), .delivered, store)
            try await store.insert(Tracked.arrival(Tracked.receipt(.delivered, concerned: ["ente"])))
            try await store.insert(Tracked.arrival(Tracked.receipt(.failed, concerned: ["asl"])))
            try expectEqual(try await Tracked.states(id, store), [.delivered, .failed])
            let again = Tracked.submission(to: ["ente", "asl"], after: .seconds(90))
            try expectEqual(try await store.insert(again), .stored)
            let entry = try await store.entry(again.message.id)
            try expectEqual(entry?.recipients.map(\.recipient.forwardPath.localPart), ["asl"])
            await store.close()
        },
        Rule("a submission is known again for seven days from what happened last, and for ever while it is undecided") {
            open in
            let store = try await open()
            let week = Duration.seconds(7 * 86_400)
            let id = try await Tracked.submitted(Tracked.submission(), .delivered, store)
            let receipt = Tracked.receipt(.delivered, concerned: ["ente"], at: .seconds(3600))
            try await store.insert(Tracked.arrival(receipt))
            let late = Tracked.submission(after: week + .seconds(3599))
            try expectEqual(try await store.insert(late), .duplicate(of: id))
            let later = Tracked.submission(after: week + .seconds(3600))
            try expectEqual(try await store.insert(later), .stored)
            let lost = try await Tracked.submitted(Tracked.submission("due@azienda.it"), .uncertain, store)
            let offered = Tracked.submission("due@azienda.it", after: week + week)
            try expectEqual(try await store.insert(offered), .duplicate(of: lost))
            await store.close()
        },
        Rule("two offers of one submission at the same time are one") { open in
            let (first, second) = (try await open(), try await open())
            for round in 0..<20 {
                let outcomes = try await withThrowingTaskGroup(of: InsertOutcome.self) { group in
                    for gateway in [first, second, first, second] {
                        let arrival = Tracked.submission("\(round)@azienda.it")
                        group.addTask { try await gateway.insert(arrival) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                try expectEqual(outcomes.count { $0 == .stored }, 1, "round \(round)")
            }
            try expectEqual(try await first.list(.all, limit: 100).count, 20)
            await first.close()
            await second.close()
        },
        Rule("other content, another account or another Message-ID is another submission") { open in
            let store = try await open()
            try await store.insert(Tracked.submission())
            try expectEqual(try await store.insert(Tracked.submission(text: "Altro")), .stored)
            try expectEqual(try await store.insert(Tracked.submission("due@azienda.it")), .stored)
            var other = Tracked.submission()
            other.certified?.account = "altra@pec.example.it"
            try expectEqual(try await store.insert(other), .stored)
            await store.close()
        },
        Rule("of a submission that is known for some recipients, the others alone are queued") { open in
            let store = try await open()
            try await store.insert(Tracked.submission(to: ["ente"]))
            let second = Tracked.submission(to: ["ente", "asl", "inps"], after: .seconds(5))
            try expectEqual(try await store.insert(second), .stored)
            let entry = try await store.entry(second.message.id)
            try expectEqual(entry?.recipients.map(\.recipient.forwardPath.localPart), ["asl", "inps"])
            try expectEqual(entry?.recipients.map(\.number), [0, 1])
            try expectEqual(try await store.tracked(second.message.id)?.message.recipients.count, 2)
            await store.close()
        },
        Rule("within the window a transaction of the same message adds its recipients to it") { open in
            let store = try await open()
            let first = Tracked.submission(to: ["ente"], window: .seconds(10))
            try await store.insert(first)
            try expectEqual(
                try await store.claim(Tracked.route, limit: 1, now: Sample.start, lease: Sample.lease).count,
                0
            )
            let second = Tracked.submission(to: ["asl", "ente"], after: .seconds(4), window: .seconds(10))
            try expectEqual(try await store.insert(second), .merged(into: first.message.id))
            let claims = try await store.claim(
                Tracked.route,
                limit: 5,
                now: Sample.start + .seconds(10),
                lease: Sample.lease
            )
            try expectEqual(claims.map(\.recipients.count), [2])
            try expectEqual(claims.first?.recipients.map(\.number), [0, 1])
            try expectEqual(try await Tracked.states(first.message.id, store), [.queued, .queued])
            // It is being sent now: what comes late goes by itself.
            let late = Tracked.submission(to: ["inps"], after: .seconds(11), window: .seconds(10))
            try expectEqual(try await store.insert(late), .stored)
            await store.close()
        },
        Rule("nothing is added beyond the provider's number of recipients") { open in
            let store = try await open()
            try await store.insert(Tracked.submission(to: ["ente", "asl"], window: .seconds(10), maximum: 3))
            let second = Tracked.submission(
                to: ["inps", "inail"],
                after: .seconds(1),
                window: .seconds(10),
                maximum: 3
            )
            try expectEqual(try await store.insert(second), .stored)
            await store.close()
        },
    ]

    /// What the queue knows of a submission, and what receipts prove of it (P5).
    private static let proofRules = [
        Rule("what happens to a submission in the queue is tracked in the same commit") { open in
            let store = try await open()
            let cases: [(RecipientOutcome, TrackingState)] = [
                (.delivered, .submitted), (.failed, .refused), (.uncertain, .uncertain),
                (.deferred(until: Sample.start + .seconds(900)), .queued),
            ]
            for (number, (outcome, state)) in cases.enumerated() {
                let id = try await Tracked.submitted(Tracked.submission("\(number)@azienda.it"), outcome, store)
                try expectEqual(try await Tracked.states(id, store), [state])
            }
            let withdrawn = Tracked.submission("via@azienda.it")
            try await store.insert(withdrawn)
            _ = try await store.apply(.delete, to: withdrawn.message.id, now: Sample.start, by: "anna")
            try expectEqual(try await Tracked.states(withdrawn.message.id, store), [.withdrawn])
            await store.close()
        },
        Rule("a crash behind the final dot makes the submission uncertain, and a person's word ends that") { open in
            for (action, state) in [(QueueAction.resend, TrackingState.queued), (.settle, .submitted)] {
                let store = try await open()
                let arrival = Tracked.submission("\(action)@azienda.it")
                try await store.insert(arrival)
                try await Tracked.submit(store)
                try expectEqual(try await store.recover(owner: "one", now: Sample.start), [arrival.message.id])
                try expectEqual(try await Tracked.states(arrival.message.id, store), [.uncertain])
                _ = try await store.apply(action, to: arrival.message.id, now: Sample.start, by: "anna")
                try expectEqual(try await Tracked.states(arrival.message.id, store), [state])
                // Not in the way of the next round.
                _ = try await store.claim(Tracked.route, limit: 1, now: Sample.start, lease: Sample.lease)
                await store.close()
            }
        },
        Rule("a receipt of acceptance ends what is uncertain: it was sent") { open in
            let store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(), .uncertain, store)
            let effect = try await store.insert(Tracked.arrival(Tracked.receipt(.accepted)))
            try expectEqual(effect, .receipt(of: id, .moved([0])))
            try expectEqual(try await Tracked.queued(id, store), [.delivered])
            try expectEqual(try await Tracked.states(id, store), [.accepted])
            try await expectError(.notAllowed) {
                _ = try await store.apply(.resend, to: id, now: Sample.start, by: "anna")
            }
            await store.close()
        },
        Rule("an acceptance ends nothing for a recipient that was put off: it is submitted by itself") { open in
            let store = try await open()
            let arrival = Tracked.submission(to: ["ente", "asl", "inps"])
            let id = arrival.message.id
            try await store.insert(arrival)
            try await Tracked.submit(store)
            let attempt = Sample.attempt("reply")
            let outcomes: [RecipientOutcome] = [
                .delivered, .deferred(until: Sample.start + .seconds(900)), .failed,
            ]
            let results = outcomes.enumerated().map { number, outcome in
                RecipientResult(number: number, outcome: outcome, attempt: attempt)
            }
            try await store.settle(Settlement(id: id, lease: Sample.lease, results: results))
            try await store.insert(Tracked.arrival(Tracked.receipt(.accepted)))
            try expectEqual(try await Tracked.states(id, store), [.accepted, .queued, .refused])
            try expectEqual(try await Tracked.queued(id, store), [.delivered, .waiting, .failed])
            let later = Sample.start + .seconds(900)
            let claims = try await store.claim(Tracked.route, limit: 9, now: later, lease: Sample.lease)
            try expectEqual(claims.flatMap(\.recipients).map(\.number), [1])
            await store.close()
        },
        Rule("an acceptance that names who was in no submission does not end him: he is sent to") { open in
            let store = try await open()
            let arrival = Tracked.submission(to: ["ente", "asl", "inps"])
            let id = arrival.message.id
            try await store.insert(arrival)
            let lease = Lease(owner: "one", until: Sample.start + .seconds(60))
            _ = try await store.claim(Tracked.route, limit: 1, now: Sample.start, lease: lease)
            // The server puts the second one off at RCPT, and a reply to the final dot the third.
            try await store.beginSubmission(id, numbers: [0, 2], lease: lease)
            let again = RecipientOutcome.deferred(until: Sample.start + .seconds(60))
            try await Tracked.settle(id, .delivered, numbers: [0], store)
            try await Tracked.settle(id, again, numbers: [1, 2], store)
            let history = try await store.entry(id)?.history.map(\.state)
            try expectEqual(history, [.delivered, .waiting, .waiting])
            let receipt = Tracked.receipt(.accepted, recipients: ["ente", "asl", "inps"])
            try await store.insert(Tracked.arrival(receipt))
            try expectEqual(try await Tracked.states(id, store), [.accepted, .queued, .accepted])
            try expectEqual(try await Tracked.queued(id, store), [.delivered, .waiting, .delivered])
            let later = Sample.start + .seconds(900)
            let claims = try await store.claim(Tracked.route, limit: 9, now: later, lease: Sample.lease)
            try expectEqual(claims.flatMap(\.recipients).map(\.number), [1])
            await store.close()
        },
        Rule("of a message that Exchange divided each part has its own receipts") { open in
            let store = try await open()
            let waiting = Tracked.submission(to: ["ente"])
            try await store.insert(waiting)
            try await Tracked.submit(store)
            try await Tracked.settle(waiting.message.id, .uncertain, store)
            let sent = try await Tracked.submitted(
                Tracked.submission(to: ["asl"], after: .seconds(1)),
                .delivered,
                store
            )
            let receipt = Tracked.receipt(.accepted, recipients: ["asl"])
            try expectEqual(try await store.match(receipt)?.id, sent)
            try expectEqual(try await store.insert(Tracked.arrival(receipt)), .receipt(of: sent, .moved([0])))
            try expectEqual(try await Tracked.states(waiting.message.id, store), [.uncertain])
            try expectEqual(try await Tracked.queued(waiting.message.id, store), [.uncertain])
            await store.close()
        },
        Rule("a receipt of refusal ends what is uncertain: it was not sent") { open in
            let store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(), .uncertain, store)
            try await store.insert(Tracked.arrival(Tracked.receipt(.refused)))
            try expectEqual(try await Tracked.queued(id, store), [.failed])
            try expectEqual(try await Tracked.states(id, store), [.refused])
            await store.close()
        },
        Rule("the sender of what was uncertain and is refused is owed one report, whichever came first") { open in
            var store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(to: ["ente", "asl"]), .uncertain, store)
            try expectEqual(try await store.refusalsUntold(), [])
            try await store.insert(Tracked.arrival(Tracked.receipt(.refused, recipients: ["ente", "asl"])))
            let early = Tracked.submission("due@azienda.it")
            try await store.insert(early)
            try await Tracked.submit(store)
            let notice = Tracked.receipt(.refused, of: "due@azienda.it", identifier: "opec2@pec.example.it")
            try await store.insert(Tracked.arrival(notice))
            try await Tracked.settle(early.message.id, .uncertain, store)
            await store.close()
            store = try await open()
            let owed = [
                UntoldRefusal(id: id, numbers: [0, 1]), UntoldRefusal(id: early.message.id, numbers: [0]),
            ]
            try expectEqual(try await store.refusalsUntold(), owed)
            let report = Sample.arrival(origin: .notice)
            let second = Sample.arrival(origin: .notice)
            try await store.noteRefusalTold(owed[0], report: report)
            try await store.noteRefusalTold(owed[0], report: second)
            try await store.noteRefusalTold(owed[1], report: nil)
            try expectEqual(try await store.refusalsUntold(), [])
            try expect(try await store.entry(report.message.id) != nil, "the report is not queued")
            try expect(try await store.entry(second.message.id) == nil, "a second report is queued")
            await store.close()
        },
        Rule("a receipt that comes before the reply decides, should the reply be lost") { open in
            let store = try await open()
            let arrival = Tracked.submission()
            try await store.insert(arrival)
            try await Tracked.submit(store)
            try await store.insert(Tracked.arrival(Tracked.receipt(.accepted)))
            try expectEqual(try await Tracked.queued(arrival.message.id, store), [.submitting])
            try await Tracked.settle(arrival.message.id, .uncertain, store)
            try expectEqual(try await Tracked.queued(arrival.message.id, store), [.delivered])
            try expectEqual(try await Tracked.states(arrival.message.id, store), [.accepted])
            await store.close()
        },
        Rule("what was accepted is not sent again after a reply that asked for it, nor after a crash") { open in
            let store = try await open()
            let again = RecipientOutcome.deferred(until: Sample.start + .seconds(60))
            let first = try await Tracked.submitted(Tracked.submission(), again, store)
            try await store.insert(Tracked.arrival(Tracked.receipt(.accepted)))
            let second = Tracked.submission("due@azienda.it")
            try await store.insert(second)
            try await Tracked.submit(store)
            try await store.insert(Tracked.arrival(Tracked.receipt(.accepted, of: "due@azienda.it", identifier: "x@y")))
            _ = try await store.recover(owner: "one", now: Sample.start + .seconds(30))
            let later = Sample.start + .seconds(3600)
            try expectEqual(
                try await store.claim(Tracked.route, limit: 9, now: later, lease: Sample.lease).map(\.message.id),
                []
            )
            try expectEqual(try await Tracked.queued(first, store), [.delivered])
            try expectEqual(try await Tracked.queued(second.message.id, store), [.delivered])
            await store.close()
        },
        Rule("what a claim holds and a receipt proves must not be submitted") { open in
            let store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(), .uncertain, store)
            _ = try await store.apply(.resend, to: id, now: Sample.start, by: "anna")
            let claims = try await store.claim(Tracked.route, limit: 1, now: Sample.start, lease: Sample.lease)
            try expectEqual(claims.count, 1)
            try await store.insert(Tracked.arrival(Tracked.receipt(.accepted)))
            try await expectError(.notAllowed) {
                try await store.beginSubmission(id, numbers: [0], lease: Sample.lease)
            }
            try expectEqual(try await Tracked.queued(id, store), [.delivered])
            await store.close()
        },
    ]
}
