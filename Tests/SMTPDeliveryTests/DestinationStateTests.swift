// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import Testing
import TransportPolicy

@testable import SMTPDelivery

/// The lane of one domain: how many sessions it has, and when it is forgotten.
struct DestinationStateTests {
    private let now = Timestamp(milliseconds: 1_000_000)

    private func lane() throws -> LaneState {
        var settings = try DeliverySettings.test { $0.destinationConnections = 6 }
        settings.internet = InternetDelivery(own: .init(names: [], addresses: []))
        return LaneState(.internet, settings, isDestination: true)
    }

    private func claims(_ count: Int) throws -> [Claim] {
        let address = try #require(AddrSpec("anna@y.it"))
        return (0..<count).map { number in
            let message = QueuedMessage(
                id: QueueID(arrival: now),
                origin: .exchange,
                arrival: now,
                reversePath: .mailbox(address),
                size: 1
            )
            let recipient = QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(address),
                route: .internet,
                nextAttempt: now
            )
            return Claim(message: message, recipients: [recipient], lease: Lease(owner: "a", until: now + .seconds(60)))
        }
    }

    @Test func `it begins with two workers, grows with what is delivered, and stops at its limit`() throws {
        var state = try lane()
        let first = state.accept(try claims(100), isFull: false, now: now).workers
        let grown = (0..<10).map { _ in state.grow(now: now) }
        #expect(first == 2 && grown == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
        #expect(state.workers == 6)
    }

    @Test func `without another session in use it does not back off, and begins anew with two workers`() throws {
        var state = try lane()
        _ = state.accept(try claims(100), isFull: false, now: now)
        _ = (0..<4).map { _ in state.grow(now: now) }
        let goesOn = state.backOff()
        #expect(!goesOn)
        let taken = (0..<6).map { _ in state.takeJob().job != nil }
        #expect(taken.filter { $0 }.count == 2, "four workers end: \(taken)")
        #expect(state.workers == 2)
    }

    @Test
    func `a domain that takes mail holds half of the room, one that does not a few parts, and less once room is short`()
        throws
    {
        var state = try lane()
        let unknown = [8192, 4097, 4096, 100].map { state.allowance(room: $0, of: 8192, now: now) }
        #expect(unknown == [64, 64, 2, 2])
        let silent = [8192, 4097, 4096].map { state.allowance(room: $0, of: 8192, now: now + .seconds(30)) }
        #expect(silent == [16, 16, 2])
        _ = state.accept(try claims(100), isFull: false, now: now)
        _ = (0..<4).map { _ in state.grow(now: now) }
        let quick = [8192, 4096, 100, 10].map { state.allowance(room: $0, of: 8192, now: now + .seconds(29)) }
        #expect(quick == [4096, 2048, 50, 6])
        let slow = [8192, 4096].map { state.allowance(room: $0, of: 8192, now: now + .seconds(31)) }
        #expect(slow == [32, 6])
        #expect(state.silence(now: now + .seconds(31)) == .seconds(31))
        #expect(
            2 * DeliveryLane.maximumDestinations <= DeliveryLane.handedLimit / 2,
            "room for the first workers of all"
        )
    }

    @Test func `mail for a closed lane is given back at once, and one probe goes when the pause is over`() throws {
        var state = try lane()
        state.gate.fail("dead", now: now, pauses: .seconds(60)...(.seconds(1800)))
        let (workers, rest) = state.accept(try claims(3), isFull: false, now: now + .seconds(1))
        #expect(workers == 0 && rest.count == 3)
        #expect(state.returnTime(now: now + .seconds(1)) == now + .seconds(60))
        let probes = state.accept(try claims(3), isFull: false, now: now + .seconds(61)).workers
        #expect(probes == 1)
    }

    @Test func `it is forgotten a minute after its last work, and an hour when its servers were dead`() throws {
        var state = try lane()
        let forgettable = [0, 60, 61].map { state.isForgettable(now: now + .seconds($0)) }
        #expect(forgettable == [false, false, true])
        var dead = try lane()
        dead.gate.fail("dead", now: now, pauses: .seconds(60)...(.seconds(1800)))
        let later = [0, 3600, 3661].map { dead.isForgettable(now: now + .seconds($0)) }
        #expect(later == [false, false, true])
    }
}
