// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import POP3Protocol
import SASLMechanisms
import Testing

@Suite struct POP3ClientMachineTests {
    typealias Machine = POP3ClientMachine

    private func machine(
        implicit: Bool = true,
        tls: TLSPolicy = .verify,
        window: Int = 4,
        octets: Int = 1000,
        maximum: Int = 100,
        credential: SASLCredential = .password(Secret("segreto"))
    ) -> Machine {
        Machine(
            settings: .init(
                login: "mario",
                credential: credential,
                hasImplicitTLS: implicit,
                tls: tls,
                windowCommands: window,
                windowOctets: octets,
                maximumMessages: maximum,
                nonce: "NONCE"
            )
        )
    }

    private func tell(_ machine: inout Machine, _ text: String) -> [Machine.Action] {
        machine.handle(.octets(ByteBuffer(string: text)))
    }

    private static let plain = Machine.Action.send(
        .authenticate(mechanism: "PLAIN", initialResponse: Secret(Base64.encode("\0mario\0segreto".utf8)))
    )

    @Test(arguments: ["-ERR unknown: PASS segreto\r\n", "-ERR AGF6aWVuZGEAc2VncmV0bw==?\r\n", "-ERR c2VncmV0bw\r\n"])
    func `a server that repeats the password is not quoted`(_ answer: String) {
        var machine = Machine(
            settings: .init(
                login: "azienda",
                credential: .password(Secret("segreto")),
                hasImplicitTLS: true,
                tls: .verify,
                nonce: "NONCE"
            )
        )
        _ = tell(&machine, "+OK\r\n")
        _ = tell(&machine, "-ERR\r\n")
        _ = tell(&machine, "+OK\r\n")
        let shown = "\(tell(&machine, answer))"
        #expect(shown.contains("the server refused the login: (words not shown"), "\(shown)")
        #expect(!shown.contains("egret") && !shown.contains("VncmV0"), "\(shown)")
    }

    /// A session that is idle with three messages of 400 octets.
    private func idle(pipelining: Bool = true, window: Int = 4, octets: Int = 1000) -> Machine {
        var machine = machine(window: window, octets: octets)
        _ = tell(&machine, "+OK\r\n")
        _ = tell(&machine, "+OK\r\n\(pipelining ? "PIPELINING\r\n" : "")USER\r\n.\r\n")
        _ = tell(&machine, "+OK\r\n")
        _ = tell(&machine, "+OK\r\n")
        _ = tell(&machine, "+OK\r\n1 400\r\n2 400\r\n3 400\r\n.\r\n")
        _ = tell(&machine, "+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n")
        #expect(machine.isIdle)
        return machine
    }

    private static let maildrop = zip(1..., ["a", "b", "c"]).map { POP3Message(number: $0, octets: 400, uniqueID: $1) }

    private func code(_ actions: [Machine.Action]) -> POP3Failure.Code? {
        guard case .failed(let failure)? = actions.last else { return nil }
        return failure.code
    }

    @Test func `a session logs in with SASL and lists, pipelined`() {
        var machine = machine()
        #expect(tell(&machine, "+OK ready <1896.697170952@dbc.mtview.ca.us>\r\n") == [.send(.capabilities)])
        #expect(tell(&machine, "+OK\r\nPIPELINING\r\nSASL LOGIN PLAIN\r\nUIDL\r\n.\r\n") == [Self.plain])
        #expect(tell(&machine, "+OK\r\n") == [.send(.list(nil)), .send(.uniqueIDs(nil))])
        #expect(
            tell(&machine, "+OK\r\n1 400\r\n2 400\r\n3 400\r\n.\r\n+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n")
                == [.ready(Self.maildrop, hasUniqueIDs: true)]
        )
    }

    @Test func `a session goes the same way whatever the cuts`() {
        let text = "+OK\r\n+OK\r\nPIPELINING\r\nSASL PLAIN\r\n.\r\n+OK\r\n+OK\r\n1 9\r\n.\r\n+OK\r\n1 a\r\n.\r\n"
        var machine = machine()
        let actions = text.utf8.flatMap { machine.handle(.octets(ByteBuffer(bytes: [$0]))) }
        #expect(
            actions == [
                .send(.capabilities), Self.plain, .send(.list(nil)), .send(.uniqueIDs(nil)),
                .ready([POP3Message(number: 1, octets: 9, uniqueID: "a")], hasUniqueIDs: true),
            ]
        )
    }

    @Test func `a server without CAPA and UIDL is served with USER and PASS, one command at a time`() {
        var machine = machine()
        _ = tell(&machine, "+OK\r\n")
        #expect(tell(&machine, "-ERR what?\r\n") == [.send(.user("mario"))])
        #expect(tell(&machine, "+OK\r\n") == [.send(.pass(Secret("segreto")))])
        #expect(tell(&machine, "+OK\r\n") == [.send(.list(nil))])
        #expect(tell(&machine, "+OK\r\n1 400\r\n.\r\n") == [.send(.uniqueIDs(nil))])
        #expect(
            tell(&machine, "-ERR no UIDL\r\n")
                == [.ready([POP3Message(number: 1, octets: 400, uniqueID: nil)], hasUniqueIDs: false)]
        )
    }

    @Test func `STLS comes first and what was said in clear is forgotten`() {
        var machine = machine(implicit: false)
        _ = tell(&machine, "+OK\r\n")
        #expect(tell(&machine, "+OK\r\nSTLS\r\nSASL PLAIN\r\nPIPELINING\r\n.\r\n") == [.send(.startTLS)])
        #expect(tell(&machine, "+OK go\r\n") == [.startTLS])
        #expect(machine.handle(.tlsEstablished) == [.send(.capabilities)])
        #expect(machine.isSecure)
        #expect(tell(&machine, "+OK\r\nSTLS\r\n.\r\n") == [.send(.user("mario"))])
    }

    @Test func `octets in clear behind STLS are an attack`() {
        for tail in ["+OK\r\n", "x"] {
            var machine = machine(implicit: false)
            _ = tell(&machine, "+OK\r\n")
            _ = tell(&machine, "+OK\r\nSTLS\r\n.\r\n")
            let actions = tell(&machine, "+OK go\r\n" + tail)
            #expect(code(actions) == .injection)
        }
    }

    @Test func `TLS that is required and not offered ends the session before the login`() {
        var machine = machine(implicit: false, tls: .require)
        _ = tell(&machine, "+OK\r\n")
        #expect(code(tell(&machine, "+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n")) == .tlsUnavailable)
        var second = self.machine(implicit: false)
        _ = tell(&second, "+OK\r\n")
        #expect(tell(&second, "-ERR no CAPA\r\n") == [.send(.startTLS)])
        #expect(code(tell(&second, "-ERR no\r\n")) == .tlsUnavailable)
    }

    @Test func `without TLS no password goes in clear unless the policy is none`() {
        var opportunistic = machine(implicit: false, tls: .opportunistic)
        _ = tell(&opportunistic, "+OK\r\n")
        #expect(code(tell(&opportunistic, "+OK\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n")) == .noMechanism)
        var hidden = machine(implicit: false, tls: .opportunistic)
        _ = tell(&hidden, "+OK\r\n")
        #expect(
            tell(&hidden, "+OK\r\nUSER\r\nSASL PLAIN CRAM-MD5\r\n.\r\n")
                == [.send(.authenticate(mechanism: "CRAM-MD5", initialResponse: nil))]
        )
        var clear = machine(implicit: false, tls: .none)
        _ = tell(&clear, "+OK\r\n")
        #expect(tell(&clear, "+OK\r\nUSER\r\n.\r\n") == [.send(.user("mario"))])
    }

    @Test func `SCRAM goes through its steps and wants the server's signature`() {
        var machine = machine()
        _ = tell(&machine, "+OK\r\n")
        #expect(
            tell(&machine, "+OK\r\nSASL SCRAM-SHA-256 PLAIN\r\n.\r\n")
                == [
                    .send(
                        .authenticate(
                            mechanism: "SCRAM-SHA-256",
                            initialResponse: Secret(Base64.encode("n,,n=mario,r=NONCE".utf8))
                        )
                    )
                ]
        )
        let first = Base64.encode("r=NONCEserver,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8)
        guard case .sendResponse? = tell(&machine, "+ \(first)\r\n").first else {
            Issue.record("no response")
            return
        }
        #expect(code(tell(&machine, "+OK welcome\r\n")) == .serverNotProven)
    }

    @Test func `an access token goes by XOAUTH2, and its refusal by the server's words`() {
        var machine = machine(credential: .accessToken(Secret("ya29.t")))
        _ = tell(&machine, "+OK\r\n")
        let message = Secret(Base64.encode("user=mario\u{1}auth=Bearer ya29.t\u{1}\u{1}".utf8))
        #expect(
            tell(&machine, "+OK\r\nUSER\r\nSASL PLAIN XOAUTH2\r\n.\r\n")
                == [.send(.authenticate(mechanism: "XOAUTH2", initialResponse: message))]
        )
        let object = Base64.encode(#"{"status":"401","schemes":"bearer"}"#.utf8)
        #expect(tell(&machine, "+ \(object)\r\n") == [.sendResponse(Secret(""))])
        let actions = tell(&machine, "-ERR [AUTH] no\r\n")
        #expect(code(actions) == .loginRefused)
        #expect("\(actions)".contains("the server refused the login (status 401): -ERR [AUTH] no"))
        #expect(!"\(actions)".contains("ya29"))
    }

    @Test func `a long access token waits for the challenge`() {
        let token = String(repeating: "t", count: 2000)
        var machine = machine(credential: .accessToken(Secret(token)))
        _ = tell(&machine, "+OK\r\n")
        #expect(
            tell(&machine, "+OK\r\nSASL PLAIN OAUTHBEARER XOAUTH2\r\n.\r\n")
                == [.send(.authenticate(mechanism: "OAUTHBEARER", initialResponse: nil))]
        )
        let message = Base64.encode("n,a=mario,\u{1}auth=Bearer \(token)\u{1}\u{1}".utf8)
        #expect(tell(&machine, "+ \r\n") == [.sendResponse(Secret(message))])
        #expect(code(tell(&machine, "+OK in\r\n")) == nil)
    }

    @Test func `an access token goes neither in clear nor as a password`() {
        for policy in [TLSPolicy.none, .opportunistic] {
            var clear = machine(implicit: false, tls: policy, credential: .accessToken(Secret("t")))
            _ = tell(&clear, "+OK\r\n")
            #expect(code(tell(&clear, "+OK\r\nUSER\r\nSASL PLAIN XOAUTH2 OAUTHBEARER\r\n.\r\n")) == .noMechanism)
        }
        for capabilities in ["USER\r\nSASL PLAIN LOGIN\r\n", "USER\r\n", ""] {
            var old = machine(credential: .accessToken(Secret("t")))
            _ = tell(&old, "+OK\r\n")
            #expect(code(tell(&old, "+OK\r\n\(capabilities).\r\n")) == .noMechanism)
        }
    }

    @Test func `a long initial response waits for the challenge`() {
        var machine = Machine(
            settings: .init(
                login: String(repeating: "m", count: 200),
                credential: .password(Secret("p")),
                hasImplicitTLS: true,
                tls: .verify,
                nonce: ""
            )
        )
        _ = tell(&machine, "+OK\r\n")
        #expect(
            tell(&machine, "+OK\r\nSASL PLAIN\r\n.\r\n")
                == [.send(.authenticate(mechanism: "PLAIN", initialResponse: nil))]
        )
        #expect(
            tell(&machine, "+ \r\n")
                == [.sendResponse(Secret(Base64.encode("\0\(String(repeating: "m", count: 200))\0p".utf8)))]
        )
    }

    @Test(arguments: [
        ("-ERR [AUTH] no", POP3Failure.Code.loginRefused), ("-ERR invalid password", .loginRefused),
        ("-ERR", .loginRefused), ("-ERR [IN-USE] x", .inUse), ("-ERR maildrop already locked", .inUse),
        ("-ERR [LOGIN-DELAY] x", .loginDelay), ("-ERR [SYS/TEMP] x", .refused), ("-ERR [SYS/PERM] x", .refused),
        ("-ERR Temporary authentication failure", .refused), ("-ERR too many connections", .refused),
    ])
    func `only a refused password counts as one`(_ reply: String, _ expected: POP3Failure.Code) {
        var machine = machine()
        _ = tell(&machine, "+OK\r\n")
        _ = tell(&machine, "+OK\r\nSASL PLAIN\r\n.\r\n")
        #expect(code(tell(&machine, reply + "\r\n")) == expected)
        #expect(tell(&machine, "+OK\r\n") == [])
    }

    @Test(arguments: [
        ("-ERR [SYS/TEMP] later", POP3Failure.Code.refused), ("-ERR [IN-USE] x", .inUse), ("-ERR go away", .refused),
        ("220 smtp", .malformed), ("+ YQ==", .malformed),
    ])
    func `a greeting that turns us away is never a matter of the password`(
        _ greeting: String,
        _ expected: POP3Failure.Code
    ) {
        var machine = machine()
        #expect(code(tell(&machine, greeting + "\r\n")) == expected)
    }

    @Test func `the window is filled by count and by listed octets, and refilled when half of it is answered`() {
        var machine = idle()
        let retrieve = { (number: Int) in Machine.Action.send(.retrieve(number)) }
        let many = (1...7).map { POP3Message(number: $0, octets: 10, uniqueID: nil) }
        #expect(machine.handle(.retrieve(many)) == (1...4).map(retrieve))
        let one = "+OK\r\nx\r\n.\r\n"
        let ended: (Int) -> [Machine.Action] = {
            [.messageBegan(many[$0 - 1]), .messagePiece(ByteBuffer(string: "x\r\n")), .messageEnded]
        }
        #expect(tell(&machine, one) == ended(1))
        #expect(tell(&machine, one) == ended(2) + [retrieve(5), retrieve(6)])
        #expect(tell(&machine, one + one) == ended(3) + ended(4) + [retrieve(7)])
        #expect(tell(&machine, one + one + one) == ended(5) + ended(6) + ended(7) + [.retrieved])
        #expect(machine.isIdle)
        // 400 + 400 octets fit into 1000, a third does not.
        #expect(machine.handle(.retrieve(Self.maildrop)) == [retrieve(1), retrieve(2)])
    }

    @Test func `a message larger than the window goes alone, and without PIPELINING one goes at a time`() {
        var machine = idle(octets: 100)
        #expect(machine.handle(.retrieve(Self.maildrop)) == [.send(.retrieve(1))])
        var second = idle(pipelining: false)
        #expect(second.handle(.retrieve(Self.maildrop)) == [.send(.retrieve(1))])
        #expect(second.handle(.octets(ByteBuffer(string: "-ERR no\r\n"))).last == .send(.retrieve(2)))
    }

    @Test func `a refused message does not cost the others`() {
        var machine = idle(octets: 10_000)
        _ = machine.handle(.retrieve(Self.maildrop))
        let actions = tell(&machine, "+OK\r\na\r\n.\r\n-ERR [SYS/TEMP] not now\r\n+OK\r\nc\r\n.\r\n")
        let refusal = POP3Status(isPositive: false, code: .systemTemporary, text: "not now")
        #expect(actions.contains(.messageRefused(Self.maildrop[1], refusal)))
        #expect(actions.filter { $0 == .messageEnded }.count == 2)
        #expect(actions.last == .retrieved)
    }

    @Test func `deletions are pipelined and QUIT ends the session`() {
        var machine = idle()
        #expect(machine.handle(.delete([1, 3])) == [.send(.delete(1)), .send(.delete(3))])
        let refusal = POP3Status(isPositive: false, text: "no")
        #expect(tell(&machine, "+OK\r\n-ERR no\r\n") == [.deleted(1), .deleteRefused(3, refusal), .deletionsDone])
        #expect(machine.handle(.delete([])) == [.deletionsDone])
        #expect(machine.handle(.retrieve([])) == [.retrieved])
        #expect(machine.handle(.quit) == [.send(.quit)])
        #expect(tell(&machine, "+OK bye\r\n") == [.quitDone(POP3Status(isPositive: true, text: "bye"))])
        #expect(tell(&machine, "more\r\n") == [])
    }

    @Test func `octets that answer nothing end the session`() {
        var machine = idle()
        #expect(code(tell(&machine, "+OK\r\n")) == .malformed)
    }

    @Test func `listings that lie or are broken give what can be used`() {
        var machine = machine()
        _ = tell(&machine, "+OK\r\n")
        _ = tell(&machine, "+OK\r\nSASL PLAIN\r\nPIPELINING\r\n.\r\n")
        _ = tell(&machine, "+OK\r\n")
        let list = "1 99999999999999999999\r\n2 -5\r\n2 7\r\nx y\r\n\r\n0 3\r\n4 1\r\n99999999999 1\r\n"
        let uidl = "1 same\r\n2 same\r\n9 other\r\n4\r\nnonsense\r\n"
        #expect(
            tell(&machine, "+OK\r\n\(list).\r\n+OK\r\n\(uidl).\r\n")
                == [
                    .ready(
                        [
                            POP3Message(number: 1, octets: 0, uniqueID: "same"),
                            POP3Message(number: 2, octets: 0, uniqueID: "same"),
                            POP3Message(number: 4, octets: 1, uniqueID: nil),
                        ],
                        hasUniqueIDs: true
                    )
                ]
        )
    }

    @Test func `a listing without end is refused`() {
        var machine = machine(maximum: 5)
        _ = tell(&machine, "+OK\r\n")
        _ = tell(&machine, "+OK\r\nSASL PLAIN\r\n.\r\n")
        _ = tell(&machine, "+OK\r\n")
        #expect(code(tell(&machine, "+OK\r\n" + (1...6).map { "\($0) 1\r\n" }.joined())) == .limit)
        var capabilities = self.machine()
        _ = tell(&capabilities, "+OK\r\n")
        #expect(code(tell(&capabilities, "+OK\r\n" + String(repeating: "X\r\n", count: 1001))) == .limit)
    }

    @Test func `long lines and long identifiers of a listing are as none`() {
        var machine = machine()
        _ = tell(&machine, "+OK\r\n")
        _ = tell(&machine, "+OK\r\nSASL PLAIN\r\nPIPELINING\r\n.\r\n")
        _ = tell(&machine, "+OK\r\n")
        let longest = String(repeating: "u", count: 256)
        let list = "1 7\r\n2 7\r\n3 7\r\n4 7 \(String(repeating: "x", count: 509))\r\n"
        let uidl = "1 \(longest)\r\n2 \(longest)u\r\n3 \(String(repeating: "u", count: 511))\r\n"
        #expect(
            tell(&machine, "+OK\r\n\(list).\r\n+OK\r\n\(uidl).\r\n")
                == [
                    .ready(
                        [
                            POP3Message(number: 1, octets: 7, uniqueID: longest),
                            POP3Message(number: 2, octets: 7, uniqueID: nil),
                            POP3Message(number: 3, octets: 7, uniqueID: nil),
                        ],
                        hasUniqueIDs: true
                    )
                ]
        )
    }

    @Test func `a listing of too many octets is refused, even when none of it is kept`() {
        var machine = machine()
        _ = tell(&machine, "+OK\r\n")
        _ = tell(&machine, "+OK\r\nSASL PLAIN\r\n.\r\n")
        _ = tell(&machine, "+OK\r\n")
        var actions = tell(&machine, "+OK\r\n")
        let piece = String(repeating: "x", count: 1_000_000)
        var pieces = 0
        while pieces < 70, actions.isEmpty {
            actions = tell(&machine, piece)
            pieces += 1
        }
        #expect(code(actions) == .limit && pieces == 65)
    }
}
