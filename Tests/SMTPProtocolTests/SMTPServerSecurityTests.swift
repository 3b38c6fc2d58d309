// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import SMTPProtocol
import Testing

/// STARTTLS and AUTH.
struct SMTPServerSecurityTests {
    private func server(
        _ configure: (inout SMTPServerPolicy) -> Void = { _ in },
        inTLS: Bool = false
    ) -> ScriptedServer {
        var server = ScriptedServer(
            {
                $0.offersStartTLS = true
                $0.offersAuthentication = true
                configure(&$0)
            },
            inTLS: inTLS
        )
        _ = server.say("EHLO exch1.azienda.lan")
        return server
    }

    @Test
    func `after STARTTLS all that was said in clear is forgotten`() {
        var server = server()
        #expect(server.say("STARTTLS").hasPrefix("220 2.0.0 "))
        #expect(server.machine.clientName == nil && !server.machine.isExtended)
        #expect(server.say("MAIL FROM:<>").hasPrefix("503 "))
        #expect(!server.say("EHLO x").contains("STARTTLS"))
        #expect(server.say("STARTTLS").hasPrefix("503 "))
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 "))
    }

    @Test(arguments: ["STARTTLS\r\nMAIL FROM:<x@y.it>\r\n", "STARTTLS\r\nE", "STARTTLS\r\n\u{16}\u{3}"])
    func `octets pipelined behind STARTTLS end the session without a reply`(_ octets: String) {
        var server = server()
        let before = server.transcript
        server.receive(octets)
        #expect(server.isClosed && server.machine.stage == .closed)
        #expect(server.transcript == before)
        #expect(server.machine.envelope == nil)
    }

    @Test
    func `STARTTLS is refused where it is not offered and within a transaction`() {
        var without = ScriptedServer()
        _ = without.say("EHLO x")
        #expect(without.say("STARTTLS").hasPrefix("502 5.5.1 "))
        var server = server()
        _ = server.say("MAIL FROM:<>")
        #expect(server.say("STARTTLS").hasPrefix("503 "))
    }

    @Test
    func `a server that requires TLS refuses MAIL before it with 530 5.7.0`() {
        var server = server { $0.requiresTLS = true }
        #expect(server.say("MAIL FROM:<>").hasPrefix("530 5.7.0 "))
        _ = server.say("STARTTLS")
        _ = server.say("EHLO x")
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 "))
    }

    @Test
    func `a server that requires a client certificate refuses MAIL without one`() {
        var server = server({ $0.requiresClientCertificate = true }, inTLS: true)
        #expect(server.say("MAIL FROM:<>").hasPrefix("530 5.7.0 "))
        var policy = SMTPServerPolicy(hostname: "relay.azienda.it")
        policy.requiresClientCertificate = true
        var machine = SMTPServerMachine(policy: policy)
        _ = machine.handle(.tlsEstablished(.init(version: "TLSv1.3", clientCertificate: "CN=exch1")))
        _ = machine.handle(.line(ByteBuffer(string: "EHLO x")))
        #expect(
            machine.handle(.line(ByteBuffer(string: "MAIL FROM:<>"))) == [.judgeSender(.null, declaredSize: nil)]
        )
    }

    @Test
    func `AUTH is refused outside TLS, whatever the mechanism`() {
        var server = server()
        #expect(server.say("AUTH PLAIN AG1hcmlvAHNlZ3JldG8=").hasPrefix("538 5.7.11 "))
        #expect(server.say("AUTH LOGIN").hasPrefix("538 5.7.11 "))
    }

    @Test
    func `what a client sends after an AUTH that was refused is not repeated, for replies are logged`() {
        var server = server()
        #expect(server.say("AUTH LOGIN").hasPrefix("538 "))
        let reply = server.say("c2VncmV0bzEyMw==")
        #expect(reply.hasPrefix("500 5.5.1 ") && !reply.uppercased().contains("C2VNCMV0"))
    }

    @Test
    func `AUTH PLAIN with and without an initial response`() {
        var first = server(inTLS: true)
        #expect(first.say("AUTH PLAIN AG1hcmlvAHNlZ3JldG8=").hasPrefix("235 2.7.0 "))
        #expect(first.machine.authenticated == "mario")
        #expect(first.say("AUTH PLAIN AG1hcmlvAHNlZ3JldG8=").hasPrefix("503 "))
        var second = server(inTLS: true)
        #expect(second.say("AUTH PLAIN") == "334 \r\n")
        #expect(second.say("AG1hcmlvAHNlZ3JldG8=").hasPrefix("235 "))
    }

    @Test
    func `AUTH LOGIN asks for name and password`() {
        var server = server(inTLS: true)
        #expect(server.say("AUTH LOGIN") == "334 VXNlcm5hbWU6\r\n")
        #expect(server.say("bWFyaW8=") == "334 UGFzc3dvcmQ6\r\n")
        #expect(server.say("c2VncmV0bw==").hasPrefix("235 "))
    }

    @Test
    func `a server that requires AUTH refuses MAIL before it`() {
        var server = server({ $0.requiresAuthentication = true }, inTLS: true)
        #expect(server.say("MAIL FROM:<>").hasPrefix("530 5.7.0 "))
        _ = server.say("AUTH PLAIN AG1hcmlvAHNlZ3JldG8=")
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 "))
    }

    @Test
    func `AUTH that goes wrong is refused, and the session goes on`() {
        var server = server(inTLS: true)
        #expect(server.say("AUTH CRAM-MD5").hasPrefix("504 5.5.4 "))
        #expect(server.say("AUTH PLAIN !!!").hasPrefix("501 5.5.2 "))
        #expect(server.say("AUTH PLAIN =").hasPrefix("501 5.5.2 "))
        _ = server.say("AUTH LOGIN")
        #expect(server.say("*").hasPrefix("501 5.7.0 "))
        _ = server.say("AUTH PLAIN")
        #expect(server.say("").hasPrefix("501 5.5.2 "))
        _ = server.say("AUTH LOGIN")
        #expect(server.say("a\nb").hasPrefix("500 5.5.2 "))
        #expect(server.say("NOOP").hasPrefix("250 "))
        _ = server.say("MAIL FROM:<>")
        #expect(server.say("AUTH LOGIN").hasPrefix("503 "))
    }

    @Test
    func `three failed logins end the session`() {
        var server = server(inTLS: true)
        #expect(server.say("AUTH PLAIN AG1hcmlvAHg=").hasPrefix("535 5.7.8 "))
        #expect(server.say("AUTH PLAIN AG1hcmlvAHg=").hasPrefix("535 5.7.8 "))
        #expect(server.say("AUTH PLAIN AG1hcmlvAHg=").hasPrefix("421 4.7.0 "))
        #expect(server.isClosed && server.machine.authenticated == nil)
    }

    @Test
    func `what an action shows of a password is nothing`() {
        var policy = SMTPServerPolicy(hostname: "relay.azienda.it")
        policy.offersAuthentication = true
        var machine = SMTPServerMachine(policy: policy)
        _ = machine.handle(.tlsEstablished(.init(version: "TLSv1.3")))
        _ = machine.handle(.line(ByteBuffer(string: "EHLO x")))
        let actions = machine.handle(.line(ByteBuffer(string: "AUTH PLAIN AG1hcmlvAHNlZ3JldG8=")))
        #expect(!"\(actions)".contains("segreto") && !"\(machine)".contains("segreto"))
        #expect(actions == [.checkPassword(login: "mario", password: Secret("segreto"))])
    }
}
