// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import MailTransport
import NIOPosix
import SASLMechanisms
import Synchronization
import TestLab
import Testing

@testable import SMTPDelivery

@Suite(.timeLimit(.minutes(5)))
struct RecipientDirectoryTests {
    private final class Clock: WallClock {
        private let moment = Mutex(Timestamp(milliseconds: 1_795_000_000_000))
        func now() -> Timestamp { moment.withLock { $0 } }
        func advance(by time: Duration) { moment.withLock { $0 = $0 + time } }
    }

    private let clock = Clock()

    private let alerts = RecordedAlerts()

    private func settings(
        _ ports: [Int],
        source: RecipientDirectory.Source = .exchange,
        login: SASLLogin? = nil
    ) -> RecipientDirectory.Settings {
        .init(
            source: source,
            servers: ports.map { Endpoint(scheme: .smtp, host: "127.0.0.1", port: $0, tls: .none) },
            hostname: "relay.azienda.it",
            login: login
        )
    }

    private func directory(
        _ ports: [Int],
        source: RecipientDirectory.Source = .exchange,
        login: SASLLogin? = nil,
        patience: Duration = .seconds(20)
    ) -> RecipientDirectory {
        RecipientDirectory(
            settings(ports, source: source, login: login),
            connector: MailConnector(group: MultiThreadedEventLoopGroup.singleton),
            alerts: alerts,
            clock: clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            patience: patience
        )
    }

    private func address(_ name: String) -> AddrSpec { AddrSpec(localPart: name, domain: "azienda.it") }

    @Test func `only refusals that name the recipient make him unknown`() {
        let said: [(SMTPReply, RecipientAnswer)] = [
            (SMTPReply(250, nil, "ok"), .known),
            (SMTPReply(550, EnhancedStatus(5, 1, 1), "no such user"), .unknown),
            (SMTPReply(550, EnhancedStatus(5, 1, 10), "RESOLVER.ADR.RecipientNotFound"), .unknown),
            (
                SMTPReply(550, EnhancedStatus(5, 4, 1), "Recipient address rejected: Access denied. AS(201806281)"),
                .unknown
            ),
            (SMTPReply(550, EnhancedStatus(5, 4, 1), "no answer from host"), .unclear),
            (SMTPReply(450, EnhancedStatus(4, 4, 1), "Recipient address rejected"), .unclear),
            (SMTPReply(550, EnhancedStatus(5, 7, 1), "Access denied"), .unclear),
            (SMTPReply(550, nil, "no such user"), .unknown), (SMTPReply(554, nil, "no"), .unclear),
        ]
        for (reply, answer) in said { #expect(RecipientProbe.standing(reply) == answer, "\(reply)") }
    }

    /// Exchange, which knows ugo and ada.
    private static let exchange: FakeServer.Script = { step in
        guard step.command.hasPrefix("RCPT") else { return .standard }
        let isKnown = step.command.contains("<ugo@") || step.command.contains("<ada@")
        return isKnown ? .standard : .reply("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found")
    }

    @Test func `Exchange is asked once, with no verb but MAIL, RCPT and RSET, and over one session`() async throws {
        let server = try await FakeServer(script: Self.exchange)
        let directory = directory([server.port])
        for _ in 0..<3 {
            #expect(await directory.verify(address("ugo"), for: nil) == .known)
            #expect(await directory.verify(address("UGO"), for: nil) == .known)
            #expect(await directory.verify(address("niente"), for: nil) == .unknown)
        }
        #expect(directory.remembered(address("ugo")) == .known && directory.remembered(address("niente")) == .unknown)
        #expect(server.record.connections == 1)
        let verbs = Set(server.record.commands.compactMap { $0.split(separator: " ").first.map(String.init) })
        #expect(verbs == ["EHLO", "MAIL", "RCPT", "RSET"])
        #expect(server.count("MAIL FROM:<>") == 2 && server.count("RCPT") == 2 && server.messages.isEmpty)
        await directory.close()
        try await server.stop()
    }

    @Test func `what it says counts for its time, what is known to exist goes on while it is down`() async throws {
        let server = try await FakeServer(script: Self.exchange)
        let directory = directory([server.port], patience: .seconds(2))
        _ = await directory.verify(address("ugo"), for: nil)
        _ = await directory.verify(address("niente"), for: nil)
        clock.advance(by: .seconds(1801))
        #expect(directory.remembered(address("niente")) == nil && directory.remembered(address("ugo")) == .known)
        clock.advance(by: .seconds(86_400))
        #expect(directory.remembered(address("ugo")) == nil)
        await directory.close()
        try await server.stop()
        #expect(await directory.verify(address("ugo"), for: nil) == .known)
        guard case .unclear = await directory.verify(address("niente"), for: nil) else {
            _ = Issue.record("it is clear")
            return
        }
        clock.advance(by: .seconds(31 * 86_400))
        guard case .unclear = await directory.verify(address("ugo"), for: nil) else {
            _ = Issue.record("it is clear")
            return
        }
    }

    @Test(arguments: [
        "450 4.2.1 greylisted", "451 4.7.0 tarpit", "550 5.7.1 relaying denied", "554 5.7.0 policy",
        "421 4.3.2 closing",
        "552 5.2.2 mailbox full", "250-",
    ])
    func `no other reply makes a recipient unknown, or is remembered`(_ reply: String) async throws {
        let server = try await FakeServer { step in
            step.command.hasPrefix("RCPT")
                ? (reply.hasPrefix("421") || reply == "250-" ? .last(reply) : .reply(reply)) : .standard
        }
        let directory = directory([server.port], patience: .seconds(2))
        for _ in 0..<2 {
            guard case .unclear = await directory.verify(address("ugo"), for: nil) else {
                _ = Issue.record("it is clear")
                return
            }
            #expect(directory.remembered(address("ugo")) == nil)
        }
        clock.advance(by: .seconds(16))
        server.follow(Self.exchange)
        #expect(await directory.verify(address("ugo"), for: nil) == .known)
        await directory.close()
        try await server.stop()
    }

    @Test func `many who ask for one address make one question, and a tarpit holds up one session alone`() async throws
    {
        let (asked, question) = AsyncStream.makeStream(of: Void.self)
        let server = try await FakeServer { step in
            guard step.command.contains("<lento@") else { return Self.exchange(step) }
            question.finish()
            return .silence
        }
        let directory = directory([server.port], patience: .seconds(3))
        let slow = Task { await directory.verify(address("lento"), for: nil) }
        for await _ in asked {}
        await withTaskGroup(of: RecipientStanding.self) { tasks in
            for _ in 0..<200 { tasks.addTask { await directory.verify(address("ada"), for: nil) } }
            for await standing in tasks { #expect(standing == .known) }
        }
        #expect(server.count("RCPT TO:<ada@") == 1)
        #expect(server.record.mostOpen <= 2)
        guard case .unclear = await slow.value else {
            _ = Issue.record("it is clear")
            return
        }
        await directory.close()
        try await server.stop()
    }

    @Test func `whoever tries out hundreds of names waits for himself, and another network is answered next`()
        async throws
    {
        let flood = try #require(Network("198.51.100.0/24"))
        let other = try #require(Network("203.0.113.0/24"))
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let questions = Mutex(0)
        let server = try await FakeServer { step in
            guard step.command.hasPrefix("RCPT") else { return .standard }
            if questions.withLock({
                $0 += 1
                return $0
            }) == 5 {
                beginning.finish()
            }
            return Self.exchange(step)
        }
        let directory = directory([server.port])
        let tries = Task {
            await withTaskGroup(of: RecipientStanding.self) { tasks in
                for number in 0..<200 {
                    tasks.addTask { await directory.verify(address("niente\(number)"), for: flood) }
                }
                // Of the last of them a busy machine may not have asked within the time that each waits.
                for await standing in tasks { #expect(standing != .known) }
            }
        }
        for await _ in begun {}
        let before = server.count("RCPT")
        // One of them is a name that waits in the other line already.
        for name in ["ugo", "niente199"] { _ = await directory.verify(address(name), for: other) }
        #expect(server.count("RCPT") - before < 100, "\(server.count("RCPT") - before) were asked first")
        await tries.value
        #expect(server.count("RCPT") <= 201, "each name is asked once")
        await directory.close()
        try await server.stop()
    }

    @Test func `when too many questions wait, those of the network that has most are unclear`() async throws {
        let flood = try #require(Network("198.51.100.0/24"))
        let other = try #require(Network("203.0.113.0/24"))
        let (begun, beginning) = AsyncStream.makeStream(of: Void.self)
        let server = try await FakeServer { step in
            if step.connection == 2 { beginning.finish() }
            return step.command == "greeting" ? .silence : Self.exchange(step)
        }
        let directory = directory([server.port], patience: .seconds(5))
        let tries = Task {
            await withTaskGroup(of: String.self) { tasks in
                for number in 0..<1500 {
                    tasks.addTask {
                        guard case .unclear(let words) = await directory.verify(address("n\(number)"), for: flood)
                        else {
                            return "clear"
                        }
                        return words
                    }
                }
                return await tasks.reduce(into: []) { $0.append($1) }
            }
        }
        for await _ in begun {}
        guard case .unclear(let words) = await directory.verify(address("ugo"), for: other) else {
            _ = Issue.record("it is clear")
            return
        }
        #expect(!words.contains("too many questions"), "\(words)")
        #expect(await tries.value.filter { $0.contains("too many questions") }.count >= 400)
        await directory.close()
        try await server.stop()
    }

    @Test func `a session that Exchange ended meanwhile costs nothing, and another server stands in`() async throws {
        let server = try await FakeServer(script: Self.exchange)
        let directory = directory([Ports.take(), server.port])
        #expect(await directory.verify(address("ugo"), for: nil) == .known)
        server.follow { step in step.connection == 1 ? .cut : Self.exchange(step) }
        #expect(await directory.verify(address("ada"), for: nil) == .known)
        #expect(server.record.connections == 2)
        await directory.close()
        try await server.stop()
    }

    @Test func `a refusal of MAIL says nothing of a recipient, and nobody asks for a while`() async throws {
        let server = try await FakeServer { step in
            step.command.hasPrefix("MAIL") ? .reply("550 5.7.1 your address is blocked") : .standard
        }
        let directory = directory([server.port])
        for name in ["ugo", "ada", "lia"] {
            guard case .unclear(let words) = await directory.verify(address(name), for: nil) else {
                _ = Issue.record("it is clear")
                return
            }
            #expect(words.contains("your address is blocked"))
        }
        #expect(server.count("MAIL") == 1)
        clock.advance(by: .seconds(16))
        server.follow(Self.exchange)
        #expect(await directory.verify(address("ugo"), for: nil) == .known)
        await directory.close()
        try await server.stop()
    }

    @Test func `an address beyond ASCII is unknown to a server without SMTPUTF8, which is not asked`() async throws {
        let server = try await FakeServer(script: Self.exchange)
        let directory = directory([server.port])
        #expect(await directory.verify(address("perché"), for: nil) == .unknown)
        #expect(server.count("MAIL") == 0)
        #expect(await directory.verify(address("ugo"), for: nil) == .known)
        await directory.close()
        try await server.stop()
    }

    @Test func `an Exchange that is silent answers nobody late, and a person is told after five minutes`() async throws
    {
        let server = try await FakeServer { $0.command == "greeting" ? .silence : Self.exchange($0) }
        // One after the other, over two sessions, they would wait for 500 seconds.
        let directory = directory([server.port], patience: .seconds(5))
        let begun = ContinuousClock.now
        await withTaskGroup(of: RecipientStanding.self) { tasks in
            for number in 0..<200 { tasks.addTask { await directory.verify(address("ugo\(number)"), for: nil) } }
            for await standing in tasks {
                guard case .unclear = standing else {
                    _ = Issue.record("it is clear")
                    continue
                }
            }
        }
        #expect(ContinuousClock.now - begun < .seconds(120))
        #expect(await alerts.journal.all.isEmpty)
        clock.advance(by: .seconds(301))
        _ = await directory.verify(address("ugo"), for: nil)
        #expect(await alerts.journal.all.map(\.raisedKey) == [RecipientDirectory.alertKey])
        try await server.stop()
        let working = try await FakeServer(script: Self.exchange)
        await directory.update(settings([working.port]))
        #expect(await directory.verify(address("ugo"), for: nil) == .known)
        #expect(await alerts.journal.all.last == .cleared(key: RecipientDirectory.alertKey))
        await directory.close()
        try await working.stop()
    }

    @Test func `five minutes without an answer go on over a reload`() async throws {
        let gone = try await FakeServer()
        try await gone.stop()
        let directory = directory([gone.port])
        _ = await directory.verify(address("ugo"), for: nil)
        clock.advance(by: .seconds(200))
        await directory.update(settings([gone.port]))
        clock.advance(by: .seconds(101))
        _ = await directory.verify(address("ugo"), for: nil)
        #expect(await alerts.journal.all.map(\.raisedKey) == [RecipientDirectory.alertKey])
        await directory.update(settings([gone.port], source: .none))
        await directory.update(settings([gone.port]))
        await directory.close()
    }

    @Test func `who was known goes on at once while Exchange is asked anew`() async throws {
        let server = try await FakeServer(script: Self.exchange)
        let directory = directory([server.port], patience: .seconds(2))
        #expect(await directory.verify(address("ugo"), for: nil) == .known)
        clock.advance(by: .seconds(86_401))
        server.follow { step in
            step.command.hasPrefix("RCPT") ? .reply("550 5.1.10 RESOLVER.ADR.RecipientNotFound") : .standard
        }
        #expect(await directory.verify(address("ugo"), for: nil) == .known)
        while directory.remembered(address("ugo")) == nil { await Task.yield() }
        #expect(directory.remembered(address("ugo")) == .unknown)
        await directory.close()
        try await server.stop()
    }

    @Test func `it logs in where Exchange asks for it`() async throws {
        let server = try await FakeServer(["PIPELINING", "AUTH CRAM-MD5"]) { step in
            step.command.hasPrefix("AUTH") ? .reply("535 5.7.8 no") : Self.exchange(step)
        }
        let directory = directory([server.port], login: SASLLogin(name: "relay") { Secret("segreto") })
        guard case .unclear = await directory.verify(address("ugo"), for: nil) else {
            _ = Issue.record("it is clear")
            return
        }
        #expect(server.count("AUTH CRAM-MD5") == 1 && server.count("MAIL") == 0)
        await directory.close()
        try await server.stop()
    }

    @Test func `a list knows its addresses and domains, and nobody else is asked`() async {
        let directory = directory([], source: .list(["ugo@azienda.it", "@filiale.it"]))
        #expect(directory.remembered(address("Ugo")) == .known)
        #expect(directory.remembered(address("ada")) == .unknown)
        #expect(directory.remembered(AddrSpec(localPart: "chiunque", domain: "Filiale.it")) == .known)
        await directory.update(settings([], source: .none))
        #expect(directory.remembered(address("ada")) == .known)
    }

    @Test func `whoever tries out names crowds out none that exists`() {
        var cache = RecipientCache(times: RecipientTimes(), limit: 100)
        for number in 0..<50 { cache.note("ugo\(number)", isKnown: true, now: clock.now()) }
        clock.advance(by: .seconds(1))
        for number in 0..<1000 { cache.note("niente\(number)", isKnown: false, now: clock.now()) }
        #expect((0..<50).allSatisfy { cache.standing(of: "ugo\($0)", now: clock.now()) == .known })
        #expect(cache.count <= 100)
    }

    @Test func `the cache is bounded, and the oldest answers give way`() {
        var cache = RecipientCache(times: RecipientTimes(), limit: 100)
        for number in 0..<1000 {
            cache.note("\(number)", isKnown: true, now: clock.now())
            clock.advance(by: .seconds(1))
            #expect(cache.count <= 100)
        }
        #expect(cache.standing(of: "999", now: clock.now()) == .known)
        #expect(cache.standing(of: "0", now: clock.now()) == nil)
    }
}
