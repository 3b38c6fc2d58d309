// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol
import MailModel
import NIOCore
import SASLMechanisms
import Testing

@Suite struct IMAPLoginTests {
    @Test func `with SASL-IR a login is one command, and what the server can do is asked anew behind it`() {
        var talk = Conversation()
        talk.server("* OK [CAPABILITY IMAP4rev1 MOVE] ready\r\n")
        #expect(talk.sent == "A1 CAPABILITY\r\n")
        talk.server("* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS\r\nA1 OK\r\n")
        #expect(talk.sent == "A1 CAPABILITY\r\nA2 AUTHENTICATE PLAIN AGF6aWVuZGEAc2VncmV0bw==\r\n")
        talk.forget()
        talk.server("A2 OK in\r\n")
        #expect(talk.sent == "A3 CAPABILITY\r\n" && talk.actions.isEmpty)
        talk.server("* CAPABILITY IMAP4rev1 IDLE\r\nA3 OK\r\n")
        #expect(talk.actions == [.loggedIn])
        #expect(talk.machine.capabilities?.has("IDLE") == true && talk.machine.capabilities?.has("UIDPLUS") == false)
    }

    @Test func `without SASL-IR the response waits for the server's empty challenge`() {
        var talk = Conversation()
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA1 OK\r\n")
        #expect(talk.sent.hasSuffix("A2 AUTHENTICATE PLAIN\r\n"))
        talk.forget()
        talk.server("+ \r\n")
        #expect(talk.sent == "AGF6aWVuZGEAc2VncmV0bw==\r\n")
        talk.server("A2 OK [CAPABILITY IMAP4rev1] in\r\n")
        #expect(talk.actions == [.loggedIn])
    }

    @Test(arguments: [
        "A2 BAD Unknown command: LOGIN \"azienda\" \"segreto\"\r\n", "A2 NO no SEGRETO here\r\n",
        "* BYE what is \"segreto\"?\r\n", "A2 NO [AUTHENTICATIONFAILED segreto] no\r\n",
        "A7 OK LOGIN azienda segreto\r\n",
    ])
    func `a server that repeats the password is not quoted`(_ answer: String) {
        var talk = Conversation()
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1\r\nA1 OK\r\n")
        #expect(talk.sent.hasSuffix("A2 LOGIN \"azienda\" \"segreto\"\r\n"))
        talk.server(answer)
        let message = talk.failure?.message ?? ""
        #expect(message.contains("(words not shown") && !message.lowercased().contains("segreto"), "\(message)")
    }

    @Test func `STARTTLS comes first, and what was said in clear is forgotten`() {
        var talk = Conversation(isSecure: false)
        talk.server("* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=CRAM-MD5] ready\r\n")
        talk.server("* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=CRAM-MD5\r\nA1 OK\r\n")
        #expect(talk.sent == "A1 CAPABILITY\r\nA2 STARTTLS\r\n")
        talk.server("A2 OK go\r\n")
        #expect(talk.actions == [.startTLS] && !talk.machine.isSecure)
        talk.tell(.tlsEstablished)
        #expect(talk.machine.isSecure && talk.machine.capabilities == nil)
        talk.server("* CAPABILITY IMAP4rev1\r\nA3 OK\r\n")
        #expect(talk.sent.hasSuffix("A3 CAPABILITY\r\nA4 LOGIN \"azienda\" \"segreto\"\r\n"))
    }

    @Test(arguments: ["A2 OK go\r\n* CAPABILITY IMAP4rev1\r\n", "A2 OK go\r\nA3 OK", "A2 OK go\r\n+"])
    func `octets in clear behind STARTTLS are an attack`(_ answer: String) {
        var talk = Conversation(isSecure: false)
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\nA1 OK\r\n")
        talk.server(answer)
        #expect(talk.failure?.code == .injection && !talk.actions.contains(.startTLS))
    }

    @Test(arguments: [true, false], ["* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n", "* PREAUTH in\r\n"])
    func `a session that the server calls logged in already is refused, in TLS too`(
        _ isSecure: Bool,
        _ greeting: String
    ) {
        var talk = Conversation(isSecure: isSecure)
        talk.server(greeting)
        #expect(talk.failure?.code == .preAuthenticated && talk.sent.isEmpty)
    }

    @Test(arguments: [TLSPolicy.require, .verify])
    func `without TLS no password goes in clear where TLS is asked for`(_ policy: TLSPolicy) {
        for answer in ["* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=CRAM-MD5\r\nA1 OK\r\n", "A1 BAD what\r\n"] {
            var talk = Conversation(isSecure: false, tls: policy)
            talk.server("* OK ready\r\n")
            talk.server(answer)
            #expect(talk.failure != nil && talk.sent == "A1 CAPABILITY\r\n")
        }
        var refused = Conversation(isSecure: false, tls: policy)
        refused.server("* OK ready\r\n* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\nA1 OK\r\n")
        refused.server("A2 NO not now\r\n")
        #expect(refused.failure?.code == .tlsUnavailable && !refused.sent.contains("AUTHENTICATE"))
    }

    @Test func `an opportunistic login in clear shows no password`() {
        var talk = Conversation(isSecure: false, tls: .opportunistic)
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=LOGIN\r\nA1 OK\r\n")
        #expect(talk.failure?.code == .noMechanism && talk.sent == "A1 CAPABILITY\r\n")
        var hashed = Conversation(isSecure: false, tls: .opportunistic)
        hashed.server("* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=CRAM-MD5\r\nA1 OK\r\n")
        #expect(hashed.sent.hasSuffix("A2 AUTHENTICATE CRAM-MD5\r\n"))
    }

    @Test func `LOGINDISABLED is obeyed in TLS too, and a server of another protocol is none`() {
        var talk = Conversation()
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nA1 OK\r\n")
        #expect(talk.failure?.code == .noMechanism)
        var old = Conversation()
        old.server("* OK ready\r\n* CAPABILITY IMAP2 AUTH=PLAIN\r\nA1 OK\r\n")
        #expect(old.failure?.code == .malformed)
    }

    @Test(arguments: [
        ("", "A2 LOGIN {8}\r\n", true), ("LITERAL+", "A2 LOGIN {8+}\r\nàzienda \"sì\\\"\"\r\n", false),
        ("LITERAL-", "A2 LOGIN {8+}\r\nàzienda \"sì\\\"\"\r\n", false),
    ])
    func `login and password are quoted, or literals where they must be`(
        _ capability: String,
        _ begin: String,
        _ waits: Bool
    ) {
        var talk = Conversation(login: "àzienda", password: "si\\\"")
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1 \(capability)\r\nA1 OK\r\n")
        let line = begin.replacing("\"sì\\\"\"", with: "\"si\\\\\\\"\"")
        #expect(talk.sent == "A1 CAPABILITY\r\n\(line)")
        guard waits else { return }
        talk.forget()
        talk.server("+ go on\r\n")
        #expect(talk.sent == "àzienda \"si\\\\\\\"\"\r\n")
    }

    @Test(arguments: [
        ("NO [AUTHENTICATIONFAILED] wrong", IMAPFailure.Code.loginRefused), ("NO sorry", .loginRefused),
        ("NO [UNAVAILABLE] later", .delayed), ("NO [INUSE] busy", .delayed), ("NO Too many connections", .delayed),
        ("NO [LIMIT] slow", .delayed), ("BAD what", .loginRefused),
        ("NO [REFERRAL imap://evil.example/] over there", .loginRefused),
    ])
    func `a refused login says why, and a referral is not followed`(_ answer: String, _ code: IMAPFailure.Code) {
        var talk = Conversation()
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR LOGIN-REFERRALS\r\nA1 OK\r\n")
        let before = talk.sent
        talk.server("A2 \(answer)\r\n")
        #expect(talk.failure?.code == code && talk.sent == before)
    }

    @Test func `what a server in clear wants to show to people is not shown`() {
        var talk = Conversation(isSecure: false)
        talk.server("* OK [ALERT] Your password has expired: visit evil.example\r\n")
        talk.server(
            "* OK [ALERT] again\r\n* NO [ALERT] and again\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\nA1 OK [ALERT] x\r\n"
        )
        talk.server("A2 OK [ALERT] go\r\n")
        #expect(talk.actions == [.startTLS])
        var secure = Conversation.loggedIn()
        secure.server("* OK [ALERT] maintenance on sunday\r\n")
        #expect(secure.actions == [.alert("maintenance on sunday")])
    }

    @Test func `an access token goes by OAUTHBEARER or XOAUTH2, in TLS alone, and its refusal is read to its end`() {
        let token = SASLCredential.accessToken(Secret("ya29.token"))
        var talk = Conversation(credential: token)
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR\r\nA1 OK\r\n")
        #expect(talk.sent.contains("A2 AUTHENTICATE XOAUTH2 "))
        talk.forget()
        talk.server("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
        #expect(talk.sent == "\r\n")
        talk.server("A2 NO [AUTHENTICATIONFAILED] Invalid credentials\r\n")
        #expect(talk.failure?.code == .loginRefused && talk.failure?.message.contains("401") == true)
        var clear = Conversation(isSecure: false, tls: .none, credential: token)
        clear.server("* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR\r\nA1 OK\r\n")
        #expect(clear.failure?.code == .noMechanism && clear.sent == "A1 CAPABILITY\r\n")
        var none = Conversation(credential: token)
        none.server("* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA1 OK\r\n")
        #expect(none.failure?.message.contains("the server offers PLAIN") == true)
    }

    @Test func `SCRAM ends only when the server has proven itself`() {
        var talk = Conversation()
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=SCRAM-SHA-256 SASL-IR\r\nA1 OK\r\n")
        #expect(talk.sent.contains("AUTHENTICATE SCRAM-SHA-256 "))
        talk.server("A2 OK [CAPABILITY IMAP4rev1] welcome without proof\r\n")
        #expect(talk.failure?.code == .serverNotProven)
    }

    @Test(arguments: ["+ !!!\r\n", "+ AAAA\r\n+ AAAA\r\n", "A9 OK\r\n", "* 1 FETCH (BODY[] {3}\r\n"])
    func `nonsense in the login ends the session`(_ answer: String) {
        var talk = Conversation()
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nA1 OK\r\n")
        talk.server(answer)
        #expect(talk.failure != nil)
    }

    @Test func `BYE ends the session at each step`() {
        let steps = [
            "* OK ready\r\n", "* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\nA1 OK\r\n", "A2 OK go\r\n", "tls",
            "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA3 OK\r\n", "+ \r\n", "A4 OK in\r\n",
            "* CAPABILITY IMAP4rev1\r\nA5 OK\r\n",
        ]
        for count in 0...steps.count where count != 3 {
            var talk = Conversation(isSecure: false)
            for step in steps.prefix(count) { step == "tls" ? talk.tell(.tlsEstablished) : talk.server(step) }
            #expect(talk.failure == nil)
            talk.server("* BYE [UNAVAILABLE] going down\r\n")
            #expect(talk.failure?.code == .delayed, "after \(count) steps")
            #expect(talk.failure?.message.contains("going down") == true)
        }
    }

    @Test func `no password is in any description`() {
        var talk = Conversation(password: "Geheim-1")
        talk.server("* OK ready\r\n* CAPABILITY IMAP4rev1\r\nA1 OK\r\n")
        #expect(!"\(talk.machine.handle(.octets(.init(string: "A2 NO Geheim\r\n"))))".contains("Geheim-1"))
        #expect(!"\(talk.machine)".contains("Geheim-1"))
    }
}
