// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import MailTransport
import QueueSQLite
import SASLMechanisms
import Testing

@testable import MailRetrieval

@Suite struct RetrievalServiceTests {
    private func service(_ bench: RetrievalBench, _ settings: RetrievalSettings? = nil) -> RetrievalService {
        RetrievalService(
            store: bench.queue,
            settings: settings ?? bench.settings,
            connector: bench.connector,
            alerts: bench.alerts,
            clock: bench.clock,
            wake: { _ in },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    /// Runs `body` while the service runs.
    private func running(_ service: RetrievalService, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            try await body()
            group.cancelAll()
        }
    }

    /// Asks until it is so, a minute at most.
    private func eventually(_ isSo: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<6000 {
            if try await isSo() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    private func account(_ name: String, _ server: PretendPOP3Server, password: String = "segreto") -> RetrievalAccount
    {
        RetrievalAccount(
            address: AddrSpec(localPart: name, domain: "pec.example.it"),
            endpoint: Endpoint(scheme: .pop3, host: "127.0.0.1", port: server.port, tls: .none),
            login: SASLLogin(name: name) { Secret(password) },
            deliverTo: [AddrSpec(localPart: "x", domain: "azienda.it")],
            every: .seconds(3600)
        )
    }

    @Test func `an account in trouble delays no other, and a request of account fetch is served`() async throws {
        var bench = try await RetrievalBench([("u1", MaildropFetchTests.message("uno"))])
        bench.account.every = .seconds(3600)
        let silent = try await PretendPOP3Server.start([("s1", "x\r\n")])
        silent.change { $0.silentAt = 1 }
        var settings = bench.settings
        settings.accounts = [account("muto", silent), bench.account]
        try await running(service(bench, settings)) { () async throws in
            #expect(
                try await eventually { try await bench.queue.standings()[RetrievalBench.key]?.fetchedMessages == 1 }
            )
            bench.server.change { $0.messages.append(("u2", Array("due\r\n".utf8))) }
            try await bench.queue.requestFetch(account: RetrievalBench.key, now: bench.clock.now())
            #expect(
                try await eventually { try await bench.queue.standings()[RetrievalBench.key]?.fetchedMessages == 2 }
            )
            #expect(silent.sessions == 1)
        }
        await silent.stop()
        await bench.finish()
    }

    @Test func `delivered messages leave the provider without waiting for the interval`() async throws {
        var bench = try await RetrievalBench([("u1", MaildropFetchTests.message("uno"))])
        bench.account.every = .seconds(3600)
        try await running(service(bench)) { () async throws in
            #expect(
                try await eventually { try await bench.queue.standings()[RetrievalBench.key]?.fetchedMessages == 1 }
            )
            try await bench.deliverAll()
            #expect(try await eventually { bench.remaining.isEmpty })
        }
        await bench.finish()
    }

    @Test func `a refused login is retried once, raises its alert, and a mended password ends it`() async throws {
        let bench = try await RetrievalBench([("u1", MaildropFetchTests.message("uno"))])
        bench.server.change { $0.password = "altro" }
        let service = service(bench)
        try await running(service) { () async throws in
            let key = "account:\(RetrievalBench.key):login-pop3"
            #expect(try await eventually { bench.server.logins == 1 })
            service.fetchNow(account: RetrievalBench.key)  // the retry, without its ten seconds
            #expect(try await eventually { await bench.alerts.open[key] != nil })
            #expect(await bench.alerts.open[key]?.contains("wrong password") == true)
            #expect(await bench.alerts.open[key]?.contains("segreto") == false)
            #expect(await bench.alerts.remedies[key] == "Renew /secrets/azienda.")
            #expect(bench.server.logins == 2)
            bench.server.change { $0.password = "segreto" }
            service.update(bench.settings)
            #expect(try await eventually { await bench.alerts.open[key] == nil })
            #expect(try await eventually { try await bench.stored().count == 1 })
            #expect(try await bench.queue.standings()[RetrievalBench.key]?.fetchError == nil)
        }
        await bench.finish()
    }

    @Test func `accounts come and go with the settings`() async throws {
        let bench = try await RetrievalBench()
        let other = try await PretendPOP3Server.start()
        let service = service(bench)
        try await running(service) { () async throws in
            #expect(try await eventually { bench.server.sessions == 1 })
            var settings = bench.settings
            settings.accounts = [account("nuovo", other)]
            service.update(settings)
            #expect(try await eventually { other.sessions == 1 })
            service.fetchNow(account: "nuovo@pec.example.it")
            service.fetchNow(account: RetrievalBench.key)
            #expect(try await eventually { other.sessions == 2 })
            #expect(bench.server.sessions == 1)
            service.update(bench.settings)
            #expect(try await eventually { bench.server.sessions == 2 })
        }
        await other.stop()
        await bench.finish()
    }

    @Test func `no more sessions are open than allowed`() async throws {
        let bench = try await RetrievalBench()
        let slots = SessionSlots(limit: 2)
        #expect(await slots.take(for: "a"))
        #expect(await slots.take(for: "b"))
        let third = Task { await slots.take(for: "c") }
        let fourth = Task { await slots.take(for: "d") }
        fourth.cancel()
        #expect(await fourth.value == false)
        await slots.giveBack(of: "a")
        #expect(await third.value)
        await slots.setLimit(3)
        #expect(await slots.take(for: "d"))
        await bench.finish()
    }

    @Test(.timeLimit(.minutes(5))) func `one provider never holds more than half of the sessions`() async throws {
        let slots = SessionSlots(limit: 4)
        #expect(await slots.take(for: "slow.example.it"))
        #expect(await slots.take(for: "SLOW.example.it"))
        let third = Task { await slots.take(for: "slow.example.it") }
        // Would wait for ever behind it, or for lack of a slot, if the third had one.
        #expect(await slots.take(for: "other.example.it"))
        #expect(await slots.take(for: "another.example.it"))
        await slots.giveBack(of: "slow.example.it")
        #expect(await third.value)
    }

    @Test func `after a restart a message under the identifier of a deleted one is retrieved`() async throws {
        var bench = try await RetrievalBench([("1", MaildropFetchTests.message("uno"))])
        bench.account.every = .seconds(3600)
        try await running(service(bench)) { () async throws in
            #expect(try await eventually { try await bench.stored().count == 1 })
            try await bench.deliverAll()
            #expect(try await eventually { bench.remaining.isEmpty })
        }
        bench.server.change { $0.messages.append(("1", Array(MaildropFetchTests.message("due").utf8))) }
        try await running(service(bench)) { () async throws in
            #expect(
                try await eventually { try await bench.queue.standings()[RetrievalBench.key]?.fetchedMessages == 2 }
            )
            #expect(bench.remaining == ["1"])
            try await bench.deliverAll()
            #expect(try await eventually { bench.remaining.isEmpty })
        }
        #expect(try await bench.queue.list(.all, limit: 10).count == 2)
        await bench.finish()
    }

    @Test func `a signal is kept for the next wait and a cancelled wait ends`() async throws {
        let wakeup = Wakeup()
        wakeup.signal()
        await wakeup.wait(upTo: .seconds(3600))
        let waiting = Task { _ = await wakeup.wait(upTo: .seconds(3600)) }
        waiting.cancel()
        await waiting.value
        await wakeup.wait(upTo: .milliseconds(1))
    }
}
