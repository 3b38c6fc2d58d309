// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import MailModel
import Testing

struct TrackingTests {
    private static let start = Timestamp(milliseconds: 1_790_000_000_000)

    private func address(_ text: String) throws -> AddrSpec { try #require(AddrSpec(text)) }

    private func message(_ recipients: [String], state: TrackingState = .submitted) throws -> TrackedMessage {
        TrackedMessage(
            id: QueueID(arrival: Self.start),
            account: "azienda@pec.example.it",
            messageID: "Abc@azienda.it",
            senders: [try address("mario@azienda.it")],
            contentDigest: "00",
            created: Self.start,
            submittedAt: Self.start,
            recipients: try recipients.enumerated().map { number, text in
                TrackedRecipient(number: number, address: try address(text), state: state, since: Self.start)
            }
        )
    }

    private func receipt(
        _ statement: Receipt.Statement,
        _ concerned: [String] = [],
        after hours: Int = 0,
        doubt: String? = nil,
        recipients: [CertifiedRecipient] = []
    ) -> Receipt {
        Receipt(
            account: "azienda@pec.example.it",
            kind: .delivery,
            statement: statement,
            messageID: "abc@azienda.it",
            identifier: "opec1@pec.example.it",
            time: Self.start + .seconds(hours * 3600),
            recipients: recipients,
            concerned: concerned,
            signature: doubt == nil ? .valid : .untrusted,
            doubt: doubt
        )
    }

    @Test
    func `an acceptance moves every recipient, and is the end for an ordinary one`() throws {
        var message = try message(["a@pec.it", "b@example.org"])
        let kinds = [
            CertifiedRecipient(address: "A@PEC.it", isCertified: true),
            CertifiedRecipient(address: "b@example.org", isCertified: false),
        ]
        #expect(message.apply(receipt(.accepted, recipients: kinds)) == .moved([0, 1]))
        #expect(message.identifier == "opec1@pec.example.it")
        #expect(message.recipients.map { $0.state.isFinal(isCertified: $0.isCertified) } == [false, true])
        #expect(!message.isFinal)
        #expect(message.apply(receipt(.delivered, ["A@pec.IT"])) == .moved([0]))
        #expect(message.isFinal)
    }

    @Test
    func `an acceptance is about the recipients that it names, or about those that were sent`() throws {
        for statement in [Receipt.Statement.accepted, .refused] {
            let reached: TrackingState = statement == .accepted ? .accepted : .refused
            // The server put the second recipient off: it waits for a submission of its own.
            var message = try message(["a@pec.it", "b@pec.it", "c@pec.it"])
            message.recipients[1].state = .queued
            message.recipients[2].state = .uncertain
            var named = message
            let both = ["a@pec.it", "c@pec.it"].map { CertifiedRecipient(address: $0, isCertified: true) }
            #expect(named.apply(receipt(statement, recipients: both)) == .moved([0, 2]))
            #expect(named.recipients.map(\.state) == [reached, .queued, reached])
            var unnamed = message
            #expect(unnamed.apply(receipt(statement)) == .moved([0, 2]))
            #expect(unnamed.recipients[1].state == .queued)
            // Names that nobody here knows are as none.
            var aliased = message
            let alias = [CertifiedRecipient(address: "alias@pec.it", isCertified: true)]
            #expect(aliased.apply(receipt(statement, recipients: alias)) == .moved([0, 2]))
            // Before anything was sent it is about nobody that is known.
            var early = try self.message(["a@pec.it", "b@pec.it"], state: .queued)
            #expect(early.apply(receipt(statement)) == .none)
            #expect(early.recipients.map(\.state) == [.queued, .queued])
        }
    }

    @Test
    func `an acceptance that names who was in no submission, where others were, is not about them`() throws {
        let all = ["a@pec.it", "b@pec.it", "c@pec.it", "d@pec.it"]
        let named = all.map { CertifiedRecipient(address: $0, isCertified: true) }
        for statement in [Receipt.Statement.accepted, .refused] {
            // The provider names To and Cc; b was put off at RCPT, c behind the final dot, d was taken out.
            var message = try message(all)
            for (place, state) in [(1, TrackingState.queued), (2, .queued), (3, .withdrawn)] {
                message.recipients[place].state = state
                message.recipients[place].wasSubmitted = place == 2
            }
            let reached: TrackingState = statement == .accepted ? .accepted : .refused
            #expect(message.apply(receipt(statement, recipients: named)) == .moved([0, 2]))
            #expect(message.recipients.map(\.state) == [reached, .queued, reached, .withdrawn])
            #expect(message.recipients[1].acceptedAt == nil)
            var lone = try self.message(all)
            lone.recipients[1].state = .queued
            lone.recipients[1].wasSubmitted = false
            let other = [CertifiedRecipient(address: "b@pec.it", isCertified: true)]
            #expect(lone.apply(receipt(statement, recipients: other)) == .none)
        }
        // A receipt that nothing here explains is believed: the queue may have come back from a copy.
        var restored = try message(all, state: .queued)
        #expect(restored.apply(receipt(.accepted, recipients: named)) == .moved([0, 1, 2, 3]))
    }

    @Test
    func `a recipient that the server refused is not accepted by a receipt of the others`() throws {
        var message = try message(["a@pec.it", "b@pec.it"])
        message.note(.refused("550 no such user"), numbers: [1], at: Self.start)
        let named = [CertifiedRecipient(address: "a@pec.it", isCertified: true)]
        #expect(message.apply(receipt(.accepted, recipients: named)) == .moved([0]))
        #expect(message.recipients.map(\.state) == [.accepted, .refused])
    }

    @Test
    func `a receipt about several moves those that are known`() throws {
        var message = try message(["a@pec.it", "b@pec.it"])
        #expect(message.apply(receipt(.delivered, ["x@pec.it", "b@pec.it"])) == .moved([1]))
        #expect(message.recipients.map(\.state) == [.submitted, .delivered])
    }

    @Test
    func `of the parts of a divided message the receipt finds the one that it names, or that was sent`() throws {
        var first = try message(["a@pec.it"], state: .queued)
        var second = try message(["b@pec.it"])
        second.created = Self.start + .seconds(60)
        let named = [CertifiedRecipient(address: "B@pec.it", isCertified: true)]
        for parts in [[first, second], [second, first]] {
            #expect(Matching.choose(receipt(.accepted, recipients: named), among: parts)?.created == second.created)
            #expect(Matching.choose(receipt(.delivered, ["b@pec.it"]), among: parts)?.created == second.created)
            #expect(Matching.choose(receipt(.accepted), among: parts)?.created == second.created)
        }
        // However far the other one has come.
        first.recipients[0].state = .uncertain
        #expect(
            Matching.choose(receipt(.accepted, recipients: named), among: [first, second])?.created == second.created
        )
        second.identifier = "opec9@pec.example.it"
        #expect(
            Matching.choose(receipt(.accepted, recipients: named), among: [first, second])?.created == second.created
        )
    }

    @Test
    func `a receipt that is not believed moves nothing and is named`() throws {
        var message = try message(["a@pec.it"])
        let before = message
        #expect(
            message.apply(receipt(.delivered, ["a@pec.it"], doubt: "it is not signed"))
                == .disbelieved("it is not signed")
        )
        #expect(message == before)
    }

    @Test
    func `a true receipt of somebody else's message with the same Message-ID moves nothing`() throws {
        var message = try message(["a@pec.it"])
        var replayed = receipt(.delivered, ["a@pec.it"])
        replayed.sender = "mallory@pec.it"
        #expect(message.apply(replayed) == .disbelieved("it is about a message of mallory@pec.it"))
        replayed.sender = "Azienda@PEC.example.it"
        #expect(message.apply(replayed) == .moved([0]))
    }

    @Test
    func `a receipt for somebody else moves nothing`() throws {
        var message = try message(["a@pec.it", "b@pec.it"])
        #expect(message.apply(receipt(.delivered, ["c@pec.it"])) == .stranger("c@pec.it"))
        #expect(message.recipients.map(\.state) == [.submitted, .submitted])
        #expect(message.apply(receipt(.delivered)) == .none)
    }

    @Test
    func `a notice whose words do not tell is the first one before 22 hours and the last one after`() throws {
        var message = try message(["a@pec.it"])
        message.apply(receipt(.accepted))
        #expect(message.apply(receipt(.overdue, ["a@pec.it"], after: 12)) == .moved([0]))
        #expect(message.recipients[0].state == .warned)
        #expect(message.apply(receipt(.overdue, ["a@pec.it"], after: 24)) == .moved([0]))
        #expect(message.recipients[0].state == .failed)
        #expect(message.apply(receipt(.delivered, ["a@pec.it"], after: 25)) == .moved([0]))
        #expect(message.recipients[0].state == .delivered)
    }

    @Test
    func `a notice whose words do not tell is judged from the acceptance, whichever is read first`() throws {
        for hours in [12, 24] {
            // Twenty hours in the queue, the receipts read before the reply.
            let receipts = [receipt(.accepted, after: 20), receipt(.overdue, ["a@pec.it"], after: 20 + hours)]
            for order in [receipts, receipts.reversed()] {
                var message = try message(["a@pec.it"], state: .queued)
                message.submittedAt = nil
                for receipt in order { message.apply(receipt) }
                message.note(.taken, numbers: [0], at: Self.start + .seconds(20 * 3600))
                #expect(message.recipients.map(\.state) == [hours == 12 ? .warned : .failed])
            }
        }
        // Without the acceptance nothing is final.
        var alone = try message(["a@pec.it"])
        #expect(alone.apply(receipt(.overdue, ["a@pec.it"], after: 90)) == .moved([0]))
        #expect(alone.recipients.map(\.state) == [.warned])
        #expect(alone.apply(receipt(.accepted)) == .moved([0]))
        #expect(alone.recipients.map(\.state) == [.failed])
    }

    @Test
    func `a lost reply is settled by the acceptance, and what receipts proved is not taken back`() throws {
        var message = try message(["a@pec.it"], state: .queued)
        message.note(.uncertain, numbers: [0], at: Self.start)
        #expect(message.recipients[0].state == .uncertain)
        #expect(message.apply(receipt(.accepted)) == .moved([0]))
        message.note(.uncertain, numbers: [0], at: Self.start)
        message.note(.refused("550 no"), numbers: [0], at: Self.start)
        message.note(.withdrawn, numbers: [0], at: Self.start)
        message.note(.resent, numbers: [0], at: Self.start)
        #expect(message.recipients[0].state == .accepted)
    }

    @Test
    func `only an uncertain message is sent again`() throws {
        for state in TrackingState.allCases {
            var message = try message(["a@pec.it"], state: state)
            message.note(.resent, numbers: [0], at: Self.start)
            #expect(message.recipients[0].state == (state == .uncertain ? .queued : state))
        }
    }

    @Test(arguments: 0..<200)
    func `any order and repetition of receipts comes to the same states, and never goes back`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let addresses = ["a@pec.it", "b@pec.it", "c@example.org"]
        let statements: [Receipt.Statement] = [.delivered, .failed, .warned, .overdue, .takenInCharge, .other]
        let named = addresses.map { CertifiedRecipient(address: $0, isCertified: nil) }
        let accepted = Int.random(in: 0...12, using: &generator)
        var receipts = [receipt(.accepted, after: accepted, recipients: named)]
        if seed % 5 == 0 { receipts.append(receipt(.refused, recipients: named)) }
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let statement = try #require(statements.randomElement(using: &generator))
            let concerned = try #require(addresses.randomElement(using: &generator))
            let doubt = Int.random(in: 0...4, using: &generator) == 0 ? "forged" : nil
            receipts.append(
                receipt(statement, [concerned], after: Int.random(in: 0...30, using: &generator), doubt: doubt)
            )
        }
        var expected = try message(addresses)
        for receipt in receipts { expected.apply(receipt) }
        for _ in 0..<10 {
            var shuffled = (receipts + receipts.prefix(2)).shuffled(using: &generator)
            // The reply to the submission may come between any two receipts, or be lost.
            let reply = Int.random(in: 0...shuffled.count, using: &generator)
            var message = try message(addresses, state: .queued)
            message.submittedAt = nil
            let submitted = Self.start + .seconds(Int.random(in: 0...accepted, using: &generator) * 3600)
            var ranks = message.recipients.map(\.state.rank)
            for place in 0...shuffled.count {
                if place == reply { message.note(.taken, numbers: [0, 1, 2], at: submitted) }
                guard !shuffled.isEmpty else { break }
                message.apply(shuffled.removeFirst())
                let now = message.recipients.map(\.state.rank)
                #expect(zip(ranks, now).allSatisfy { $0 <= $1 })
                ranks = now
            }
            message.note(.taken, numbers: [0, 1, 2], at: submitted)
            #expect(message.recipients.map(\.state) == expected.recipients.map(\.state))
        }
    }

    @Test
    func `a receipt finds its message by Message-ID, then by the provider's identifier`() throws {
        var first = try message(["a@pec.it"])
        var second = try message(["a@pec.it"])
        second.created = Self.start + .seconds(60)
        #expect(Matching.choose(receipt(.accepted), among: [second, first])?.id == first.id)
        first.identifier = "opec0@pec.example.it"
        #expect(Matching.choose(receipt(.accepted), among: [second, first])?.id == second.id)
        second.identifier = "OPEC1@pec.example.it"
        #expect(Matching.choose(receipt(.delivered), among: [first, second])?.id == second.id)
        var unnamed = receipt(.delivered)
        unnamed.messageID = nil
        #expect(Matching.choose(unnamed, among: [first, second])?.id == second.id)
        var foreign = receipt(.delivered)
        foreign.messageID = "other@azienda.it"
        #expect(Matching.choose(foreign, among: [first, second]) == nil)
        unnamed.account = "altra@pec.example.it"
        #expect(Matching.choose(unnamed, among: [first, second]) == nil)
    }
}

extension TrackingTests {
    @Test func `an identifier that the unsigned header alone tells yields to what is signed`() throws {
        var first = try message(["a@pec.it"])
        first.identifier = "opec1@pec.example.it"
        first.messageID = "first@azienda.it"
        var second = try message(["a@pec.it"])
        var unsigned = receipt(.delivered, ["a@pec.it"])
        #expect(Matching.choose(unsigned, among: [first, second])?.messageID == "Abc@azienda.it")
        unsigned.isMessageIDSigned = false
        #expect(Matching.choose(unsigned, among: [first, second])?.messageID == "first@azienda.it")
        // The provider's identifier is of no message: the header's word counts while the message has none, and not behind that.
        unsigned.identifier = "opec7@pec.example.it"
        #expect(Matching.choose(unsigned, among: [first, second])?.messageID == "Abc@azienda.it")
        second.identifier = "opec2@pec.example.it"
        #expect(Matching.choose(unsigned, among: [first, second]) == nil)
    }
}

/// SplitMix64: the same numbers for the same seed.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
