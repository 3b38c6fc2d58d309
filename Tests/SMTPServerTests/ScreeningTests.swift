// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SenderScreening
import Synchronization
import Testing

@testable import SMTPServer

/// Clients that are screened, on loopback.
@Suite(.timeLimit(.minutes(5)))
struct ScreeningTests {
    private let unknown = SMTPReply(550, EnhancedStatus(5, 1, 1), "there is no such mailbox here")

    private func greeting(_ port: Int) async throws -> String {
        try await TestClient.run(port: port) { client in
            let greeting = try await client.reply() ?? "(closed)"
            if greeting.hasPrefix("220") { _ = try await client.say("QUIT") }
            return greeting
        }
    }

    @Test
    func `who speaks before the greeting is refused, and blocked when it does so again and again`() async throws {
        let clock = HandClock()
        let screen = makeScreen(clock: clock) {
            $0.greetingPause = .seconds(3600)
            $0.limits[.earlyTalk] = RateLimit(2, per: .seconds(600))
        }
        try await withListener {
            $0.screen = screen
        } _: { port, listener in
            for _ in 0..<3 {
                try await TestClient.run(port: port) { client in
                    try await client.send("EHLO bot\r\nMAIL FROM:<>\r\n")
                    #expect(try await client.reply()?.hasPrefix("554 5.5.1 ") == true)
                    #expect(try await client.reply() == nil, "nothing that it said is answered")
                }
            }
            #expect(screen.blocks.map(\.network.description) == ["127.0.0.1/32"])
            let refused = try await greeting(port)
            #expect(
                refused.hasPrefix("421 4.7.0 127.0.0.1/32 is blocked here until ")
                    && refused.contains("before the greeting")
            )
            screen.update(ScreeningRules())
            clock.advance(.seconds(601))
            #expect(try await greeting(port).hasPrefix("220 "))
            #expect(screen.blocks.isEmpty)
        }
    }

    @Test
    func `who waits is greeted after the pause and served like anybody`() async throws {
        let receiver = RecordingReceiver()
        let screen = makeScreen { $0.greetingPause = .milliseconds(300) }
        try await withListener(receiver) {
            $0.screen = screen
        } _: { port, _ in
            let begin = ContinuousClock.now
            try await TestClient.run(port: port) { client in
                #expect(try await client.reply() == "220 relay.azienda.it ESMTP Ceralacca")
                #expect(ContinuousClock.now - begin >= .milliseconds(290))
                try await client.send("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nDATA\r\n")
                for code in ["250", "250", "250", "354"] { #expect(try await client.reply()?.prefix(3) == code[...]) }
                #expect(try await client.say("a: b\r\n\r\n.").hasPrefix("250 "))
            }
            // A client that goes away in the pause leaves nothing behind.
            try await TestClient.run(port: port) { _ in }
        }
        #expect(receiver.messages.count == 1)
    }

    @Test
    func `a harvest of addresses ends the session, blocks the client, and the block ends by itself`() async throws {
        let clock = HandClock()
        let receiver = RecordingReceiver()
        receiver.state.withLock { state in
            for number in 0..<10 { state.refusedRecipients["u\(number)@azienda.it"] = unknown }
        }
        let screen = makeScreen(clock: clock) { $0.limits[.unknownRecipient] = RateLimit(4, per: .seconds(600)) }
        try await withListener(receiver) {
            $0.screen = screen
        } _: { port, listener in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                try await client.send("EHLO x\r\nMAIL FROM:<>\r\n")
                for _ in 0..<2 { _ = try await client.reply() }
                for number in 0..<5 {
                    #expect(try await client.say("RCPT TO:<u\(number)@azienda.it>").hasPrefix("550 5.1.1 "))
                }
                #expect(try await client.reply()?.hasPrefix("421 4.7.0 127.0.0.1/32 is blocked here until ") == true)
                #expect(try await client.reply() == nil)
            }
            #expect(try await greeting(port).hasPrefix("421 4.7.0 "))
            #expect(screen.takeNews().blocks.count == 1 && screen.takeNews().blocks.isEmpty)
            clock.advance(.seconds(599))
            #expect(try await greeting(port).hasPrefix("421 4.7.0 "))
            clock.advance(.seconds(1))
            #expect(try await greeting(port).hasPrefix("220 "))
        }
    }

    @Test
    func `a person lifts a block, and another listener knows of it too`() async throws {
        let screen = makeScreen { $0.limits[.error] = RateLimit(1, per: .seconds(600)) }
        try await withListener {
            $0.screen = screen
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                #expect(try await client.say("FOO").hasPrefix("500 "))
                #expect(try await client.say("FOO").hasPrefix("500 "))
                #expect(try await client.reply()?.hasPrefix("421 4.7.0 ") == true)
            }
            try await withListener {
                $0.screen = screen
                $0.screening = .logins
            } _: { other, _ in
                #expect(try await greeting(other).hasPrefix("421 4.7.0 "))
                screen.lift(try #require(Network("127.0.0.1")))
                #expect(try await greeting(other).hasPrefix("220 "))
            }
            #expect(try await greeting(port).hasPrefix("220 "))
        }
    }

    @Test
    func `whom a listener or the configuration trusts is never counted nor blocked`() async throws {
        let screen = makeScreen {
            $0.exempt = networks("127.0.0.0/8")
            $0.limits[.connection] = RateLimit(1, per: .seconds(600))
            $0.greetingPause = .seconds(3600)
        }
        screen.block(
            ClientBlock(
                network: try #require(Network("127.0.0.0/8")),
                since: Timestamp(milliseconds: 0),
                until: Timestamp(milliseconds: .max),
                strikes: 1,
                reason: "a mistake"
            )
        )
        try await withListener {
            $0.screen = screen
        } _: { port, _ in
            for _ in 0..<5 {
                let greeting = try await greeting(port)
                #expect(greeting.hasPrefix("220 "))
            }
        }
        screen.update(ScreeningRules())
        try await withListener {
            $0.screen = screen
            $0.screening = .logins
            $0.allowed = networks("127.0.0.1")
        } _: { port, _ in
            let greeting = try await greeting(port)
            #expect(greeting.hasPrefix("220 "), "Exchange is served, whatever else is blocked")
        }
    }

    @Test
    func `too many connections, messages and recipients are refused for the moment`() async throws {
        let clock = HandClock()
        let screen = makeScreen(clock: clock) {
            $0.limits[.connection] = RateLimit(3, per: .seconds(60))
            $0.limits[.message] = RateLimit(2, per: .seconds(60))
            $0.limits[.recipient] = RateLimit(2, per: .seconds(60))
        }
        try await withListener {
            $0.screen = screen
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO x")
                #expect(try await client.say("MAIL FROM:<>").hasPrefix("250 "))
                #expect(try await client.say("RCPT TO:<a@b.it>").hasPrefix("250 "))
                #expect(try await client.say("RCPT TO:<b@b.it>").hasPrefix("250 "))
                #expect(
                    try await client.say("RCPT TO:<c@b.it>").hasPrefix("451 4.7.0 too many recipients from 127.0.0.1")
                )
                _ = try await client.say("RSET")
                #expect(try await client.say("MAIL FROM:<>").hasPrefix("250 "))
                _ = try await client.say("RSET")
                #expect(try await client.say("MAIL FROM:<>").hasPrefix("451 4.7.0 too many messages from 127.0.0.1"))
                clock.advance(.seconds(121))
                #expect(try await client.say("MAIL FROM:<>").hasPrefix("250 "))
                #expect(try await client.say("RCPT TO:<c@b.it>").hasPrefix("250 "))
            }
            for _ in 0..<3 { #expect(try await greeting(port).hasPrefix("220 ")) }
            #expect(try await greeting(port).hasPrefix("421 4.7.0 too many connections from 127.0.0.1"))
            #expect(screen.blocks.isEmpty)
        }
    }

    @Test
    func `greylisting has a stranger come again, takes it then, and knows it after a restart`() async throws {
        let clock = HandClock()
        let screen = makeScreen(clock: clock) { $0.greylisting = GreylistRules(delay: .seconds(60)) }
        let receiver = RecordingReceiver()
        receiver.state.withLock { $0.refusedRecipients["nessuno@b.it"] = unknown }
        try await withListener(receiver) {
            $0.screen = screen
        } _: { port, listener in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                try await client.send("EHLO x\r\nMAIL FROM:<ada@fuori.example>\r\n")
                for _ in 0..<2 { _ = try await client.reply() }
                #expect(try await client.say("RCPT TO:<a@b.it>") == "451 4.7.1 greylisted: please try again in 60 s")
                #expect(try await client.say("RCPT TO:<nessuno@b.it>").hasPrefix("550 5.1.1 "), "at once")
                #expect(try await client.say("RCPT TO:<Postmaster>").hasPrefix("250 "), "always reachable")
                clock.advance(.seconds(30))
                #expect(try await client.say("RCPT TO:<a@b.it>") == "451 4.7.1 greylisted: please try again in 30 s")
                clock.advance(.seconds(30))
                #expect(try await client.say("RCPT TO:<a@b.it>").hasPrefix("250 "))
                #expect(try await client.say("RCPT TO:<altro@b.it>").hasPrefix("250 "))
            }
            let passes = screen.takeNews().passes
            #expect(passes.map(\.network.description) == ["127.0.0.0/24"])
            let next = makeScreen(clock: clock) { $0.greylisting = GreylistRules(delay: .seconds(60)) }
            next.load(blocks: [], passes: passes)
            listener.update(
                settings: {
                    var settings = ListenerSettings(hostname: "relay.azienda.it", address: "127.0.0.1", port: 0)
                    settings.screen = next
                    return settings
                }()
            )
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                try await client.send("EHLO x\r\nMAIL FROM:<zoe@altrove.example>\r\n")
                for _ in 0..<2 { _ = try await client.reply() }
                #expect(try await client.say("RCPT TO:<a@b.it>").hasPrefix("250 "))
            }
        }
    }

    @Test
    func `what scanners refuse counts, and blocks in the end`() async throws {
        let receiver = RecordingReceiver()
        receiver.state.withLock { $0.finishReply = SMTPReply(550, EnhancedStatus(5, 7, 1), "malware") }
        let screen = makeScreen { $0.limits[.rejection] = RateLimit(1, per: .seconds(600)) }
        try await withListener(receiver) {
            $0.screen = screen
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                _ = try await client.say("EHLO x")
                for _ in 0..<2 {
                    try await client.send("MAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nDATA\r\n")
                    for _ in 0..<3 { _ = try await client.reply() }
                    #expect(try await client.say("a: b\r\n\r\n.").hasPrefix("550 5.7.1 "))
                }
                #expect(try await client.reply()?.hasPrefix("421 4.7.0 ") == true)
            }
            #expect(screen.blocks.count == 1)
        }
    }
}
