// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import Synchronization
import Testing

@testable import SMTPDelivery

@Suite(.serialized, .timeLimit(.minutes(5))) struct DeliveryServiceTests {
    @Test func `mail for Exchange arrives byte for byte over few connections`() async throws {
        let server = try await FakeServer()
        let bench = try DeliveryBench(try .test(exchange: [server.port]))
        for number in 0..<40 { try await bench.queue(.exchange, body: "X-Seq: \(number)\r\n\r\n.dot\r\n..two\r\n") }
        await bench.store.settlements.wait(for: 40)
        let texts = Set(server.messages.map(\.text))
        #expect(texts == Set((0..<40).map { "X-Seq: \($0)\r\n\r\n.dot\r\n..two\r\n" }))
        #expect(server.messages.count == 40)
        #expect(server.record.mostOpen <= 15)
        #expect(try await bench.store.summary().recipients == [.delivered: 40])
        try await bench.end()
        #expect(server.count("QUIT") == server.record.connections)
        try await server.stop()
    }

    @Test func `what Exchange takes is known from its last greeting`() async throws {
        let server = try await FakeServer(["PIPELINING", "SIZE 5000", "SMTPUTF8"])
        let bench = try DeliveryBench(try .test(exchange: [server.port]))
        #expect(bench.service.exchangeOffer == nil)
        try await bench.queue(.exchange)
        await bench.store.settlements.wait(for: 1)
        #expect(bench.service.exchangeOffer == ServerOffer(maximumOctets: 5000, smtpUTF8: true))
        try await bench.end()
        try await server.stop()
    }

    @Test(arguments: [["PIPELINING"], ["PIPELINING", "CHUNKING"], []])
    func `a large message streams unchanged`(_ keywords: [String]) async throws {
        let server = try await FakeServer(keywords)
        let bench = try DeliveryBench(try .test(exchange: [server.port]))
        var body = "Subject: large\r\n\r\n"
        for line in 0..<12_000 {
            body += line % 7 == 0 ? ".line \(line)\r\n" : "a line of text with its number, \(line)\r\n"
        }
        let id = try await bench.queue(.exchange, body: body)
        await bench.store.settlements.wait(for: 1)
        #expect(try await bench.states(id) == [.delivered])
        #expect(server.messages.count == 1 && server.messages.first?.text == body)
        #expect(server.count("BDAT") == (keywords.contains("CHUNKING") ? 1 : 0))
        try await bench.end()
        try await server.stop()
    }

    @Test func `a login is used for many messages`() async throws {
        let server = try await FakeServer(["PIPELINING", "AUTH CRAM-MD5"])
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port)]))
        for _ in 0..<20 { try await bench.queue(.account("pec@x.it")) }
        await bench.store.settlements.wait(for: 20)
        #expect(server.messages.count == 20)
        #expect(server.record.connections == 1 && server.count("AUTH") == 1)
        try await bench.end()
        let events = await bench.store.accountEvents.all
        #expect(
            events.reduce(0) { sum, event in
                if case .submitted(_, let count) = event { sum + count } else { sum }
            } == 20
        )
        #expect(events.count < 20)
        try await server.stop()
    }

    @Test func `a session ends after its share of messages`() async throws {
        let server = try await FakeServer()
        let bench = try DeliveryBench(
            try .test(relay: server.port) {
                $0.sessionMessages = 2
                $0.relayConnections = 1
            }
        )
        for _ in 0..<5 { try await bench.queue(.internet) }
        await bench.store.settlements.wait(for: 5)
        #expect(server.messages.map(\.connection) == [1, 1, 2, 2, 3])
        try await bench.end()
        try await server.stop()
    }

    @Test func `a session with Exchange ends before Exchange ends it`() async throws {
        let server = try await FakeServer()
        let bench = try DeliveryBench(try .test(exchange: [server.port]) { $0.idleSession = .seconds(3600) })
        try await bench.queue(.exchange)
        await bench.store.settlements.wait(for: 1)
        try await bench.queue(.exchange)
        await bench.store.settlements.wait(for: 2)
        #expect(server.messages.map(\.connection) == [1, 1])
        bench.clock.advance(.seconds(7 * 60 + 31))
        try await bench.queue(.exchange)
        await bench.store.settlements.wait(for: 3)
        #expect(server.messages.map(\.connection) == [1, 1, 2])
        try await bench.end()
        try await server.stop()
    }

    @Test func `a session that the server ended between two messages costs no attempt`() async throws {
        let server = try await FakeServer()
        server.follow { step in step.connection == 1 && step.transaction == 2 ? .cut : .standard }
        let bench = try DeliveryBench(try .test(relay: server.port) { $0.relayConnections = 1 })
        try await bench.queue(.internet)
        await bench.store.settlements.wait(for: 1)
        let id = try await bench.queue(.internet)
        await bench.store.settlements.wait(for: 2)
        #expect(try await bench.states(id) == [.delivered])
        #expect(try await bench.recipient(id).attempts == 1)
        #expect(server.messages.map(\.connection) == [1, 2])
        try await bench.end()
        try await server.stop()
    }

    @Test func `a 421 at a used session is tried again at once`() async throws {
        let server = try await FakeServer()
        server.follow { step in
            step.connection == 1 && step.transaction == 2 && step.command.hasPrefix("MAIL")
                ? .last("421 4.7.0 too many messages on this connection") : .standard
        }
        let bench = try DeliveryBench(try .test(relay: server.port) { $0.relayConnections = 1 })
        try await bench.queue(.internet)
        await bench.store.settlements.wait(for: 1)
        let id = try await bench.queue(.internet)
        await bench.store.settlements.wait(for: 2)
        #expect(try await bench.states(id) == [.delivered])
        try await bench.end()
        try await server.stop()
    }

    @Test func `a deferred message is tried again when it is due`() async throws {
        let server = try await FakeServer()
        server.follow { $0.command.hasPrefix("RCPT") ? .reply("450 4.2.0 greylisted") : .standard }
        let bench = try DeliveryBench(try .test(relay: server.port))
        let id = try await bench.queue(.internet)
        await bench.store.settlements.wait(for: 1)
        let waiting = try await bench.recipient(id)
        #expect(waiting.state == .waiting && waiting.attempts == 1)
        #expect(waiting.lastReply == "450 4.2.0 greylisted")
        #expect(waiting.nextAttempt - bench.clock.now() > .seconds(50))
        server.follow { _ in .standard }
        bench.clock.advance(.seconds(61))
        await bench.store.settlements.wait(for: 2)
        #expect(try await bench.states(id) == [.delivered])
        try await bench.end()
        try await server.stop()
    }

    @Test func `a lost final reply of ordinary mail is sent again later`() async throws {
        let server = try await FakeServer()
        server.follow { $0.command == "content" ? .cut : .standard }
        let bench = try DeliveryBench(try .test(relay: server.port))
        let id = try await bench.queue(.internet)
        await bench.store.settlements.wait(for: 1)
        let waiting = try await bench.recipient(id)
        #expect(waiting.state == .waiting && waiting.lastReply?.contains("reply to end of data lost") == true)
        server.follow { _ in .standard }
        bench.clock.advance(.seconds(61))
        await bench.store.settlements.wait(for: 2)
        #expect(try await bench.states(id) == [.delivered])
        #expect(server.messages.count == 2)
        try await bench.end()
        try await server.stop()
    }

    @Test func `outcomes that cannot be written are kept, and nothing is delivered twice meanwhile`() async throws {
        let server = try await FakeServer()
        let bench = try DeliveryBench(try .test(relay: server.port))
        bench.store.refusals.withLock { $0 = 1 }
        let id = try await bench.queue(.internet)
        await bench.store.refused.wait(for: 1)
        await bench.store.settlements.wait(for: 1)
        #expect(try await bench.states(id) == [.delivered])
        #expect(server.messages.count == 1)
        try await bench.end()
        try await server.stop()
    }

    @Test func `the end gives back what was not begun and finishes what was`() async throws {
        let server = try await FakeServer()
        let bench = try DeliveryBench(
            try .test(relay: server.port) {
                $0.relayConnections = 1
                $0.drain = .milliseconds(200)
                $0.timeouts.endOfData = .seconds(60)
            }
        )
        let submitted = Journal<Bool>()
        server.follow { step in
            guard step.command == "content" else { return .standard }
            Task { await submitted.append(true) }
            return .silence
        }
        var ids: [QueueID] = []
        for _ in 0..<3 { ids.append(try await bench.queue(.internet, wakes: false)) }
        bench.service.wake(.internet)
        await submitted.wait(for: 1)
        await bench.store.claimed.wait(for: 3)
        await bench.service.stop()
        let settled = await bench.store.settlements.wait(for: 3)
        #expect(settled.count { $0.results[0].attempt == nil } == 2)
        #expect(settled.count { $0.results[0].attempt?.reply.contains("reply to end of data lost") == true } == 1)
        for id in ids { #expect(try await bench.states(id) == [.waiting]) }
        try await bench.end()
        try await server.stop()
    }
}
