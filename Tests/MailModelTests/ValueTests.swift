// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

struct ValueTests {
    @Test func `A secret is shown by nothing but reveal`() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        dump(["password": secret], to: &dumped)
        #expect(!"\(secret) \(secret.debugDescription) \(String(reflecting: secret)) \(dumped)".contains("hunter2"))
        #expect("\(secret)" == "<secret>")
        #expect(secret.reveal() == "hunter2")
        #expect(secret == Secret("hunter2"))
        #expect(secret != Secret("hunter3"))
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_999, "999 kB"), (1_000_000, "1 MB"), (157_286_400, "157 MB"),
        (1_250_000_000, "1.2 GB"), (12_000_000_000, "12.0 GB"),
    ])
    func `A size is written short`(_ octets: Int, _ text: String) {
        #expect(ByteCount(octets: octets).description == text)
    }

    @Test func `Sizes compare and count megabytes as providers do`() {
        #expect(ByteCount.megabytes(30).octets == 30_000_000)
        #expect(ByteCount(octets: 1) < ByteCount(octets: 2))
    }

    @Test func `A reply says its class and reads on one line`() {
        let reply = SMTPReply(550, EnhancedStatus(5, 7, 1), lines: ["relaying", "denied"])
        #expect(reply.description == "550 5.7.1 relaying denied")
        #expect(reply.isPermanent && !reply.isTransient && !reply.isPositive && !reply.isIntermediate)
        #expect(SMTPReply(354, nil, "go").isIntermediate)
        #expect(SMTPReply(451, nil, "later").isTransient)
        #expect(SMTPReply(250, lines: []).lines == [""])
        #expect(SMTPReply(250, nil, "ok").isPositive)
    }

    @Test(arguments: [Route.exchange, .internet, .account("azienda@pec.example.it"), .account("a:b@c.it")])
    func `A route is read back from its description`(_ route: Route) {
        #expect(Route(route.description) == route)
    }

    @Test(arguments: ["", "Exchange", "account", "account:", "smtp"])
    func `What is no route is refused`(_ text: String) {
        #expect(Route(text) == nil)
    }

    @Test func `A reverse-path is written without brackets`() {
        let address = AddrSpec(localPart: "a b", domain: "c.it")
        #expect(ReversePath.null.description == "")
        #expect(ReversePath.null.mailbox == nil)
        #expect(ReversePath.mailbox(address).description == #""a b"@c.it"#)
        #expect(ReversePath.mailbox(address).mailbox == address)
    }

    @Test func `An endpoint is written as it is configured`() {
        let plain = Endpoint(scheme: .smtp, host: "mail.example.it", port: 587, tls: .verify)
        #expect(plain.description == "smtp://mail.example.it:587")
        #expect(!plain.hasImplicitTLS)
        let literal = Endpoint(scheme: .pop3s, host: "2001:db8::1", port: 995, tls: .verify)
        #expect(literal.description == "pop3s://[2001:db8::1]:995")
        #expect(literal.hasImplicitTLS)
    }
}
