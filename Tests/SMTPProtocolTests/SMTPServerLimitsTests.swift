// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol
import Testing

/// One test a limit.
struct SMTPServerLimitsTests {
    private func server(_ configure: (inout SMTPServerLimits) -> Void) -> ScriptedServer {
        var server = ScriptedServer { configure(&$0.limits) }
        _ = server.say("EHLO exch1.azienda.lan")
        return server
    }

    @Test
    func `a line longer than the limit is refused and its rest is no command`() {
        var server = server { $0.commandOctets = 64 }
        #expect(server.say("NOOP " + String(repeating: "x", count: 57)).hasPrefix("250 "))
        #expect(server.say("NOOP " + String(repeating: "x", count: 58)).hasPrefix("500 5.5.2 "))
        #expect(server.say("NOOP").hasPrefix("250 "))
    }

    @Test
    func `one recipient too many is put off with 452 4.5.3 and the others stay`() throws {
        var server = server { $0.recipients = 2 }
        _ = server.say("MAIL FROM:<>")
        #expect(server.say("RCPT TO:<a@b.it>").hasPrefix("250 "))
        #expect(server.say("RCPT TO:<c@b.it>").hasPrefix("250 "))
        #expect(server.say("RCPT TO:<d@b.it>").hasPrefix("452 4.5.3 "))
        _ = server.say("DATA")
        _ = server.say("a\r\n.")
        #expect(try #require(server.messages.first).envelope.recipients.count == 2)
    }

    @Test
    func `a declared size over the limit is refused with 552 5.3.4, the limit itself is not`() {
        var server = server { $0.messageOctets = 1000 }
        #expect(server.say("MAIL FROM:<> SIZE=1001").hasPrefix("552 5.3.4 "))
        #expect(server.say("MAIL FROM:<> SIZE=99999999999999999999").hasPrefix("552 5.3.4 "))
        #expect(server.say("MAIL FROM:<> SIZE=1000").hasPrefix("250 "))
    }

    @Test
    func `SIZE=0 is a size like any other`() {
        var server = server { $0.messageOctets = 1000 }
        #expect(server.say("MAIL FROM:<> SIZE=0").hasPrefix("250 "))
        _ = server.say("RCPT TO:<a@b.it>")
        _ = server.say("DATA")
        #expect(server.say("a\r\n.").hasPrefix("250 "))
    }

    @Test
    func `a message that grows over the limit is swallowed and refused, and the session goes on`() {
        var server = server { $0.messageOctets = 100_000 }
        _ = server.say("MAIL FROM:<> SIZE=10")
        _ = server.say("RCPT TO:<a@b.it>")
        _ = server.say("DATA")
        for _ in 0..<200 { server.receive(String(repeating: "0123456789\r\n", count: 100)) }
        #expect(server.abandoned == 1)
        #expect(server.say(".").hasPrefix("552 5.3.4 "))
        #expect(server.messages.isEmpty)
        #expect(server.say("NOOP").hasPrefix("250 "))
    }

    @Test
    func `leading From lines do not lead round the size limit`() {
        var server = server { $0.messageOctets = 100 }
        _ = server.say("MAIL FROM:<>")
        _ = server.say("RCPT TO:<a@b.it>")
        _ = server.say("DATA")
        server.receive(String(repeating: "From mario Mon Nov 23 10:00:00 2026\r\n", count: 3))
        #expect(server.say(".").hasPrefix("552 5.3.4 "))
    }

    @Test
    func `the last error that is allowed ends the session with 421 and says what it was`() {
        var server = server { $0.errors = 3 }
        #expect(server.say("FOO").hasPrefix("500 "))
        #expect(server.say("BAR").hasPrefix("500 "))
        let last = server.say("BAZ")
        #expect(last.hasPrefix("421 4.7.0 ") && last.contains("there is no such command"))
        #expect(server.isClosed)
    }

    @Test
    func `transactions over the limit end the session with 421`() {
        var server = server { $0.transactions = 2 }
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 "))
        _ = server.say("RSET")
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 "))
        _ = server.say("RSET")
        #expect(server.say("MAIL FROM:<>").hasPrefix("421 4.7.0 "))
        #expect(server.isClosed)
    }

    @Test
    func `a client that guesses addresses is sent away`() {
        var server = server { $0.refusedRecipients = 3 }
        _ = server.say("MAIL FROM:<>")
        for name in ["a", "b", "c"] {
            server.refusedRecipients["\(name)@b.it"] = SMTPReply(550, EnhancedStatus(5, 1, 1), "no such user")
        }
        #expect(server.say("RCPT TO:<a@b.it>").hasPrefix("550 "))
        #expect(server.say("RCPT TO:<b@b.it>").hasPrefix("550 "))
        #expect(server.say("RCPT TO:<c@b.it>").hasPrefix("421 4.7.0 "))
    }

    @Test(arguments: ["NOOP", "RSET", "EHLO x", "HELO x", "VRFY a", "HELP"])
    func `a client that never sends anything is sent away, and one that does is not`(_ command: String) {
        var server = server { $0.idleCommands = 4 }
        _ = server.say("EHLO x")
        for _ in 0..<2 { #expect(server.say(command).hasPrefix("2")) }
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 "))
        for _ in 0..<4 { #expect(server.say(command).hasPrefix("2")) }
        #expect(server.say(command).hasPrefix("421 4.7.0 "))
        #expect(server.isClosed)
    }
}
