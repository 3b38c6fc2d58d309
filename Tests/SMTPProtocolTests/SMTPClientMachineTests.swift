// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SASLMechanisms
import SMTPProtocol
import Testing

@Suite struct SMTPClientMachineTests {
    private let credentials = SMTPCredentials(login: "azienda", credential: .password(Secret("segreto")))

    private func machine(
        _ tls: TLSPolicy,
        implicit: Bool = false,
        credentials: SMTPCredentials? = nil
    ) -> SMTPClientMachine {
        SMTPClientMachine(
            .init(
                hostname: "relay.azienda.it",
                tls: tls,
                hasImplicitTLS: implicit,
                credentials: credentials,
                peer: "smtp.example.it:25"
            )
        )
    }

    private func ehlo(_ keywords: String...) -> SMTPClientMachine.Event {
        .reply(SMTPReply(250, lines: ["smtp.example.it"] + keywords))
    }

    private let greeting = SMTPClientMachine.Event.reply(SMTPReply(220, "ready"))
    private let hello = SMTPClientMachine.Action.send("EHLO relay.azienda.it")

    private func failure(_ actions: [SMTPClientMachine.Action]) -> SMTPClientError? {
        guard actions.count == 1, case .fail(let error) = actions[0] else { return nil }
        return error
    }

    private func isReady(_ actions: [SMTPClientMachine.Action]) -> Bool {
        guard actions.count == 1, case .ready = actions[0] else { return false }
        return true
    }

    @Test func `a session without TLS and login is ready after EHLO`() {
        var machine = machine(.none)
        #expect(machine.handle(greeting) == [hello])
        let actions = machine.handle(
            ehlo("PIPELINING", "size 1000", "AUTH=LOGIN PLAIN", "AUTH CRAM-MD5 plain", "X-NEW")
        )
        var capabilities = SMTPCapabilities()
        capabilities.pipelining = true
        capabilities.size = true
        capabilities.maximumSize = 1000
        capabilities.authentication = ["LOGIN", "PLAIN", "CRAM-MD5"]
        #expect(actions == [.ready(capabilities)])
        #expect(machine.state == .ready)
    }

    @Test func `a server without EHLO gets HELO`() {
        var machine = machine(.opportunistic)
        _ = machine.handle(greeting)
        #expect(machine.handle(.reply(SMTPReply(502, "what"))) == [.send("HELO relay.azienda.it")])
        #expect(machine.handle(.reply(SMTPReply(250, lines: ["x", "PIPELINING"]))) == [.ready(SMTPCapabilities())])
    }

    @Test(arguments: [554, 421, 450])
    func `a greeting that turns us away ends the session with its words`(_ code: Int) {
        var machine = machine(.none)
        let error = failure(machine.handle(.reply(SMTPReply(code, "go away"))))
        #expect(error?.code == .greeting)
        #expect(error?.message.contains("\(code) go away") == true)
        #expect(error?.message.contains("smtp.example.it:25") == true)
    }

    @Test(arguments: [250, 354, 221])
    func `a greeting that is none is a violation`(_ code: Int) {
        var machine = machine(.none)
        #expect(failure(machine.handle(.reply(SMTPReply(code, "x"))))?.code == .protocolViolation)
    }

    @Test func `what was offered before TLS is forgotten`() {
        var machine = machine(.opportunistic)
        _ = machine.handle(greeting)
        #expect(machine.handle(ehlo("STARTTLS", "CHUNKING", "AUTH PLAIN")) == [.send("STARTTLS")])
        #expect(machine.handle(.reply(SMTPReply(220, "go"))) == [.startTLS])
        #expect(machine.handle(.tlsEstablished) == [hello])
        #expect(machine.capabilities == SMTPCapabilities())
        #expect(machine.handle(ehlo("DSN")) == [.ready(SMTPCapabilities(SMTPReply(250, lines: ["x", "DSN"])))])
        #expect(machine.isSecure)
    }

    @Test(arguments: [TLSPolicy.require, .verify])
    func `a server stripped of STARTTLS is not used where TLS is asked for`(_ policy: TLSPolicy) {
        var stripped = machine(policy)
        _ = stripped.handle(greeting)
        #expect(failure(stripped.handle(ehlo("PIPELINING")))?.code == .tls)
        var refusing = machine(policy)
        _ = refusing.handle(greeting)
        _ = refusing.handle(ehlo("STARTTLS"))
        #expect(failure(refusing.handle(.reply(SMTPReply(454, "not now"))))?.message.contains("454 not now") == true)
        var old = machine(policy)
        _ = old.handle(greeting)
        _ = old.handle(.reply(SMTPReply(500, "what")))
        #expect(failure(old.handle(.reply(SMTPReply(250, "hi"))))?.code == .tls)
    }

    @Test func `only opportunistic TLS goes on in clear`() {
        var absent = machine(.opportunistic)
        _ = absent.handle(greeting)
        #expect(isReady(absent.handle(ehlo("PIPELINING"))))
        var refused = machine(.opportunistic)
        _ = refused.handle(greeting)
        _ = refused.handle(ehlo("STARTTLS", "DSN"))
        #expect(isReady(refused.handle(.reply(SMTPReply(454, "not now")))))
    }

    @Test func `TLS that is there or not wanted is not begun`() {
        var implicit = machine(.verify, implicit: true)
        _ = implicit.handle(greeting)
        #expect(isReady(implicit.handle(ehlo("STARTTLS"))))
        var never = machine(.none)
        _ = never.handle(greeting)
        #expect(isReady(never.handle(ehlo("STARTTLS"))))
        #expect(!never.isSecure)
    }

    @Test func `a failed handshake and a reply in its place end the session`() {
        for event in [SMTPClientMachine.Event.tlsFailed("bad certificate"), .reply(SMTPReply(250, "injected"))] {
            var machine = machine(.require)
            _ = machine.handle(greeting)
            _ = machine.handle(ehlo("STARTTLS"))
            _ = machine.handle(.reply(SMTPReply(220, "go")))
            #expect(failure(machine.handle(event)) != nil)
        }
    }

    @Test(arguments: [["AUTH PLAIN LOGIN"], ["AUTH LOGIN"], [], ["AUTH GSSAPI"]])
    func `PLAIN and LOGIN are never used in clear`(_ keywords: [String]) {
        var machine = machine(.none, credentials: credentials)
        _ = machine.handle(greeting)
        let error = failure(machine.handle(.reply(SMTPReply(250, lines: ["x"] + keywords))))
        #expect(error?.code == .loginUnavailable)
    }

    @Test func `CRAM-MD5 is used in clear and shows no password`() {
        var machine = machine(.none, credentials: credentials)
        _ = machine.handle(greeting)
        #expect(machine.handle(ehlo("AUTH PLAIN CRAM-MD5")) == [.send("AUTH CRAM-MD5")])
        let actions = machine.handle(.reply(SMTPReply(334, "PDEyMy40NTZAeD4=")))
        guard case .sendSecret(let response)? = actions.first else { return #expect(Bool(false), "\(actions)") }
        #expect(Base64.decode(response.reveal())?.starts(with: Array("azienda ".utf8)) == true)
        #expect(isReady(machine.handle(.reply(SMTPReply(235, "in")))))
    }

    @Test func `PLAIN goes with its initial response and in no description`() {
        var machine = machine(.verify, implicit: true, credentials: credentials)
        _ = machine.handle(greeting)
        let actions = machine.handle(ehlo("AUTH LOGIN PLAIN"))
        #expect(actions == [.sendSecret(Secret("AUTH PLAIN AGF6aWVuZGEAc2VncmV0bw=="))])
        #expect(!"\(actions) \(machine)".contains("AGF6"))
        #expect(!"\(actions) \(machine)".contains("segreto"))
        #expect(isReady(machine.handle(.reply(SMTPReply(235, "in")))))
    }

    @Test func `LOGIN answers each question`() {
        var machine = machine(.verify, implicit: true, credentials: credentials)
        _ = machine.handle(greeting)
        #expect(machine.handle(ehlo("AUTH LOGIN")) == [.send("AUTH LOGIN")])
        #expect(machine.handle(.reply(SMTPReply(334, "VXNlcm5hbWU6"))) == [.sendSecret(Secret("YXppZW5kYQ=="))])
        #expect(machine.handle(.reply(SMTPReply(334, "UGFzc3dvcmQ6"))) == [.sendSecret(Secret("c2VncmV0bw=="))])
        #expect(isReady(machine.handle(.reply(SMTPReply(235, "in")))))
    }

    @Test func `an initial response too long for a line waits for its challenge`() {
        let long = SMTPCredentials(login: "azienda", credential: .password(Secret(String(repeating: "p", count: 500))))
        var machine = machine(.verify, implicit: true, credentials: long)
        _ = machine.handle(greeting)
        #expect(machine.handle(ehlo("AUTH PLAIN")) == [.send("AUTH PLAIN")])
        let actions = machine.handle(.reply(SMTPReply(334, "")))
        guard case .sendSecret(let response)? = actions.first else { return #expect(Bool(false), "\(actions)") }
        #expect(Base64.decode(response.reveal())?.count == 509)
    }

    @Test(arguments: [
        (535, SMTPClientError.Code.loginRefused), (534, .loginRefused), (454, .loginDeferred),
        (250, .protocolViolation),
    ])
    func `a login that does not succeed ends with the server's words`(_ code: Int, _ expected: SMTPClientError.Code) {
        var machine = machine(.verify, implicit: true, credentials: credentials)
        _ = machine.handle(greeting)
        _ = machine.handle(ehlo("AUTH PLAIN"))
        let error = failure(machine.handle(.reply(SMTPReply(code, "casella bloccata"))))
        #expect(error?.code == expected)
        #expect(error?.message.contains("\(code) casella bloccata") == true)
        #expect(error?.message.contains("segreto") == false)
    }

    @Test func `a server that cannot prove itself with SCRAM is not trusted`() {
        var machine = machine(.verify, implicit: true, credentials: credentials)
        _ = machine.handle(greeting)
        _ = machine.handle(ehlo("AUTH SCRAM-SHA-256 PLAIN"))
        #expect(failure(machine.handle(.reply(SMTPReply(235, "in"))))?.code == .protocolViolation)
    }

    private let bearer = SMTPCredentials(login: "azienda", credential: .accessToken(Secret("ya29.segreto")))

    @Test func `a server that repeats the password is not quoted, and the reply that is kept holds none`() {
        for text in ["AUTH PLAIN AGF6aWVuZGEAc2VncmV0bw== is unknown", "what is segreto", "c2VncmV0bw=="] {
            var machine = machine(.verify, implicit: true, credentials: credentials)
            _ = machine.handle(greeting)
            _ = machine.handle(ehlo("AUTH PLAIN"))
            let error = failure(machine.handle(.reply(SMTPReply(535, lines: ["no", text]))))
            #expect(error?.code == .loginRefused && error?.message.contains("535 no (words not shown") == true)
            #expect(error?.reply?.lines.joined().contains(text) == false, "\(text)")
        }
    }

    @Test(arguments: [["AUTH PLAIN LOGIN"], ["AUTH XOAUTH2 OAUTHBEARER"], []])
    func `an access token never goes in clear, nor as a password`(_ keywords: [String]) {
        let isFit = keywords.contains("AUTH XOAUTH2 OAUTHBEARER")
        for (tls, isSecure) in [(TLSPolicy.none, false), (.verify, true)] where !(isFit && isSecure) {
            var machine = machine(tls, implicit: isSecure, credentials: bearer)
            _ = machine.handle(greeting)
            let error = failure(machine.handle(.reply(SMTPReply(250, lines: ["x"] + keywords))))
            #expect(error?.code == .loginUnavailable)
        }
    }

    @Test func `a token that is refused ends with both words of the server`() {
        var machine = machine(.verify, implicit: true, credentials: bearer)
        _ = machine.handle(greeting)
        let begun = machine.handle(ehlo("AUTH PLAIN XOAUTH2"))
        #expect(begun == [.sendSecret(Secret("AUTH XOAUTH2 dXNlcj1hemllbmRhAWF1dGg9QmVhcmVyIHlhMjkuc2VncmV0bwEB"))])
        let challenge = Base64.encode(#"{"status":"400","scope":"https://mail.example/"}"#.utf8)
        #expect(machine.handle(.reply(SMTPReply(334, challenge))) == [.sendSecret(Secret(""))])
        let error = failure(machine.handle(.reply(SMTPReply(535, "5.7.8 not accepted"))))
        #expect(error?.code == .loginRefused)
        #expect(
            error?.message.hasSuffix(
                "\"535 5.7.8 not accepted\" (status 400, it asks for the scope https://mail.example/)"
            ) == true
        )
        #expect(error?.message.contains("ya29") == false)
    }

    @Test func `a token too long for a line waits for its challenge, and a refusal is answered with one octet`() {
        let long = SMTPCredentials(
            login: "azienda",
            credential: .accessToken(Secret(String(repeating: "t", count: 2000)))
        )
        var machine = machine(.verify, implicit: true, credentials: long)
        _ = machine.handle(greeting)
        #expect(machine.handle(ehlo("AUTH OAUTHBEARER XOAUTH2")) == [.send("AUTH OAUTHBEARER")])
        let actions = machine.handle(.reply(SMTPReply(334, "")))
        guard case .sendSecret(let response)? = actions.first else { return #expect(Bool(false), "\(actions)") }
        #expect(Base64.decode(response.reveal())?.count == 2000 + "n,a=azienda,?auth=Bearer ??".utf8.count)
        #expect(machine.handle(.reply(SMTPReply(334, "e30="))) == [.sendSecret(Secret("AQ=="))])
        #expect(failure(machine.handle(.reply(SMTPReply(535, "no"))))?.code == .loginRefused)
    }

    @Test func `a challenge that is not base 64 is a violation`() {
        var machine = machine(.verify, implicit: true, credentials: credentials)
        _ = machine.handle(greeting)
        _ = machine.handle(ehlo("AUTH LOGIN"))
        #expect(failure(machine.handle(.reply(SMTPReply(334, "!!!"))))?.code == .protocolViolation)
    }
}
