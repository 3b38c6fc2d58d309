// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import Testing

@testable import SMTPDelivery

@Suite(.serialized, .timeLimit(.minutes(5))) struct BackPressureTests {
    @Test(arguments: ["MAIL", "RCPT", "DATA", "cut"])
    func `a provider that leaves each session costs one login a pause, not one a message`(_ place: String) async throws
    {
        let server = try await FakeServer(["PIPELINING", "AUTH CRAM-MD5"]) { step in
            if place == "cut" { return step.command.hasPrefix("MAIL") ? .cut : .standard }
            return step.command.hasPrefix(place) ? .last("421 4.7.0 troppe connessioni") : .standard
        }
        let bench = try DeliveryBench(
            try .test(accounts: [try .test(port: server.port)]) {
                $0.accountPause = .seconds(3600)...(.seconds(14400))
            }
        )
        let route = Route.account("pec@x.it")
        for _ in 0..<40 { try await bench.queue(route, wakes: false) }
        bench.service.wake(route)
        await bench.store.settlements.wait(for: 1)
        bench.clock.advance(.seconds(61))  // the sweep of a closed lane gives back what came after it was closed
        _ = await bench.store.settlements.wait { settlements in Set(settlements.map(\.id)).count == 40 }
        #expect(server.count("AUTH") == 1)
        server.follow { _ in .standard }
        bench.clock.advance(.seconds(3601))
        _ = await bench.store.settlements.wait { $0.contains { $0.results[0].outcome == .delivered } }
        #expect(server.count("AUTH") == 2)
        try await bench.end()
        try await server.stop()
    }

    @Test(arguments: ["452 4.3.1 Insufficient system resources", "421 4.3.2 Service not available"])
    func `a server under back pressure costs no attempt while another one works`(_ words: String) async throws {
        let busy = try await FakeServer { $0.command.hasPrefix("MAIL") ? .last(words) : .standard }
        let good = try await FakeServer()
        let bench = try DeliveryBench(
            try .test(exchange: [busy.port, good.port]) {
                $0.exchangeConnections = 1
                $0.sessionMessages = 1
                $0.serverPause = .seconds(3600)...(.seconds(3600))
            }
        )
        var ids: [QueueID] = []
        for _ in 0..<6 { ids.append(try await bench.queue(.exchange)) }
        await bench.store.settlements.wait(for: 6)
        #expect(good.messages.count == 6)
        #expect(busy.count("MAIL") == 1)
        for id in ids {
            let recipient = try await bench.recipient(id)
            #expect(recipient.state == .delivered && recipient.attempts == 1)
        }
        try await bench.end()
        try await busy.stop()
        try await good.stop()
    }

    @Test func `when every server is under back pressure the message waits with one attempt`() async throws {
        let words = "452 4.3.1 Insufficient system resources"
        let servers = [
            try await FakeServer { $0.command.hasPrefix("MAIL") ? .reply(words) : .standard },
            try await FakeServer { $0.command.hasPrefix("MAIL") ? .reply(words) : .standard },
        ]
        let bench = try DeliveryBench(try .test(exchange: servers.map(\.port)))
        let id = try await bench.queue(.exchange)
        await bench.store.settlements.wait(for: 1)
        let waiting = try await bench.recipient(id)
        #expect(waiting.state == .waiting && waiting.attempts == 1 && waiting.lastReply == words)
        #expect(servers.map { $0.count("MAIL") } == [1, 1])
        try await bench.end()
        for server in servers { try await server.stop() }
    }
}
