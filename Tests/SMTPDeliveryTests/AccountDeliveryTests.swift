// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import SASLMechanisms
import Synchronization
import Testing

@testable import SMTPDelivery

@Suite(.serialized, .timeLimit(.minutes(5))) struct AccountDeliveryTests {
    private let keywords = ["PIPELINING", "AUTH CRAM-MD5"]
    private let route = Route.account("pec@x.it")

    @Test func `a refused login is tried twice, then the account alone waits until the pause is over`() async throws {
        let server = try await FakeServer(keywords)
        let other = try await FakeServer(keywords)
        server.follow { $0.command == "secret" ? .reply("535 5.7.8 credenziali errate") : .standard }
        let settings = try DeliverySettings.test(accounts: [
            try .test(port: server.port), try .test("altra@x.it", port: other.port),
        ])
        let bench = try DeliveryBench(settings)
        var ids: [QueueID] = []
        for _ in 0..<5 { ids.append(try await bench.queue(route)) }
        #expect(await bench.alerts.words(of: "account:pec@x.it:login").contains("535 5.7.8 credenziali errate"))
        #expect(await bench.alerts.words(of: "account:pec@x.it:login").contains("Renew /secrets/pec@x.it."))
        let fine = try await bench.queue(.account("altra@x.it"))
        _ = await bench.store.settlements.wait { $0.contains { $0.id == fine } }
        #expect(try await bench.states(fine) == [.delivered])
        #expect(server.count("AUTH") == 2)
        for id in ids {
            let waiting = try await bench.recipient(id)
            #expect(waiting.state == .waiting && waiting.attempts == 0)
        }
        #expect(try await bench.recipient(ids[0]).lastReply?.contains("credenziali errate") == true)

        bench.clock.advance(.seconds(15 * 60 + 1))
        _ = await bench.alerts.journal.wait { $0.count { $0.raisedKey == "account:pec@x.it:login" } == 2 }
        #expect(server.count("AUTH") == 3)

        server.follow { _ in .standard }
        bench.service.update(settings)
        bench.clock.advance(.seconds(61))
        _ = await bench.store.settlements.wait { $0.count { $0.results[0].outcome == .delivered } == 6 }
        _ = await bench.alerts.journal.wait { $0.contains(.cleared(key: "account:pec@x.it:login")) }
        #expect(server.count("AUTH") == 4)
        #expect(server.messages.count == 5)
        try await bench.end()
        try await server.stop()
        try await other.stop()
    }

    @Test func `a login refused once is not a reason to wait`() async throws {
        let server = try await FakeServer(keywords)
        server.follow { $0.command == "secret" && $0.connection == 1 ? .reply("535 5.7.8 no") : .standard }
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port)]))
        let id = try await bench.queue(route)
        await bench.store.settlements.wait(for: 1)
        #expect(try await bench.states(id) == [.delivered])
        #expect(server.count("AUTH") == 2)
        try await bench.end()
        try await server.stop()
    }

    @Test func `the password is read anew for each login`() async throws {
        let server = try await FakeServer(keywords)
        var account = try AccountTarget.test(port: server.port)
        let counter = ReadCounter()
        account.login.source = PasswordSource { counter.read() }
        let bench = try DeliveryBench(try .test(accounts: [account]) { $0.sessionMessages = 1 })
        for _ in 0..<3 { try await bench.queue(route) }
        await bench.store.settlements.wait(for: 3)
        #expect(counter.count == 3)
        try await bench.end()
        try await server.stop()
    }

    @Test func `a password that cannot be read is reported and no connection is made`() async throws {
        let server = try await FakeServer(keywords)
        var account = try AccountTarget.test(port: server.port)
        account.login.source = PasswordSource { throw QueueError(.inputOutput, "no such file") }
        let bench = try DeliveryBench(try .test(accounts: [account]))
        try await bench.queue(route)
        #expect(await bench.alerts.words(of: "account:pec@x.it:login").contains("no such file"))
        #expect(server.record.connections == 0)
        try await bench.end()
        try await server.stop()
    }

    @Test(arguments: [CredentialError.Code.signInNeeded, .delayed])
    func `without an access token mail waits, no attempt is made, and no alert speaks of a wrong password`(
        _ code: CredentialError.Code
    ) async throws {
        let server = try await FakeServer(keywords)
        let source = ScriptedCredentials([.failure(CredentialError(code, "no token"))])
        var account = try AccountTarget.test(port: server.port)
        account.login.source = source
        let settings = try DeliverySettings.test(accounts: [account])
        let bench = try DeliveryBench(settings)
        let id = try await bench.queue(route)
        await source.asked.wait(for: 1)
        source.change(.success(.password(Secret("segreto"))))
        bench.service.update(settings)
        bench.clock.advance(.seconds(61))
        _ = await bench.store.settlements.wait { $0.contains { $0.results[0].outcome == .delivered } }
        #expect(try await bench.recipient(id).attempts <= 1)
        #expect(server.count("AUTH") == 1)
        let events = await bench.alerts.journal.all
        #expect(!events.contains { $0.raisedKey == "account:pec@x.it:login" })
        try await bench.end()
        try await server.stop()
    }

    @Test func `a certified message whose final reply is lost is uncertain and is never sent again`() async throws {
        let server = try await FakeServer(keywords)
        server.follow { $0.command == "content" ? .cut : .standard }
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port)]))
        let id = try await bench.queue(route, to: ["a@y.it", "b@y.it"])
        await bench.store.settlements.wait(for: 1)
        #expect(try await bench.states(id) == [.uncertain, .uncertain])
        let words = await bench.alerts.words(of: "uncertain:\(id)")
        for part in ["pec show \(id)", "pec resend \(id)", "pec settle \(id)"] { #expect(words.contains(part)) }
        server.follow { _ in .standard }
        bench.clock.advance(.seconds(86400))
        let after = try await bench.queue(route)
        _ = await bench.store.settlements.wait { $0.contains { $0.id == after } }
        #expect(server.messages.count == 2)
        #expect(try await bench.states(id) == [.uncertain, .uncertain])
        #expect(try await bench.store.apply(.resend, to: id, now: bench.clock.now(), by: "test") == 2)
        bench.service.wake(route)
        _ = await bench.store.settlements.wait { $0.count { $0.id == id } == 2 }
        #expect(try await bench.states(id) == [.delivered, .delivered])
        try await bench.end()
        try await server.stop()
    }

    @Test(arguments: ["MAIL", "RCPT", "DATA"])
    func `a connection lost before the end of data leaves a certified message waiting`(_ command: String) async throws {
        let server = try await FakeServer(keywords)
        server.follow { $0.command.hasPrefix(command) ? .cut : .standard }
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port)]))
        let id = try await bench.queue(route)
        await bench.store.settlements.wait(for: 1)
        let waiting = try await bench.recipient(id)
        #expect(waiting.state == .waiting && waiting.attempts == 1)
        #expect(server.messages.isEmpty)
        try await bench.end()
        try await server.stop()
    }

    @Test(arguments: [["PIPELINING", "AUTH CRAM-MD5"], ["PIPELINING", "CHUNKING", "AUTH CRAM-MD5"]])
    func `the end of certified data is recorded before it is sent`(_ keywords: [String]) async throws {
        let server = try await FakeServer(keywords)
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port)]))
        let box = Box(seen: [])
        server.follow { [store = bench.store] step in
            if step.command == "content" { box.append(store.submissions.withLock { $0 }) }
            return .standard
        }
        for _ in 0..<3 { try await bench.queue(route) }
        await bench.store.settlements.wait(for: 3)
        #expect(box.seen == [1, 2, 3])
        try await bench.end()
        try await server.stop()
    }

    @Test func `a transient refusal of one recipient holds the whole certified message for an hour`() async throws {
        let server = try await FakeServer(keywords)
        server.follow { $0.command.hasPrefix("RCPT TO:<slow@") ? .reply("450 4.2.0 later") : .standard }
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port)]))
        let id = try await bench.queue(route, to: ["a@y.it", "slow@y.it"])
        await bench.store.settlements.wait(for: 1)
        #expect(try await bench.states(id) == [.waiting, .waiting])
        #expect(server.messages.isEmpty && server.count("RSET") == 1)
        bench.clock.advance(.seconds(3601))
        await bench.store.settlements.wait(for: 2)
        #expect(try await bench.states(id) == [.delivered, .waiting])
        #expect(server.messages.map(\.recipients) == [["a@y.it"]])
        try await bench.end()
        try await server.stop()
    }

    @Test func `a certified message goes to all its recipients in one transaction, and a refused one fails alone`()
        async throws
    {
        let server = try await FakeServer(keywords)
        server.follow { $0.command.hasPrefix("RCPT TO:<bad@") ? .reply("550 5.1.1 no") : .standard }
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port)]))
        let names = (0..<120).map { "r\($0)@y.it" }
        let id = try await bench.queue(route, to: names + ["bad@y.it"], origin: .notice)
        await bench.store.settlements.wait(for: 1)
        #expect(server.messages.map(\.recipients) == [names])
        #expect(try await bench.states(id).count { $0 == .delivered } == 120)
        #expect(try await bench.recipient(id, 120).state == .failed)
        try await bench.end()
        try await server.stop()
    }

    @Test(arguments: [
        #"550 MAIL from: "pec@x.it" blocked "Class Of Service" - Too much traffic from this sender"#,
        "554 5.7.1 IP bloccato temporaneamente per sospetto abuso", "550 5.4.5 Too many messages today",
    ])
    func `throttling that looks permanent only delays`(_ text: String) async throws {
        let server = try await FakeServer(keywords)
        server.follow { $0.command.hasPrefix("MAIL") ? .reply(text) : .standard }
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port)]))
        let id = try await bench.queue(route)
        await bench.store.settlements.wait(for: 1)
        #expect(try await bench.states(id) == [.waiting])
        try await bench.end()
        try await server.stop()
    }

    @Test func `no minute sees more messages than the provider allows`() async throws {
        let server = try await FakeServer(keywords)
        let limits = AccountLimits(messagesPerMinute: 2)
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port, limits: limits)]))
        for _ in 0..<5 { try await bench.queue(route) }
        await bench.store.settlements.wait(for: 2)
        bench.clock.advance(.seconds(55))
        let probe = Journal<Bool>()
        Task { await probe.append(true) }
        await probe.wait(for: 1)
        #expect(server.messages.count == 2)
        bench.clock.advance(.seconds(6))
        await bench.store.settlements.wait(for: 4)
        #expect(server.messages.count == 4)
        bench.clock.advance(.seconds(61))
        await bench.store.settlements.wait(for: 5)
        #expect(server.messages.count == 5)
        try await bench.end()
        try await server.stop()
    }

    @Test func `a message that is divided counts once for each transaction`() async throws {
        let server = try await FakeServer(keywords)
        let limits = AccountLimits(messagesPerMinute: 2, recipients: 1)
        let target = try AccountTarget.test(port: server.port, isCertified: false, limits: limits)
        let bench = try DeliveryBench(try .test(accounts: [target]))
        let id = try await bench.queue(route, to: ["a@y.it", "b@y.it", "c@y.it"])
        // Two transactions, and the third recipient given back without an attempt.
        await bench.store.settlements.wait(for: 3)
        #expect(server.messages.count == 2)
        #expect(try await bench.states(id) == [.delivered, .delivered, .waiting])
        #expect(try await bench.recipient(id, 2).attempts == 0)
        try await bench.queue(route, to: ["d@y.it"])
        bench.clock.advance(.seconds(55))
        let probe = Journal<Bool>()
        Task { await probe.append(true) }
        await probe.wait(for: 1)
        #expect(server.messages.count == 2)
        bench.clock.advance(.seconds(6))
        await bench.store.settlements.wait(for: 5)
        #expect(Set(server.messages.map(\.recipients)) == [["a@y.it"], ["b@y.it"], ["c@y.it"], ["d@y.it"]])
        try await bench.end()
        try await server.stop()
    }

    @Test func `settings that come while a session is opened bring no new login to an old server`() async throws {
        let box = Mutex<DeliveryBench?>(nil)
        let current = try await FakeServer(keywords)
        func settings(_ ports: [Int], _ login: String) throws -> DeliverySettings {
            var settings = try DeliverySettings.test(exchange: ports)
            settings.exchangeLogin = SASLLogin(name: login) { Secret("segreto") }
            return settings
        }
        let changed = try settings([current.port], "new")
        let script: FakeServer.Script = { step in
            guard step.command == "greeting" else { return .standard }
            box.withLock { $0 }?.service.update(changed)
            return .cut
        }
        let old = [try await FakeServer(keywords, script: script), try await FakeServer(keywords, script: script)]
        let bench = try DeliveryBench(try settings(old.map(\.port), "old"))
        box.withLock { $0 = bench }
        let id = try await bench.queue(.exchange)
        await bench.store.settlements.wait(for: 1)
        #expect(try await bench.states(id) == [.delivered])
        #expect(old.map(\.record.connections).reduce(0, +) == 1)
        #expect(old.map { $0.count("AUTH") } == [0, 0] && current.count("AUTH") == 1)
        box.withLock { $0 = nil }
        try await bench.end()
        for server in old + [current] { try await server.stop() }
    }

    @Test func `a session that was opened under old settings carries nothing`() async throws {
        let box = Mutex<DeliveryBench?>(nil)
        let current = try await FakeServer(keywords)
        let changed = try DeliverySettings.test(accounts: [try .test(port: current.port)])
        let old = try await FakeServer(keywords) { step in
            if step.command.hasPrefix("EHLO") { box.withLock { $0 }?.service.update(changed) }
            return .standard
        }
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: old.port)]))
        box.withLock { $0 = bench }
        let id = try await bench.queue(route)
        await bench.store.settlements.wait(for: 1)
        #expect(try await bench.states(id) == [.delivered])
        #expect(old.messages.isEmpty && old.count("MAIL") == 0 && current.messages.count == 1)
        box.withLock { $0 = nil }
        try await bench.end()
        try await old.stop()
        try await current.stop()
    }

    @Test func `a message beyond the provider's limits fails with the figures`() async throws {
        let server = try await FakeServer(keywords)
        let limits = AccountLimits(recipients: 2, totalOctets: 100)
        let bench = try DeliveryBench(try .test(accounts: [try .test(port: server.port, limits: limits)]))
        let many = try await bench.queue(route, to: ["a@y.it", "b@y.it", "c@y.it"], origin: .notice, body: "x")
        let large = try await bench.queue(
            route,
            to: ["a@y.it", "b@y.it"],
            origin: .notice,
            body: String(repeating: "x", count: 51)
        )
        let fits = try await bench.queue(
            route,
            to: ["a@y.it", "b@y.it"],
            origin: .notice,
            body: String(repeating: "x", count: 48) + "\r\n"
        )
        await bench.store.settlements.wait(for: 3)
        #expect(
            try await bench.recipient(many).lastReply?.contains("3 recipients, and the provider takes at most 2")
                == true
        )
        #expect(try await bench.recipient(large).lastReply?.contains("102 B") == true)
        #expect(try await bench.states(fits) == [.delivered, .delivered])
        #expect(server.messages.count == 1)
        try await bench.end()
        try await server.stop()
    }
}

/// Counts how often a password is read.
private final class ReadCounter: Sendable {
    private let reads = Atomic<Int>(0)

    var count: Int { reads.load(ordering: .relaxed) }

    func read() -> Secret {
        reads.add(1, ordering: .relaxed)
        return Secret("segreto")
    }
}

/// Numbers that a script notes.
private final class Box: Sendable {
    private let numbers: Mutex<[Int]>

    init(seen: [Int]) { numbers = Mutex(seen) }

    var seen: [Int] { numbers.withLock { $0 } }

    func append(_ number: Int) { numbers.withLock { $0.append(number) } }
}
