// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

import struct NIOCore.ByteBuffer

/// Values that the rules are made of.
enum Sample {
    /// 2026-11-23T10:00:00Z.
    static let start = Timestamp(milliseconds: 1_795_428_000_000)
    static let lease = Lease(owner: "one", until: start + .seconds(60))
    static let mario = AddrSpec(localPart: "mario", domain: "azienda.it")

    static func recipient(
        _ number: Int = 0,
        _ address: AddrSpec = mario,
        route: Route = .exchange,
        due: Timestamp = start
    ) -> QueuedRecipient {
        QueuedRecipient(number: number, recipient: EnvelopeRecipient(address), route: route, nextAttempt: due)
    }

    static func arrival(
        at moment: Timestamp = start,
        origin: MessageOrigin = .exchange,
        recipients: [QueuedRecipient] = [recipient()],
        body: String = "Subject: prova\r\n\r\nCiao\r\n",
        retrieved: RetrievedIdentity? = nil
    ) -> Arrival {
        Arrival(
            message: QueuedMessage(
                id: QueueID(arrival: moment),
                origin: origin,
                arrival: moment,
                reversePath: .mailbox(mario),
                size: body.utf8.count
            ),
            recipients: recipients,
            body: .octets(ByteBuffer(string: body)),
            retrieved: retrieved
        )
    }

    static func attempt(_ reply: String, at moment: Timestamp = start) -> DeliveryAttempt {
        DeliveryAttempt(moment: moment, duration: .milliseconds(120), server: "mx.example.it:25", reply: reply)
    }

    static func settlement(
        _ id: QueueID,
        _ outcome: RecipientOutcome,
        number: Int = 0,
        owner: String = "one",
        notices: [Arrival] = []
    ) -> Settlement {
        Settlement(
            id: id,
            lease: Lease(owner: owner, until: start + .seconds(60)),
            results: [RecipientResult(number: number, outcome: outcome, attempt: attempt("\(outcome.state)"))],
            notices: notices
        )
    }

    /// Octets without rhythm, so that a piece in the wrong place shows.
    static func octets(_ count: Int) -> ByteBuffer {
        var state: UInt64 = 88_172_645_463_325_252
        var buffer = ByteBuffer()
        buffer.reserveCapacity(count)
        while buffer.readableBytes + 8 <= count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            buffer.writeInteger(state)
        }
        buffer.writeBytes([UInt8](repeating: 7, count: count - buffer.readableBytes))
        return buffer
    }

    static func readAll(_ reader: any BodyReader, pieces limit: Int = 65536) async throws -> ByteBuffer {
        var whole = ByteBuffer()
        while let piece = try await reader.read(upTo: limit) {
            try expect((1...limit).contains(piece.readableBytes), "a piece of \(piece.readableBytes) octets")
            whole.writeImmutableBuffer(piece)
        }
        await reader.close()
        return whole
    }

    /// A message whose one recipient was brought to `state` the way a gateway would.
    static func message(in state: RecipientState, _ store: any WholeStore) async throws -> QueueID {
        // One that is to wait is due later, so that preparing the next does not claim it.
        let arrival = arrival(recipients: [recipient(due: state == .waiting ? start + .seconds(1) : start)])
        let id = arrival.message.id
        try await store.insert(arrival)
        switch state {
        case .waiting: break
        case .held: _ = try await store.apply(.hold, to: id, now: start, by: "anna")
        case .deleted: _ = try await store.apply(.delete, to: id, now: start, by: "anna")
        case .leased: try await claimOne(id, store)
        case .submitting:
            try await claimOne(id, store)
            try await store.beginSubmission(id, numbers: [0], lease: lease)
        case .delivered, .failed, .quarantined, .uncertain:
            try await claimOne(id, store)
            let outcomes: [RecipientState: RecipientOutcome] = [
                .delivered: .delivered, .failed: .failed, .quarantined: .quarantined, .uncertain: .uncertain,
            ]
            guard let outcome = outcomes[state] else { break }
            try await store.settle(settlement(id, outcome))
        }
        try expectEqual(try await self.state(of: id, store), state, "preparing")
        return id
    }

    private static func claimOne(_ id: QueueID, _ store: any WholeStore) async throws {
        let claims = try await store.claim(.exchange, limit: 10, now: start, lease: lease)
        try expect(claims.contains { $0.message.id == id }, "\(id) was not claimed")
    }

    static func state(of id: QueueID, number: Int = 0, _ store: any WholeStore) async throws -> RecipientState? {
        try await store.entry(id)?.recipients[number].state
    }
}
