// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import POP3Protocol
import Testing

@Suite struct POP3ServerMachineTests {
    typealias Machine = POP3ServerMachine

    static let maildrop = [
        POP3Message(number: 1, octets: 120, uniqueID: "a1"), POP3Message(number: 2, octets: 200, uniqueID: "b2"),
        POP3Message(number: 3, octets: 80, uniqueID: "c3"),
    ]

    private func machine(secure: Bool = true, _ change: (inout Machine.Settings) -> Void = { _ in }) -> Machine {
        var settings = Machine.Settings(greeting: "ready", offersTLS: true)
        change(&settings)
        return Machine(settings: settings, isSecure: secure)
    }

    private func loggedIn() -> Machine {
        var machine = machine()
        _ = machine.handle(.line(.text("USER mario")))
        _ = machine.handle(.line(.text("PASS segreto")))
        _ = machine.handle(.accepted(maildrop: Self.maildrop))
        return machine
    }

    private func replies(_ machine: inout Machine, _ lines: String...) -> [Machine.Action] {
        lines.flatMap { machine.handle(.line(.text($0))) }
    }

    @Test func `USER and PASS log in, the password with its blanks`() {
        var machine = machine()
        #expect(machine.greeting == "+OK ready")
        #expect(replies(&machine, "user mario") == [.send("+OK password, please")])
        #expect(
            replies(&machine, "PASS  a b ") == [.authenticate(login: "mario", password: Secret(" a b "))]
        )
        #expect(machine.isWaiting)
        #expect(machine.handle(.accepted(maildrop: Self.maildrop)) == [.send("+OK maildrop has 3 messages")])
        #expect(!machine.isWaiting)
    }

    @Test func `AUTH PLAIN logs in with and without an initial response`() {
        let response = Base64.encode("\0mario\0segreto".utf8)
        let check = Machine.Action.authenticate(login: "mario", password: Secret("segreto"))
        var first = machine()
        #expect(replies(&first, "AUTH plain \(response)") == [check])
        var second = machine()
        #expect(replies(&second, "AUTH PLAIN") == [.send("+ ")])
        #expect(replies(&second, response) == [check])
        var third = machine()
        #expect(replies(&third, "AUTH PLAIN", "*") == [.send("+ "), .send("-ERR authentication cancelled")])
        #expect(replies(&third, "AUTH PLAIN =").count == 1)
        #expect(replies(&third, "AUTH GSSAPI") == [.send("-ERR mechanism not served; use PLAIN")])
    }

    @Test func `nothing of a login is taken in clear`() {
        var machine = machine(secure: false)
        let refusal = Machine.Action.send("-ERR [AUTH] login needs TLS: use STLS first")
        #expect(
            replies(&machine, "USER mario", "PASS x", "AUTH PLAIN") == [refusal, refusal, refusal]
        )
        #expect(
            machine.handle(.line(.text("CAPA"))).contains { action in
                guard case .sendListing(_, let lines) = action else { return false }
                return lines.contains("STLS") && !lines.contains("USER") && !lines.contains { $0.hasPrefix("SASL") }
            }
        )
    }

    @Test func `STLS begins TLS once, and CAPA then offers login`() {
        var machine = machine(secure: false)
        #expect(replies(&machine, "STLS") == [.startTLS(reply: "+OK begin TLS negotiation")])
        #expect(machine.isWaiting)
        #expect(machine.handle(.tlsEstablished) == [])
        #expect(replies(&machine, "STLS") == [.send("-ERR TLS is active already")])
        #expect(
            machine.handle(.line(.text("CAPA"))).contains { action in
                guard case .sendListing(_, let lines) = action else { return false }
                return !lines.contains("STLS") && lines.contains("USER") && lines.contains("SASL PLAIN")
                    && lines.contains("PIPELINING") && lines.contains("UIDL")
            }
        )
    }

    @Test func `the session ends after too many refused logins`() {
        var machine = machine { $0.maximumRefusals = 2 }
        _ = replies(&machine, "USER a", "PASS b")
        #expect(machine.handle(.refused("[AUTH] no")) == [.send("-ERR [AUTH] no")])
        _ = replies(&machine, "USER a", "PASS b")
        #expect(machine.handle(.refused("[AUTH] no")) == [.send("-ERR [AUTH] no"), .close])
        #expect(machine.handle(.line(.text("NOOP"))) == [])
    }

    @Test func `the session ends after too many senseless commands`() {
        var machine = machine { $0.maximumErrors = 3 }
        #expect(replies(&machine, "EHLO \u{7}x") == [.send("-ERR EHLO: no such command")])
        #expect(replies(&machine, "\u{1b}[2J") == [.send("-ERR ?[2J: no such command")])
        #expect(machine.handle(.line(.tooLong)) == [.send("-ERR line too long"), .close])
    }

    @Test func `listings and messages are served`() {
        var machine = loggedIn()
        #expect(
            replies(&machine, "STAT", "LIST", "LIST 2", "UIDL", "UIDL 3", "RETR 1", "TOP 2 5", "NOOP")
                == [
                    .send("+OK 3 400"),
                    .sendListing(status: "+OK 3 messages", lines: ["1 120", "2 200", "3 80"]),
                    .send("+OK 2 200"),
                    .sendListing(status: "+OK", lines: ["1 a1", "2 b2", "3 c3"]),
                    .send("+OK 3 c3"),
                    .sendMessage(status: "+OK 120 octets", number: 1, lines: nil),
                    .sendMessage(status: "+OK", number: 2, lines: 5),
                    .send("+OK"),
                ]
        )
    }

    @Test(arguments: [
        "RETR 0", "RETR 4", "RETR -1", "RETR 1x", "RETR 99999999999", "RETR", "DELE 7", "LIST 9", "UIDL 4", "TOP 1",
        "TOP 4 1",
    ])
    func `numbers that are no message are refused`(_ line: String) {
        var machine = loggedIn()
        guard case .send(let reply)? = machine.handle(.line(.text(line))).first else {
            Issue.record("no reply")
            return
        }
        #expect(reply.hasPrefix("-ERR"))
    }

    @Test func `deletions happen at QUIT alone and RSET takes them back`() {
        var machine = loggedIn()
        _ = replies(&machine, "DELE 1", "RSET", "DELE 2")
        #expect(
            replies(&machine, "RETR 2", "DELE 2") == [.send("-ERR no such message"), .send("-ERR no such message")]
        )
        #expect(
            replies(&machine, "LIST") == [.sendListing(status: "+OK 2 messages", lines: ["1 120", "3 80"])]
        )
        #expect(replies(&machine, "QUIT") == [.remove([2])])
        #expect(machine.handle(.updateFinished(kept: 0)) == [.send("+OK bye"), .close])
    }

    @Test func `QUIT says when messages were kept`() {
        var machine = loggedIn()
        _ = replies(&machine, "DELE 1", "QUIT")
        #expect(machine.handle(.updateFinished(kept: 1)) == [.send("-ERR 1 messages not removed"), .close])
    }

    @Test func `an empty maildrop is served`() {
        var machine = machine()
        _ = replies(&machine, "USER a", "PASS b")
        _ = machine.handle(.accepted(maildrop: []))
        #expect(
            replies(&machine, "STAT", "LIST", "RETR 1")
                == [.send("+OK 0 0"), .sendListing(status: "+OK 0 messages", lines: []), .send("-ERR no such message")]
        )
    }

    @Test func `every command survives a trip over the wire`() {
        let commands: [POP3Command] = [
            .capabilities, .startTLS, .user("a b"), .pass(Secret("x y ")),
            .authenticate(mechanism: "PLAIN", initialResponse: nil),
            .authenticate(mechanism: "PLAIN", initialResponse: Secret("AAA=")), .status, .list(nil), .list(3),
            .uniqueIDs(nil), .uniqueIDs(4), .retrieve(5), .top(6, lines: 0), .delete(7), .reset, .noOperation, .quit,
        ]
        for command in commands { #expect(POP3Command(line: command.line) == command) }
        #expect(!"\(commands)".contains("x y"))
    }
}
