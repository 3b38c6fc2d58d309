// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import MailModel
import MailQueue

extension QueueStoreContract {
    /// Receipts of acceptance that come in one message a day.
    static let digestRules = [
        Rule("a receipt is held until the digest that lists it has arrived, and only then may the provider's copy go") {
            open in
            var store = try await open()
            let receipt = Waiting.receipt("u1")
            let released = Waiting.receipt("u2", after: .seconds(21))
            for arrival in [receipt, released] { try await store.insert(arrival) }
            _ = try await store.apply(.release, to: released.message.id, now: Sample.start, by: "anna")
            try expectEqual(try await Tracked.queued(receipt.message.id, store), [.held])
            try expectEqual(try await store.accountsWithDigest(), [Tracked.account])
            try expectEqual(try await Waiting.list(20, store), [])
            try expectEqual(try await Waiting.list(100, store), [receipt.message.id])
            let digest = Waiting.digest()
            try await store.queueDigest(digest, listing: [receipt.message.id])
            await store.close()
            store = try await open()
            try expectEqual(try await Tracked.queued(receipt.message.id, store), [.held], "queued is not delivered")
            try expectEqual(try await Waiting.isSettled("u1", store), false)
            try expectEqual(try await store.accountsWithDigest(), [], "it is listed once")
            try expectEqual(try await Waiting.list(100, store), [])
            let again = Waiting.digest()
            let ids = [receipt.message.id]
            try await expectError(.notAllowed) { try await store.queueDigest(again, listing: ids) }
            try expect(try await store.entry(again.message.id) == nil, "a second digest is queued")
            try await Waiting.settle(digest, .delivered, number: 0, store)
            try expectEqual(try await Tracked.queued(receipt.message.id, store), [.held], "one reader has it")
            try await Waiting.settle(digest, .delivered, number: 1, store)
            try expectEqual(try await Tracked.queued(receipt.message.id, store), [.delivered])
            try expectEqual(try await Waiting.isSettled("u1", store), true)
            try expectEqual(try await store.failedDigests(since: Sample.start), [])
            await store.close()
        },
        Rule("what a digest could not deliver goes by itself to those whom it did not reach") { open in
            let store = try await open()
            let both = Waiting.receipt("u1", to: [Sample.mario, Waiting.anna])
            let first = Waiting.receipt("u2", after: .seconds(21))
            for arrival in [both, first] { try await store.insert(arrival) }
            let digest = Waiting.digest()
            try await store.queueDigest(digest, listing: [both.message.id, first.message.id])
            try await Waiting.settle(digest, .delivered, number: 0, store)
            try await Waiting.settle(digest, .failed, number: 1, store)
            try expectEqual(try await Tracked.queued(both.message.id, store), [.delivered, .waiting])
            try expectEqual(try await Tracked.queued(first.message.id, store), [.delivered])
            try expectEqual(try await Waiting.isSettled("u1", store), false)
            try expectEqual(try await Waiting.isSettled("u2", store), true)
            let failed = FailedDigest(
                id: digest.message.id,
                account: Tracked.account,
                receipts: 1,
                reply: "\(RecipientState.failed)"
            )
            try expectEqual(try await store.failedDigests(since: Sample.start), [failed])
            try expectEqual(try await store.failedDigests(since: Sample.start + .seconds(1)), [])
            let due = try await store.claim(.exchange, limit: 9, now: Sample.start, lease: Sample.lease)
            try expectEqual(due.map(\.message.id), [both.message.id])
            try expectEqual(due.first?.recipients.map(\.number), [1])
            await store.close()
        },
        Rule("a digest that a person deletes lets its receipts go by themselves, what he settled of them stays settled")
        { open in
            let store = try await open()
            let kept = Waiting.receipt("u1")
            let deleted = Waiting.receipt("u2", after: .seconds(21))
            for arrival in [kept, deleted] { try await store.insert(arrival) }
            let digest = Waiting.digest()
            try await store.queueDigest(digest, listing: [kept.message.id, deleted.message.id])
            _ = try await store.apply(.delete, to: deleted.message.id, now: Sample.start, by: "anna")
            _ = try await store.apply(.delete, to: digest.message.id, now: Sample.start, by: "anna")
            try expectEqual(try await Tracked.queued(kept.message.id, store), [.waiting])
            try expectEqual(try await Tracked.queued(deleted.message.id, store), [.deleted])
            try expectEqual(try await store.failedDigests(since: Sample.start).map(\.receipts), [1])
            await store.close()
        },
        Rule("a receipt that a scanner held back waits for a person and is in no digest") { open in
            let store = try await open()
            var held = Waiting.receipt("u1")
            held.recipients[0].state = .quarantined
            try await store.insert(held)
            try expectEqual(try await store.accountsWithDigest(), [])
            try expectEqual(try await Waiting.list(100, store), [])
            let digest = Waiting.digest()
            let ids = [held.message.id]
            try await expectError(.notAllowed) { try await store.queueDigest(digest, listing: ids) }
            try expectEqual(try await Tracked.queued(held.message.id, store), [.quarantined])
            await store.close()
        },
    ]
}

/// Receipts that wait for a digest, and a digest of them.
private enum Waiting {
    static let anna = AddrSpec(localPart: "anna", domain: "azienda.it")

    static func receipt(
        _ uniqueID: String,
        to readers: [AddrSpec] = [Sample.mario],
        after: Duration = .seconds(20)
    )
        -> Arrival
    {
        var arrival = Tracked.arrival(Tracked.receipt(.accepted), after: after, digest: true)
        arrival.retrieved = RetrievedIdentity(account: Tracked.account, uniqueID: uniqueID, digest: uniqueID)
        arrival.recipients = readers.enumerated().map { number, reader in Sample.recipient(number, reader) }
        for index in arrival.recipients.indices { arrival.recipients[index].awaitDigest() }
        return arrival
    }

    /// A digest for both readers.
    static func digest() -> Arrival {
        Sample.arrival(origin: .notice, recipients: [Sample.recipient(0), Sample.recipient(1, anna)])
    }

    static func list(_ seconds: Int, _ store: any WholeStore) async throws -> [QueueID] {
        let before = Sample.start + .seconds(seconds)
        return try await store.digestible(account: Tracked.account, before: before, limit: 9).map(\.id)
    }

    static func isSettled(_ uniqueID: String, _ store: any WholeStore) async throws -> Bool? {
        try await store.marks(account: Tracked.account).first { $0.identity.uniqueID == uniqueID }?.isSettled
    }

    static func settle(
        _ digest: Arrival,
        _ outcome: RecipientOutcome,
        number: Int,
        _ store: any WholeStore
    ) async throws {
        if number == 0 { _ = try await store.claim(.exchange, limit: 9, now: Sample.start, lease: Sample.lease) }
        try await store.settle(Sample.settlement(digest.message.id, outcome, number: number))
    }
}
