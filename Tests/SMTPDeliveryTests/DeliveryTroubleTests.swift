// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import Testing

@testable import SMTPDelivery

@Suite(.serialized, .timeLimit(.minutes(5))) struct DeliveryTroubleTests {
    @Test func `mail goes to the servers that work`() async throws {
        let dead = try await FakeServer()
        let deadPort = dead.port
        try await dead.stop()
        let busy = try await FakeServer { $0.command == "greeting" ? .last("421 4.3.2 back soon") : .standard }
        let good = try await FakeServer()
        let bench = try DeliveryBench(try .test(exchange: [deadPort, busy.port, good.port]))
        var ids: [QueueID] = []
        for _ in 0..<6 { ids.append(try await bench.queue(.exchange)) }
        await bench.store.settlements.wait(for: 6)
        #expect(good.messages.count == 6 && busy.messages.isEmpty)
        for id in ids { #expect(try await bench.recipient(id).attempts == 1) }
        try await bench.end()
        try await busy.stop()
        try await good.stop()
    }

    @Test func `several healthy servers share the work`() async throws {
        let servers = [try await FakeServer(), try await FakeServer()]
        let bench = try DeliveryBench(
            try .test(exchange: servers.map(\.port)) {
                $0.sessionMessages = 1
                $0.exchangeConnections = 1
            }
        )
        for _ in 0..<8 { try await bench.queue(.exchange) }
        await bench.store.settlements.wait(for: 8)
        #expect(servers.map(\.messages.count) == [4, 4])
        try await bench.end()
        for server in servers { try await server.stop() }
    }

    @Test func `a lane that is down burns no attempts, is reported, and goes on by itself`() async throws {
        let gone = try await FakeServer()
        let port = gone.port
        try await gone.stop()
        let bench = try DeliveryBench(try .test(exchange: [port]) { $0.downAlert = .milliseconds(30) })
        let id = try await bench.queue(.exchange)
        let words = await bench.alerts.words(of: "lane:exchange:down")
        #expect(words.contains("127.0.0.1:\(port)"))
        await bench.store.settlements.wait(for: 1)
        let waiting = try await bench.recipient(id)
        #expect(waiting.attempts == 0)
        #expect(waiting.lastReply?.contains("127.0.0.1:\(port)") == true)
        let server = try await FakeServer(port: port)
        bench.clock.advance(.seconds(2))
        _ = await bench.alerts.journal.wait { $0.contains(.cleared(key: "lane:exchange:down")) }
        let settled = await bench.store.settlements.wait { $0.contains { $0.results[0].outcome == .delivered } }
        #expect(settled.last?.id == id)
        #expect(server.messages.count == 1)
        try await bench.end()
        try await server.stop()
    }

    @Test func `an outage from before a reload is over with the first delivery, and makes no later one longer`()
        async throws
    {
        let gone = try await FakeServer()
        let port = gone.port
        try await gone.stop()
        let settings = try DeliverySettings.test(exchange: [port]) { $0.downAlert = .seconds(3600) }
        let bench = try DeliveryBench(settings)
        let first = try await bench.queue(.exchange)
        await bench.store.settlements.wait(for: 1)
        let server = try await FakeServer(port: port)
        bench.service.update(settings)
        bench.clock.advance(.seconds(61))
        _ = await bench.store.settlements.wait { $0.contains { $0.id == first && $0.results[0].outcome == .delivered } }
        try await server.stop()
        bench.clock.advance(.seconds(3 * 86_400))
        let second = try await bench.queue(.exchange)
        _ = await bench.store.settlements.wait { $0.contains { $0.id == second } }
        #expect(try await bench.states(second) == [.waiting])
        #expect(await bench.alerts.journal.all.allSatisfy { $0.raisedKey != "lane:exchange:down" })
        try await bench.end()
    }

    @Test func `without a relay mail for the Internet waits and a person is told`() async throws {
        let server = try await FakeServer()
        let bench = try DeliveryBench(try .test())
        let id = try await bench.queue(.internet)
        #expect(await bench.alerts.words(of: "internet:relay").contains("internet.relay"))
        await bench.store.settlements.wait(for: 1)
        let waiting = try await bench.recipient(id)
        #expect(waiting.state == .waiting && waiting.attempts == 0)
        #expect(waiting.lastReply?.contains("no relay") == true)
        bench.service.update(try .test(relay: server.port))
        bench.clock.advance(.seconds(61))
        let settled = await bench.store.settlements.wait { $0.contains { $0.results[0].outcome == .delivered } }
        #expect(settled.last?.id == id)
        _ = await bench.alerts.journal.wait { $0.contains(.cleared(key: "internet:relay")) }
        try await bench.end()
        try await server.stop()
    }

    @Test func `one recipient's refusal costs no other recipient of retrieved mail its delivery`() async throws {
        let server = try await FakeServer()
        server.follow { $0.command.hasPrefix("RCPT TO:<bad@") ? .reply("550 5.1.1 no such user") : .standard }
        let bench = try DeliveryBench(try .test(exchange: [server.port]))
        let id = try await bench.queue(
            .exchange,
            to: ["a@y.it", "bad@y.it", "c@y.it"],
            origin: .account("pec@x.it")
        )
        await bench.store.settlements.wait(for: 3)
        #expect(try await bench.states(id) == [.delivered, .quarantined, .delivered])
        #expect(server.messages.map(\.recipients) == [["a@y.it"], ["c@y.it"]])
        #expect(server.record.connections == 1)
        #expect(await bench.alerts.words(of: "quarantine:\(id)").contains("550 5.1.1 no such user"))
        try await bench.end()
        try await server.stop()
    }

    @Test func `a content refused for several recipients is offered to each alone`() async throws {
        let server = try await FakeServer()
        server.follow { step in
            guard step.command == "content" else { return .standard }
            return step.recipients > 1 ? .reply("550 5.7.1 one of you does not want this") : .standard
        }
        let bench = try DeliveryBench(try .test(exchange: [server.port]))
        let id = try await bench.queue(.exchange, to: ["a@y.it", "b@y.it", "c@y.it"], origin: .notice)
        await bench.store.settlements.wait(for: 3)
        #expect(try await bench.states(id) == [.delivered, .delivered, .delivered])
        #expect(server.messages.map(\.recipients.count) == [3, 1, 1, 1])
        try await bench.end()
        try await server.stop()
    }

    @Test func `a refused message of Exchange's is reported to its sender through Exchange`() async throws {
        let server = try await FakeServer()
        server.follow { $0.command.hasPrefix("RCPT TO:<gone@") ? .reply("550 5.1.1 casella inesistente") : .standard }
        let bench = try DeliveryBench(try .test(exchange: [server.port], relay: server.port))
        let id = try await bench.queue(.internet, to: ["gone@y.it"])
        await bench.store.settlements.wait(for: 2)
        #expect(try await bench.states(id) == [.failed])
        let report = try #require(server.messages.first)
        #expect(report.reversePath.isEmpty && report.recipients == ["mario@azienda.it"])
        #expect(report.text.contains("550 5.1.1 casella inesistente"))
        try await bench.end()
        try await server.stop()
    }

    @Test func `refused mail from the Internet raises one alert for all of it, at once`() async throws {
        let server = try await FakeServer()
        server.follow { $0.command.hasPrefix("RCPT") ? .reply("550 5.7.1 spam") : .standard }
        let bench = try DeliveryBench(try .test(exchange: [server.port]))
        for _ in 0..<3 { try await bench.queue(.exchange, origin: .internet) }
        #expect(await bench.alerts.words(of: "quarantine:internet").contains("550 5.7.1 spam"))
        await bench.store.settlements.wait(for: 3)
        try await bench.end()
        #expect(await bench.alerts.journal.all.compactMap(\.raisedKey) == ["quarantine:internet"])
        try await server.stop()
    }

    @Test func `NOTIFY=NEVER is honoured`() async throws {
        let server = try await FakeServer()
        server.follow { $0.command.hasPrefix("RCPT TO:<gone@") ? .reply("550 5.1.1 no") : .standard }
        let bench = try DeliveryBench(try .test(exchange: [server.port], relay: server.port))
        let id = try await bench.queue(.internet, to: ["gone@y.it"], notify: .never)
        let settled = await bench.store.settlements.wait(for: 1)
        #expect(try await bench.states(id) == [.failed])
        #expect(settled[0].notices.isEmpty)
        try await bench.end()
        try await server.stop()
    }

    @Test func `a message with bare line ends for a server without CHUNKING fails with 5.6.11`() async throws {
        let server = try await FakeServer(["PIPELINING"])
        let bench = try DeliveryBench(try .test(exchange: [server.port], relay: server.port))
        let id = try await bench.queue(.internet, body: "Subject: x\r\n\r\nbare\nline\r\n", bare: true)
        await bench.store.settlements.wait(for: 2)
        #expect(try await bench.states(id) == [.failed])
        #expect(try await bench.recipient(id).lastReply?.contains("5.6.11") == true)
        #expect(server.messages.map(\.recipients) == [["mario@azienda.it"]])
        try await bench.end()
        try await server.stop()
    }

    @Test func `bare line ends that nobody noticed never leave by DATA`() async throws {
        let server = try await FakeServer(["PIPELINING"])
        let bench = try DeliveryBench(try .test(relay: server.port))
        let id = try await bench.queue(
            .internet,
            origin: .notice,
            body: "Subject: x\r\n\r\na\n.\r\nMAIL FROM:<evil@x>\r\n"
        )
        await bench.store.settlements.wait(for: 1)
        #expect(try await bench.recipient(id).lastReply?.contains("5.6.11") == true)
        #expect(server.messages.isEmpty)
        try await bench.end()
        try await server.stop()
    }

    @Test func `a message too old fails with 4.4.7, and one that waits 4 hours is announced once`() async throws {
        let server = try await FakeServer()
        server.follow { $0.command.hasPrefix("RCPT TO:<slow@") ? .reply("450 4.2.1 later") : .standard }
        let bench = try DeliveryBench(try .test(exchange: [server.port], relay: server.port))
        let old = try await bench.queue(.internet, to: ["slow@y.it"], age: .seconds(5 * 86400))
        await bench.store.settlements.wait(for: 2)
        #expect(try await bench.states(old) == [.failed])
        #expect(server.messages.first?.text.contains("4.4.7") == true)
        let waiting = try await bench.queue(.internet, to: ["slow@y.it"], age: .seconds(4 * 3600))
        await bench.store.settlements.wait(for: 4)
        #expect(try await bench.recipient(waiting).isDelayReported)
        bench.clock.advance(.seconds(61))
        await bench.store.settlements.wait(for: 5)
        #expect(try await bench.recipient(waiting).attempts == 2)
        #expect(server.messages.count == 2)
        try await bench.end()
        try await server.stop()
    }

    @Test func `NOTIFY=SUCCESS is answered as relayed where the next hop offers no DSN`() async throws {
        let server = try await FakeServer(["PIPELINING"])
        let bench = try DeliveryBench(try .test(exchange: [server.port], relay: server.port))
        try await bench.queue(.internet, notify: .success)
        await bench.store.settlements.wait(for: 2)
        #expect(server.messages.count == 2)
        #expect(server.messages.last?.text.contains("relayed") == true)
        try await bench.end()
        try await server.stop()
    }
}
