// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

extension QueueStoreContract {
    private static let account = "azienda@pec.example.it"

    private static func retrieved(
        _ uniqueID: String,
        account: String = account,
        digest: String = "00",
        octets: Int? = nil
    ) -> Arrival {
        Sample.arrival(
            origin: .account(account),
            retrieved: RetrievedIdentity(account: account, uniqueID: uniqueID, digest: digest, listedOctets: octets)
        )
    }

    /// The account's mark of a message.
    private static func mark(_ arrival: Arrival, _ store: any WholeStore) async throws -> RetrievalMark {
        let marks = try await store.marks(account: account)
        guard let mark = marks.first(where: { $0.id == arrival.message.id }) else {
            throw Violation(description: "no mark of \(arrival.message.id) in \(marks)")
        }
        return mark
    }

    static let maildropRules = [
        Rule("the seen-state is written with the message, and a second arrival of it is success without a second copy")
        { open in
            let store = try await open()
            let first = retrieved("u1", octets: 1234)
            try await store.insert(first)
            try await store.insert(retrieved("u1"))
            try await store.insert(retrieved("u1", account: "altra@pec.example.it"))
            try expectEqual(try await store.list(.all, limit: 10).count, 2)
            let marks = try await store.marks(account: account)
            guard let identity = first.retrieved else { throw Violation(description: "no identity") }
            let mark = RetrievalMark(
                identity: identity,
                id: first.message.id,
                retrieved: Sample.start,
                isSettled: false
            )
            try expectEqual(marks, [mark])
            await store.close()
        },
        Rule("an identifier that the provider gave out anew, for other octets, is another message") { open in
            let store = try await open()
            let first = retrieved("u1", digest: "aa")
            try await store.insert(first)
            try await store.noteDeletions(account: account, uniqueIDs: ["u1"])
            let second = retrieved("u1", digest: "bb")
            try await store.insert(second)
            try expectEqual(try await store.list(.all, limit: 10).count, 2)
            let fresh = try await mark(second, store)
            try expectEqual(fresh.identity.uniqueID, "u1")
            try expectEqual(fresh.identity.digest, "bb")
            try expectEqual(fresh.isDeletionSent, false)
            // The old one is still known by its octets, and in nobody's way.
            let old = try await mark(first, store)
            try expectEqual(old.identity.digest, "aa")
            try expect(old.identity.uniqueID != "u1", "two marks under u1")
            try await store.forgetMarks(account: account, uniqueIDs: [old.identity.uniqueID])
            try expectEqual(try await store.marks(account: account).map(\.id), [second.message.id])
            await store.close()
        },
        Rule("a deletion that was sent is remembered, through a restart, until the message is seen again") { open in
            let store = try await open()
            let arrivals = ["u1", "u2"].map { retrieved($0, digest: $0, octets: 10) }
            for arrival in arrivals { try await store.insert(arrival) }
            try await store.insert(retrieved("u1", account: "altra@pec.example.it"))
            try await store.noteDeletions(account: account, uniqueIDs: [])
            try await store.noteDeletions(account: account, uniqueIDs: ["u1", "unknown"])
            await store.close()
            let again = try await open()
            try expectEqual(try await again.marks(account: account).map(\.isDeletionSent), [true, false])
            try expectEqual(try await again.marks(account: "altra@pec.example.it").map(\.isDeletionSent), [false])
            let sent = try await mark(arrivals[0], again)
            try await again.renameMark(sent, to: "u1", listedOctets: 11)
            let seen = try await mark(arrivals[0], again)
            try expectEqual(seen.isDeletionSent, false)
            try expectEqual(seen.identity.listedOctets, 11)
            try expectEqual(seen.identity.uniqueID, "u1")
            await again.close()
        },
        Rule("identifiers that all move by one keep every mark with its message, in whatever order they are seen") {
            open in
            let store = try await open()
            let arrivals = ["1", "2", "3"].map { retrieved($0, digest: "d\($0)") }
            for arrival in arrivals { try await store.insert(arrival) }
            let marks = try await store.marks(account: account)
            try await store.renameMark(marks[2], to: "2", listedOctets: 3)
            try await store.renameMark(marks[1], to: "1", listedOctets: 2)
            try expectEqual(try await mark(arrivals[1], store).identity.uniqueID, "1")
            try expectEqual(try await mark(arrivals[2], store).identity.uniqueID, "2")
            try expectEqual(try await store.marks(account: account).map(\.identity.digest), ["d1", "d2", "d3"])
            await store.close()
        },
        Rule(
            "what another program retrieved has settled marks without a digest, which get one when the message is seen"
        ) {
            open in
            let store = try await open()
            let first = retrieved("u1", digest: "aa")
            try await store.insert(first)
            try expectEqual(try await store.takeOver(["u1", "u2", "u3", "u2"], account: account, now: Sample.start), 2)
            try expectEqual(try await store.takeOver(["u2"], account: account, now: Sample.start + .seconds(9)), 0)
            try expectEqual(try await store.takeOver([], account: account, now: Sample.start), 0)
            await store.close()
            let again = try await open()
            let marks = try await again.marks(account: account).sorted { $0.identity.uniqueID < $1.identity.uniqueID }
            try expectEqual(marks.map(\.isTakenOver), [false, true, true])
            try expectEqual(marks.map(\.isSettled), [false, true, true])
            try expectEqual(marks[1].settledAt, Sample.start)
            try expectEqual(Set(marks.map(\.id)).count, 3)
            var seen = marks[1]
            seen.identity.digest = "bb"
            try await again.renameMark(seen, to: "u2", listedOctets: 7)
            let complete = try await again.marks(account: account).first { $0.id == seen.id }
            try expectEqual(complete?.identity.digest, "bb")
            try expectEqual(complete?.identity.listedOctets, 7)
            try expectEqual(complete?.isSettled, true)
            // Another message under an identifier that was taken over is stored; the mark is in nobody's way.
            try await again.insert(retrieved("u3", digest: "cc"))
            try expectEqual(try await again.list(.all, limit: 9).count, 2)
            try expectEqual(try await again.marks(account: account).count, 4)
            await again.close()
        },
        Rule("a mark says when its message was settled") { open in
            let store = try await open()
            let arrival = retrieved("u1")
            try await store.insert(arrival)
            try expectEqual(try await mark(arrival, store).settledAt, nil)
            _ = try await store.claim(.exchange, limit: 1, now: Sample.start, lease: Sample.lease)
            try await store.settle(Sample.settlement(arrival.message.id, .delivered))
            try expectEqual(try await mark(arrival, store).settledAt, Sample.start)
            await store.close()
        },
        Rule("a large body of a maildrop's message that is known already leaves nothing behind") { open in
            let store = try await open()
            try await store.insert(retrieved("u1"))
            var again = retrieved("u1")
            again.body = .stored(try await write(Sample.octets(500_000), store))
            try await store.insert(again)
            try expectEqual(try await store.list(.all, limit: 10).count, 1)
            try await expectError(.notFound) { _ = try await store.readBody(again.message.id) }
            await store.close()
        },
        Rule(
            "the provider's copy may go after delivery to all, or when a person took it out; not before, not after a failure"
        ) { open in
            let store = try await open()
            let expected: [(RecipientOutcome?, QueueAction?, Bool)] = [
                (nil, nil, false), (.delivered, nil, true), (.failed, nil, false), (.quarantined, nil, false),
                (.quarantined, .delete, true), (.deferred(until: Sample.start), nil, false), (nil, .delete, true),
                (nil, .hold, false),
            ]
            for (index, (outcome, action, isSettled)) in expected.enumerated() {
                let arrival = retrieved("u\(index)", account: "a\(index)@pec.example.it")
                let id = arrival.message.id
                try await store.insert(arrival)
                if let outcome {
                    _ = try await store.claim(.exchange, limit: 100, now: Sample.start, lease: Sample.lease)
                    try await store.settle(Sample.settlement(id, outcome))
                }
                if let action { _ = try await store.apply(action, to: id, now: Sample.start, by: "anna") }
                let marks = try await store.marks(account: "a\(index)@pec.example.it")
                try expectEqual(
                    marks.map(\.isSettled),
                    [isSettled],
                    "\(String(describing: outcome)) \(String(describing: action))"
                )
            }
            await store.close()
        },
        Rule("a copy with two recipients is settled with the last of them") { open in
            let store = try await open()
            var arrival = retrieved("u1")
            arrival.recipients = [Sample.recipient(0), Sample.recipient(1)]
            try await store.insert(arrival)
            _ = try await store.claim(.exchange, limit: 1, now: Sample.start, lease: Sample.lease)
            try await store.settle(Sample.settlement(arrival.message.id, .delivered))
            try expectEqual(try await store.marks(account: account).map(\.isSettled), [false])
            try await store.settle(Sample.settlement(arrival.message.id, .delivered, number: 1))
            try expectEqual(try await store.marks(account: account).map(\.isSettled), [true])
            await store.close()
        },
        Rule("marks are renamed and forgotten, and stay when their message is purged") { open in
            let store = try await open()
            for name in ["u1", "u2", "u3"] { try await store.insert(retrieved(name, digest: name)) }
            let first = try await store.marks(account: account)[0]
            try await store.renameMark(first, to: "n1", listedOctets: nil)
            var unknown = first
            unknown.id = QueueID(arrival: Sample.start)
            try await store.renameMark(unknown, to: "n9", listedOctets: nil)
            try expectEqual(
                Set(try await store.marks(account: account).map { "\($0.identity.uniqueID) \($0.identity.digest)" }),
                ["n1 u1", "u2 u2", "u3 u3"]
            )
            for claim in try await store.claim(.exchange, limit: 9, now: Sample.start, lease: Sample.lease) {
                try await store.settle(Sample.settlement(claim.message.id, .delivered))
            }
            try await store.purge(endedBefore: Sample.start + .seconds(1), now: Sample.start + .seconds(1))
            try expectEqual(try await store.list(.all, limit: 9).count, 0)
            try expectEqual(try await store.marks(account: account).map(\.isSettled), [true, true, true])
            try await store.forgetMarks(account: account, uniqueIDs: ["u2", "n1", "unknown"])
            try expectEqual(try await store.marks(account: account).map(\.identity.uniqueID), ["u3"])
            await store.close()
        },
    ]
}
