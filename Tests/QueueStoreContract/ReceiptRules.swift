// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import MailModel
import MailQueue

extension QueueStoreContract {
    /// Receipts, and the messages that they are about.
    static let receiptRules = [
        Rule("receipts move their message, and are kept with it as they came") { open in
            var store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(to: ["ente", "asl"]), .delivered, store)
            let receipts = [
                Tracked.receipt(.accepted, recipients: ["ente", "asl"]),
                Tracked.receipt(.delivered, concerned: ["ente"], at: .seconds(20)),
                Tracked.receipt(.failed, concerned: ["asl"], at: .seconds(30)),
            ]
            for receipt in receipts { try await store.insert(Tracked.arrival(receipt)) }
            await store.close()
            store = try await open()
            let found = try await store.tracked(id)
            try expectEqual(found?.message.recipients.map(\.state), [.delivered, .failed])
            try expectEqual(found?.message.identifier, Tracked.identifier)
            try expectEqual(found?.message.acceptedAt, Sample.start + .seconds(10))
            try expectEqual(found?.receipts.map(\.receipt), receipts)
            try expectEqual(found?.receipts.map(\.message), [id, id, id])
            try expectEqual(
                found?.receipts.map(\.effect),
                ["moved 2 recipients", "moved one recipient", "moved one recipient"]
            )
            try expectEqual(try await store.trackedMessages(.open, limit: 9).count, 0)
            await store.close()
        },
        Rule("in whatever order receipts come, and however often, the end is the same") { open in
            var generator = Xorshift(state: 20_261_124)
            let receipts = [
                Tracked.receipt(.accepted, recipients: ["ente", "asl"]),
                Tracked.receipt(.warned, concerned: ["ente"], at: .seconds(43_200)),
                Tracked.receipt(.delivered, concerned: ["ente"], at: .seconds(50_000)),
                Tracked.receipt(.warned, concerned: ["asl"], at: .seconds(43_200)),
                Tracked.receipt(.failed, concerned: ["asl"], at: .seconds(86_400)),
            ]
            let store = try await open()
            for round in 0..<30 {
                let name = "\(round)@azienda.it"
                let id = try await Tracked.submitted(Tracked.submission(name, to: ["ente", "asl"]), .delivered, store)
                for receipt in (receipts + receipts.shuffled(using: &generator)).shuffled(using: &generator) {
                    var receipt = receipt
                    (receipt.messageID, receipt.identifier) = (name, "opec\(round)@pec.example.it")
                    try await store.insert(Tracked.arrival(receipt))
                }
                try expectEqual(try await Tracked.states(id, store), [.delivered, .failed], "round \(round)")
            }
            await store.close()
        },
        Rule("a receipt that is not believed is kept with its message, moves nothing, and hinders no true one") {
            open in
            let store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(), .uncertain, store)
            let forged = Tracked.receipt(.accepted, doubt: "its signer's certificate is not trusted")
            let effect = ReceiptEffect.disbelieved("its signer's certificate is not trusted")
            try expectEqual(try await store.insert(Tracked.arrival(forged)), .receipt(of: id, effect))
            try await store.insert(Tracked.arrival(Tracked.receipt(.delivered, concerned: ["ente"], doubt: "no")))
            try expectEqual(try await Tracked.states(id, store), [.uncertain])
            try expectEqual(try await Tracked.queued(id, store), [.uncertain])
            try expectEqual(try await store.tracked(id)?.message.identifier, nil)
            try expectEqual(try await store.tracked(id)?.receipts.count, 2)
            var stranger = Tracked.receipt(.delivered, concerned: ["ente"])
            stranger.sender = "mallory@pec.example.it"
            try await store.insert(Tracked.arrival(stranger, after: .seconds(30)))
            try await store.insert(
                Tracked.arrival(Tracked.receipt(.accepted, of: "altro@x", identifier: nil, doubt: "no"))
            )
            let (own, words) = (Tracked.account, "not believed: it is about a message of mallory@pec.example.it")
            let all = try await store.disbelievedReceipts(account: own, since: Sample.start)
            try expectEqual(all?.count, 3)
            try expectEqual(all?.last.effect, words)
            let late = try await store.disbelievedReceipts(account: own, since: Sample.start + .seconds(21))
            try expectEqual(late?.count, 1)
            let none = try await store.disbelievedReceipts(account: own, since: Sample.start + .seconds(31))
            try expect(none == nil, "there is none since")
            try await store.insert(Tracked.arrival(Tracked.receipt(.accepted)))
            try expectEqual(try await Tracked.states(id, store), [.accepted])
            await store.close()
        },
        Rule("of a receipt that is not believed the beginning is kept, of a believed one all") { open in
            let store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(), .delivered, store)
            let names = (0..<5000).map { "n\($0)" }
            var forged = Tracked.receipt(.failed, concerned: names, recipients: names, doubt: "no")
            forged.detail = String(repeating: "è", count: 500_000)
            forged.sender = String(repeating: "x", count: 500_000)
            try await store.insert(Tracked.arrival(forged))
            let kept = try await store.tracked(id)?.receipts.first?.receipt
            try expectEqual(kept?.recipients, Array(forged.recipients.prefix(1000)))
            try expectEqual(kept?.concerned, Array(forged.concerned.prefix(1000)))
            try expectEqual(kept?.detail, String(repeating: "è", count: 1024))
            try expectEqual(kept?.sender?.utf8.count, 2048)
            let genuine = Tracked.receipt(.failed, concerned: names + ["ente"], recipients: names)
            try await store.insert(Tracked.arrival(genuine))
            try expectEqual(try await store.tracked(id)?.receipts.last?.receipt, genuine)
            await store.close()
        },
        Rule("a receipt in another account's box moves nothing") { open in
            let store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(), .delivered, store)
            let other = Tracked.receipt(.accepted, account: "altra@pec.example.it")
            try expectEqual(try await store.insert(Tracked.arrival(other)), .receipt(of: nil, .none))
            try expectEqual(try await Tracked.states(id, store), [.submitted])
            await store.close()
        },
        Rule("a receipt without the client's identifier is known by the provider's") { open in
            let store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(), .delivered, store)
            try await store.insert(Tracked.arrival(Tracked.receipt(.accepted)))
            let bare = Tracked.receipt(.delivered, of: nil, concerned: ["ente"])
            try expectEqual(try await store.insert(Tracked.arrival(bare)), .receipt(of: id, .moved([0])))
            let question = Tracked.receipt(.delivered, of: nil, identifier: "<\(Tracked.identifier)>")
            let matched = try await store.match(question)
            try expectEqual(matched?.id, id)
            let names = try await store.clientMessageIDs(of: [Tracked.identifier.uppercased(), "niente@pec.example.it"])
            try expectEqual(names, [Tracked.identifier: "uno@azienda.it"])
            await store.close()
        },
        Rule("receipts of messages that did not come through here are kept as foreign") { open in
            let store = try await open()
            let foreign = Tracked.receipt(.accepted, of: "webmail@pec.example.it", identifier: "w@pec.example.it")
            let other = Tracked.receipt(.delivered, of: "x@y", identifier: nil, account: "altra@pec.example.it")
            try expectEqual(try await store.insert(Tracked.arrival(foreign)), .receipt(of: nil, .none))
            try await store.insert(Tracked.arrival(other, after: .seconds(40)))
            try expectEqual(try await store.foreignReceipts(account: nil, limit: 9).map(\.receipt), [other, foreign])
            try expectEqual(try await store.foreignReceipts(account: nil, limit: 1).map(\.receipt), [other])
            let own = try await store.foreignReceipts(account: Tracked.account, limit: 9)
            try expectEqual(own.map(\.receipt), [foreign])
            try expectEqual(own.map(\.message), [nil])
            await store.close()
        },
    ]

    /// What is late or undecided.
    static let lateTrackingRules = [
        Rule("what is late is counted by account, and no longer when its receipts come") { open in
            let store = try await open()
            let slow = try await Tracked.submitted(Tracked.submission(to: ["ente", "asl"]), .delivered, store)
            _ = try await Tracked.submitted(Tracked.submission("due@azienda.it"), .delivered, store)
            try await store.insert(Tracked.submission("tre@azienda.it"))
            func overdue(_ submitted: Int, _ accepted: Int) async throws -> [OverdueSubmissions] {
                try await store.overdue(
                    createdAfter: Sample.start - .seconds(1),
                    submittedBefore: Sample.start + .seconds(submitted),
                    acceptedBefore: Sample.start + .seconds(accepted)
                )
            }
            try expectEqual(try await overdue(0, 0), [])
            var late = OverdueSubmissions(
                account: Tracked.account,
                acceptances: 2,
                oldestAcceptance: slow,
                deliveries: 0,
                oldestDelivery: nil
            )
            try expectEqual(try await overdue(60, 0), [late])
            try await store.insert(Tracked.arrival(Tracked.receipt(.accepted, recipients: ["ente", "asl"])))
            try await store.insert(Tracked.arrival(Tracked.receipt(.delivered, concerned: ["ente"])))
            let second = try await store.trackedMessages(.state(.submitted), limit: 9).map(\.id)
            late.acceptances = 1
            late.oldestAcceptance = second.first
            try expectEqual(try await overdue(60, 0), [late])
            late.deliveries = 1
            late.oldestDelivery = slow
            try expectEqual(try await overdue(60, 60), [late])
            let none = try await store.overdue(
                createdAfter: Sample.start,
                submittedBefore: Sample.start + .seconds(60),
                acceptedBefore: Sample.start + .seconds(60)
            )
            try expectEqual(none, [], "what is too old")
            try await store.insert(Tracked.arrival(Tracked.receipt(.failed, concerned: ["asl"])))
            try expectEqual(try await overdue(0, 60), [])
            await store.close()
        },
        Rule("a recipient that was submitted later than the others is late by its own time") { open in
            let store = try await open()
            let submission = Tracked.submission(to: ["ente", "asl"])
            let id = submission.message.id
            try await store.insert(submission)
            try await Tracked.submit(store)
            try await Tracked.settle(id, .delivered, store)
            try await Tracked.settle(id, .deferred(until: Sample.start + .seconds(100)), numbers: [1], store)
            try await store.insert(Tracked.arrival(Tracked.receipt(.accepted)))
            try await Tracked.submit(store, after: .seconds(100))
            try await Tracked.settle(id, .delivered, numbers: [1], after: .seconds(110), store)
            func late(_ submitted: Int, _ accepted: Int) async throws -> [Int] {
                let found = try await store.overdue(
                    createdAfter: Sample.start - .seconds(1),
                    submittedBefore: Sample.start + .seconds(submitted),
                    acceptedBefore: Sample.start + .seconds(accepted)
                )
                return found.flatMap { [$0.acceptances, $0.deliveries] }
            }
            try expectEqual(try await late(110, 0), [])
            try expectEqual(try await late(111, 0), [1, 0])
            try expectEqual(try await late(111, 11), [1, 1])
            let second = Tracked.receipt(
                .accepted,
                identifier: "opec2@pec.example.it",
                recipients: ["asl"],
                at: .seconds(120)
            )
            try await store.insert(Tracked.arrival(second, after: .seconds(130)))
            try await store.insert(Tracked.arrival(Tracked.receipt(.delivered, concerned: ["ente"])))
            try expectEqual(try await late(500, 120), [], "accepted for this recipient at 120")
            try expectEqual(try await late(500, 121), [0, 1])
            await store.close()
        },
        Rule("senders are told once of what is uncertain, and again when it is so once more") { open in
            let store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(), .uncertain, store)
            func untold(_ seconds: Int) async throws -> [QueueID] {
                try await store.uncertainUntold(since: Sample.start + .seconds(seconds)).map(\.id)
            }
            try expectEqual(try await untold(0), [])
            try expectEqual(try await untold(60), [id])
            let notice = Sample.arrival(at: Sample.start + .seconds(60), origin: .notice)
            let late = Sample.arrival(at: Sample.start + .seconds(61), origin: .notice)
            for arrival in [notice, late] { try await store.noteUncertainTold(id, notice: arrival, now: Sample.start) }
            try expectEqual(try await untold(60), [])
            try expect(try await store.entry(notice.message.id) != nil, "the notice is not queued")
            try expect(try await store.entry(late.message.id) == nil, "a second notice is queued")
            _ = try await store.apply(.resend, to: id, now: Sample.start, by: "anna")
            try expectEqual(try await untold(60), [])
            try await Tracked.submit(store)
            try await Tracked.settle(id, .uncertain, store)
            try expectEqual(try await untold(60), [id])
            await store.close()
        },
        Rule("tracked messages are listed by what is open, state and account, the newest first") { open in
            let store = try await open()
            var ids: [QueueID] = []
            for number in 0..<4 {
                let arrival = Tracked.submission("\(number)@azienda.it", after: .seconds(number))
                try await store.insert(arrival)
                ids.append(arrival.message.id)
            }
            _ = try await store.apply(.delete, to: ids[1], now: Sample.start, by: "anna")
            func listed(_ filter: TrackingFilter, _ limit: Int = 9) async throws -> [Int?] {
                try await store.trackedMessages(filter, limit: limit).map { ids.firstIndex(of: $0.id) }
            }
            try expectEqual(try await listed(.all), [3, 2, 1, 0])
            try expectEqual(try await listed(.all, 2), [3, 2])
            try expectEqual(try await listed(.open), [3, 2, 0])
            try expectEqual(try await listed(.state(.withdrawn)), [1])
            try expectEqual(try await listed(.state(.queued), 2), [3, 2])
            try expectEqual(try await listed(.account(Tracked.account), 1), [3])
            try expectEqual(try await listed(.account("altra@pec.example.it")), [])
            let open = OpenSubmissions(messages: [Tracked.account: 3], recipients: [.queued: 3])
            try expectEqual(try await store.openSubmissions(), open)
            try await Tracked.submit(store, after: .seconds(9))
            for number in [0, 2] { try await Tracked.settle(ids[number], .delivered, after: .seconds(9), store) }
            for (number, statement) in [(0, Receipt.Statement.accepted), (2, .delivered)] {
                let receipt = Tracked.receipt(
                    statement,
                    of: "\(number)@azienda.it",
                    identifier: nil,
                    concerned: ["ente"]
                )
                try await store.insert(Tracked.arrival(receipt, after: .seconds(20)))
            }
            try expectEqual(try await listed(.state(.accepted)), [0])
            try expectEqual(try await listed(.state(.delivered)), [2])
            let left = OpenSubmissions(messages: [Tracked.account: 2], recipients: [.accepted: 1, .queued: 1])
            try expectEqual(try await store.openSubmissions(), left)
            await store.close()
        },
        Rule("tracking ends with the archive's day") { open in
            let store = try await open()
            let id = try await Tracked.submitted(Tracked.submission(), .delivered, store)
            let receipts = [
                Tracked.arrival(Tracked.receipt(.accepted)),
                Tracked.arrival(Tracked.receipt(.accepted, of: "altro@x", identifier: nil)),
            ]
            for arrival in receipts {
                try await store.insert(arrival)
                _ = try await store.apply(.delete, to: arrival.message.id, now: Sample.start, by: "anna")
            }
            while try await store.packArchive(limit: 100, now: Sample.start + .seconds(600)) > 0 {}
            _ = try await store.expireArchive(before: "2026-11-24")
            try expect(try await store.tracked(id) == nil, "it is still tracked")
            try expectEqual(try await store.foreignReceipts(account: nil, limit: 9).count, 0)
            try expectEqual(try await store.trackedMessages(.all, limit: 9).count, 0)
            await store.close()
        },
    ]
}

/// Numbers without rhythm that are the same in each run.
private struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
