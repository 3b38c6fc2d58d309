// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import Logging
import MailModel
import MailQueue
import QueueSQLite
import SASLMechanisms
import TestLab
import Testing

@testable import MailRetrieval

/// The loop of an account whose server tells of news.
@Suite struct IMAPIdleTests {
    /// Runs `body` while a service fetches the INBOX of a server, which behaves as `behaviour` says.
    private func running(
        _ pace: IdlePace = IdlePace(renewal: .seconds(3600), answer: .seconds(30), net: .seconds(3600)),
        every: Duration = .seconds(3600),
        as behaviour: PretendIMAPServer.Behaviour = .init(),
        _ body: (PretendIMAPServer, RetrievalBench, RetrievalService) async throws -> Void
    ) async throws {
        let server = try PretendIMAPServer()
        server.change { $0 = behaviour }
        try await server.start()
        var bench = try await RetrievalBench()
        bench.account.endpoint = Endpoint(scheme: .imap, host: "127.0.0.1", port: server.port, tls: .none)
        bench.account.keep = .forever
        bench.account.every = every
        var settings = bench.settings
        settings.idle = pace
        let service = RetrievalService(
            store: bench.queue,
            settings: settings,
            connector: bench.connector,
            alerts: bench.alerts,
            clock: bench.clock,
            wake: { _ in },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let running = Task { try await service.run() }
        try await body(server, bench, service)
        running.cancel()
        _ = await running.result
        try await expect(server) { $0.idling == 0 }
        await bench.finish()
        await server.stop()
    }

    private func octets(_ number: Int) -> [UInt8] { Array("Subject: \(number)\r\n\r\n".utf8) }

    /// Expects that the server comes to be so, within a minute.
    private func expect(
        _ server: PretendIMAPServer,
        _ location: SourceLocation = #_sourceLocation,
        until isTrue: (PretendIMAPServer) -> Bool
    ) async throws {
        let isSo = try await server.wait(until: isTrue)
        #expect(isSo, sourceLocation: location)
    }

    /// Expects so many messages in the queue within a minute.
    private func expectStored(
        _ count: Int,
        _ bench: RetrievalBench,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let end = ContinuousClock.now + .seconds(60)
        var found = 0
        while found != count, .now < end {
            try await Task.sleep(for: .milliseconds(20))
            found = try await bench.queue.list(.all, limit: 100).count
        }
        #expect(found == count, sourceLocation: location)
    }

    @Test(.timeLimit(.minutes(2)))
    func `a message that arrives while the session waits comes at once, in the same session`()
        async throws
    {
        try await running { server, bench, _ in
            try await expect(server) { $0.idling == 1 }
            for number in 1...3 {
                server.deliver(octets(number))
                try await expectStored(number, bench)
                try await expect(server) { $0.idling == 1 }
            }
            #expect(server.sessions == 1)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `IDLE is asked for anew before it is too old, without a fetch between`()
        async throws
    {
        let pace = IdlePace(renewal: .milliseconds(50), answer: .seconds(30), net: .seconds(3600))
        try await running(pace) { server, _, _ in
            try await expect(server) { $0.commands.count { $0 == "DONE" } >= 3 }
            #expect(server.commands.count { $0.hasPrefix("SELECT") } == 1 && server.sessions == 1)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a peer that does not answer the end of a wait is gone, and a new session is made`()
        async throws
    {
        let pace = IdlePace(renewal: .milliseconds(50), answer: .milliseconds(200), net: .seconds(3600))
        var behaviour = PretendIMAPServer.Behaviour()
        behaviour.ignores = ["DONE"]
        try await running(pace, every: .milliseconds(100), as: behaviour) { server, bench, _ in
            try await expect(server) { $0.sessions >= 3 }
            server.change { $0.ignores = [] }
            server.mailbox { $0.add(octets(1)) }
            try await expectStored(1, bench)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a connection lost while it waits is made again, and brings what came meanwhile`()
        async throws
    {
        try await running(every: .milliseconds(100)) { server, bench, _ in
            try await expect(server) { $0.idling == 1 }
            server.mailbox { $0.add(octets(1)) }
            server.cutAll()
            try await expectStored(1, bench)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a server whose news do not come is read all the same, at the pace of the net`()
        async throws
    {
        let pace = IdlePace(renewal: .seconds(3600), answer: .seconds(30), net: .milliseconds(100))
        try await running(pace, every: .milliseconds(50)) { server, bench, _ in
            try await expect(server) { $0.idling == 1 }
            server.mailbox { $0.add(octets(1)) }
            try await expectStored(1, bench)
            #expect(server.sessions == 1)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a request to fetch ends the wait`() async throws {
        try await running { server, bench, service in
            try await expect(server) { $0.idling == 1 }
            server.mailbox { $0.add(octets(1)) }
            service.fetchNow(account: bench.account.key)
            try await expectStored(1, bench)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a server that offers IDLE and refuses it is polled`() async throws {
        var behaviour = PretendIMAPServer.Behaviour()
        behaviour.answers = ["IDLE": "TAG NO not today\r\n"]
        try await running(every: .milliseconds(50), as: behaviour) { server, bench, _ in
            try await expect(server) { $0.commands.count { $0 == "IDLE" } >= 2 }
            server.mailbox { $0.add(octets(1)) }
            try await expectStored(1, bench)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a server that ends each wait at once is polled`() async throws {
        var behaviour = PretendIMAPServer.Behaviour()
        behaviour.answers = ["IDLE": "+ idling\r\nTAG OK done\r\n"]
        try await running(every: .seconds(1), as: behaviour) { server, bench, _ in
            try await expect(server) { $0.commands.count { $0 == "IDLE" } >= 2 }
            server.mailbox { $0.add(octets(1)) }
            try await expectStored(1, bench)
            let commands = server.commands
            #expect(commands.count { $0 == "IDLE" } <= commands.count { $0.hasPrefix("SELECT") })
        }
    }

    @Test(.timeLimit(.minutes(2))) func `changed settings end the session, so that a mended login is tried`()
        async throws
    {
        try await running { server, bench, service in
            try await expect(server) { $0.idling == 1 }
            service.update(bench.settings)
            try await expect(server) { $0.sessions == 2 && $0.idling == 1 }
            #expect(server.commands.contains("LOGOUT"))
        }
    }

    @Test(.timeLimit(.minutes(2))) func `sessions that wait take nobody's turn`() async throws {
        let server = try PretendIMAPServer()
        try await server.start()
        let bench = try await RetrievalBench()
        var settings = bench.settings
        settings.maximumConnections = 2
        settings.accounts = (1...20).map { number in
            var account = RetrievalAccount(
                address: AddrSpec(localPart: "a\(number)", domain: "pec.example.it"),
                endpoint: Endpoint(scheme: .imap, host: "127.0.0.1", port: server.port, tls: .none),
                login: SASLLogin(name: "a\(number)") { Secret("segreto") },
                deliverTo: [AddrSpec(localPart: "protocollo", domain: "azienda.it")]
            )
            account.every = .seconds(3600)
            return account
        }
        let service = RetrievalService(
            store: bench.queue,
            settings: settings,
            connector: bench.connector,
            alerts: bench.alerts,
            clock: bench.clock,
            wake: { _ in },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let running = Task { try await service.run() }
        try await expect(server) { $0.idling == 20 }
        running.cancel()
        _ = await running.result
        await bench.finish()
        await server.stop()
    }
}
