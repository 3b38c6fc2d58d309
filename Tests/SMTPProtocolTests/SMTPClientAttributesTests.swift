// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SMTPProtocol
import Testing

/// XCLIENT, and clients that do not wait for their greeting.
struct SMTPClientAttributesTests {
    private func server(_ configure: (inout SMTPServerPolicy) -> Void = { _ in }, inTLS: Bool = false) -> ScriptedServer
    {
        var server = ScriptedServer(
            {
                $0.offersXCLIENT = true
                configure(&$0)
            },
            inTLS: inTLS
        )
        _ = server.say("EHLO filter.azienda.it")
        return server
    }

    @Test
    func `it is announced to those who may say it, and to nobody else`() {
        var server = server()
        #expect(server.say("EHLO x").contains("250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT\r\n"))
        var other = ScriptedServer()
        #expect(!other.say("EHLO x").contains("XCLIENT"))
        #expect(other.say("XCLIENT ADDR=198.51.100.7").hasPrefix("550 5.7.0 "))
        #expect(other.adopted.isEmpty)
    }

    @Test
    func `the session begins anew with a greeting`() {
        var server = server()
        #expect(
            server.say("XCLIENT ADDR=198.51.100.7 NAME=mail.example.org PORT=40000").hasPrefix("220 relay.azienda.it")
        )
        #expect(server.adopted.map(\.address) == [.known([198, 51, 100, 7])])
        #expect(server.adopted.map(\.name) == [.known("mail.example.org")])
        #expect(server.machine.clientName == nil)
        #expect(server.say("MAIL FROM:<>").hasPrefix("503 "))
        _ = server.say("HELO mail.example.org")
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 "))
    }

    @Test
    func `HELO and PROTO stand for the client's own greeting`() {
        var server = server()
        _ = server.say("xclient addr=IPV6:2001:db8::9 HELO=mail.example.org proto=esmtp login=mario destaddr=x")
        #expect(server.machine.clientName == "mail.example.org" && server.machine.isExtended)
        #expect(server.adopted.first?.address == .known(IPAddress.parse("2001:db8::9") ?? []))
        #expect(server.say("MAIL FROM:<>").hasPrefix("250 "))
    }

    @Test
    func `no right of the filter passes to the client, and LOGIN gives none`() {
        var server = server(
            {
                $0.offersAuthentication = true
                $0.requiresAuthentication = true
            },
            inTLS: true
        )
        #expect(server.say("AUTH PLAIN AG1hcmlvAHNlZ3JldG8=").hasPrefix("235 "))
        #expect(server.say("XCLIENT ADDR=198.51.100.7 LOGIN=mario HELO=x PROTO=ESMTP").hasPrefix("220 "))
        #expect(server.machine.authenticated == nil)
        #expect(server.say("MAIL FROM:<>").hasPrefix("530 "))
        var certified = ScriptedServer(
            {
                $0.offersXCLIENT = true
                $0.requiresClientCertificate = true
            },
            inTLS: false
        )
        certified.machine = SMTPServerMachine(policy: certified.machine.policy)
        certified.report(.tlsEstablished(.init(version: "TLSv1.3", clientCertificate: "CN=filter")))
        _ = certified.say("EHLO filter.azienda.it")
        _ = certified.say("XCLIENT ADDR=198.51.100.7 HELO=x")
        #expect(certified.say("MAIL FROM:<>").hasPrefix("530 "))
    }

    @Test
    func `within a transaction it is refused, and a client that is not served is told so and closed`() {
        var server = server()
        _ = server.say("MAIL FROM:<>")
        #expect(server.say("XCLIENT ADDR=198.51.100.7").hasPrefix("503 5.5.1 "))
        _ = server.say("RSET")
        server.adoption = SMTPReply(421, EnhancedStatus(4, 7, 0), "blocked")
        #expect(server.say("XCLIENT ADDR=198.51.100.7").hasPrefix("421 4.7.0 blocked"))
        #expect(server.isClosed)
    }

    @Test(arguments: [
        "XCLIENT", "XCLIENT ADDR", "XCLIENT ADDR=", "XCLIENT ADDR=198.51.100", "XCLIENT ADDR=[198.51.100.7]",
        "XCLIENT NAME=a+0D+0Ab", "XCLIENT NAME=a+20b", "XCLIENT HELO=<x>", "XCLIENT PROTO=LMTP", "XCLIENT FOO=x",
        "XCLIENT NAME=+4", "XCLIENT NAME=",
    ])
    func `wrong attributes are refused and change nothing`(_ line: String) {
        var server = server()
        #expect(server.say(line).hasPrefix("501 5.5.4 "))
        #expect(server.adopted.isEmpty && server.machine.clientName == "filter.azienda.it")
    }

    @Test(arguments: ["[UNAVAILABLE]", "[TEMPUNAVAIL]", "[unavailable]"])
    func `values that are not available are none`(_ word: String) {
        var server = server()
        _ = server.say("XCLIENT NAME=\(word) ADDR=\(word) HELO=\(word) PROTO=\(word)")
        #expect(server.adopted.first?.name == .unavailable && server.adopted.first?.address == .unavailable)
        #expect(server.machine.clientName == nil && !server.machine.isExtended)
    }

    @Test
    func `who speaks before the greeting is refused and closed`() {
        var machine = SMTPServerMachine(policy: SMTPServerPolicy(hostname: "relay.azienda.it"))
        let actions = machine.handle(.spokeTooEarly)
        #expect(
            actions == [
                .reply(SMTPReply(554, EnhancedStatus(5, 5, 1), "relay.azienda.it was not greeting yet; closing")),
                .close,
            ]
        )
        #expect(machine.stage == .closed && machine.handle(.connected).isEmpty)
    }

    @Test
    func `who is dismissed goes at once when nothing is under way, else nothing happens`() {
        let reply = SMTPReply(421, EnhancedStatus(4, 7, 0), "blocked")
        var idle = server()
        #expect(idle.machine.handle(.dismissed(reply)) == [.reply(reply), .close])
        var busy = server()
        _ = busy.say("MAIL FROM:<>")
        _ = busy.say("RCPT TO:<ugo@azienda.it>")
        _ = busy.say("DATA")
        #expect(busy.machine.handle(.dismissed(reply)).isEmpty && busy.machine.stage == .data)
    }
}
