// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import NameResolution
import SenderScreening
import Synchronization
import Testing

@testable import SMTPServer

/// Clients behind proxies and filters, on loopback.
@Suite(.timeLimit(.minutes(5)))
struct ProxyTests {
    private let loopback = networks("127.0.0.1")

    /// Sends a message in an open session whose greeting was read.
    private func send(_ client: TestClient) async throws {
        try await client.send("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nDATA\r\na: b\r\n\r\n.\r\n")
        for _ in 0..<5 { _ = try await client.reply() }
    }

    private func greeting(_ port: Int, _ address: String) async throws -> String {
        try await TestClient.run(port: port) { client in
            try await client.send(ByteBuffer(bytes: proxyHeader(address)))
            return try await client.reply() ?? "(closed)"
        }
    }

    @Test(arguments: ["198.51.100.7", "2001:db8::9"])
    func `the client that the proxy names is the client, however the header comes in`(_ address: String) async throws {
        let header = proxyHeader(address, tlvs: [0x20, 0, 2, 1, 2])
        for split in [header.count, 5, 16, header.count - 1] {
            let receiver = RecordingReceiver()
            try await withListener(receiver) {
                $0.proxies = loopback
            } _: { port, listener in
                try await TestClient.run(port: port) { client in
                    try await client.send(ByteBuffer(bytes: header[..<split]))
                    if split < header.count { try await client.send(ByteBuffer(bytes: header[split...])) }
                    #expect(try await client.reply() == "220 relay.azienda.it ESMTP Ceralacca")
                    #expect(listener.sessions == 1)
                    try await send(client)
                }
                try await listener.untilEmpty()
            }
            #expect(receiver.messages.map(\.session.peer) == [address])
        }
    }

    @Test
    func `what comes in with the header is read behind it`() async throws {
        let receiver = RecordingReceiver()
        try await withListener(receiver) {
            $0.proxies = loopback
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                let commands = Array("HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.it>\r\nDATA\r\na: b\r\n\r\n.\r\n".utf8)
                try await client.send(ByteBuffer(bytes: proxyHeader("198.51.100.7") + commands))
                for code in ["220", "250", "250", "250", "354", "250"] {
                    #expect(try await client.reply()?.prefix(3) == code[...])
                }
            }
        }
        #expect(receiver.messages.count == 1)
    }

    @Test
    func `allow, limits and blocks are about the client, not about the proxy`() async throws {
        let screen = makeScreen {
            $0.exempt = networks("127.0.0.1")
            $0.limits[.connection] = RateLimit(1, per: .seconds(600))
        }
        try await withListener {
            $0.proxies = loopback
            $0.allowed = networks("198.51.100.0/24")
            $0.screen = screen
        } _: { port, _ in
            for (address, start) in [
                ("203.0.113.5", "554 5.7.1 "), ("127.0.0.1", "554 5.7.1 "), ("198.51.100.7", "220 "),
                ("198.51.100.7", "421 4.7.0 "), ("198.51.100.8", "220 "),
            ] {
                let greeting = try await greeting(port, address)
                #expect(greeting.hasPrefix(start), "\(address): \(greeting)")
            }
        }
    }

    @Test(arguments: [
        Array("EHLO x\r\n".utf8), Array("PROXY TCP4 198.51.100.7 127.0.0.1 40000 25\r\n".utf8),
        proxyHeader("198.51.100.7").prefix(12) + [0x21, 0, 0, 0],
    ])
    func `a listed proxy without a proper header is not served`(_ octets: [UInt8]) async throws {
        try await withListener {
            $0.proxies = loopback
        } _: { port, listener in
            try await TestClient.run(port: port) { client in
                try await client.send(ByteBuffer(bytes: octets))
                #expect(try await client.reply() == nil)
            }
            #expect(listener.sessions == 0)
        }
    }

    @Test
    func `the header of one that is not listed is no command`() async throws {
        let receiver = RecordingReceiver()
        try await withListener(receiver) {
            $0.proxies = networks("203.0.113.1")
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                try await client.send(ByteBuffer(bytes: proxyHeader("198.51.100.7") + Array("\r\n".utf8)))
                #expect(try await client.reply()?.hasPrefix("500 ") == true)
            }
        }
    }

    @Test
    func `the proxy's own connection is served as the proxy's`() async throws {
        let receiver = RecordingReceiver()
        try await withListener(receiver) {
            $0.proxies = loopback
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                try await client.send(ByteBuffer(bytes: proxyHeader("198.51.100.7").prefix(12) + [0x20, 0, 0, 0]))
                #expect(try await client.reply()?.hasPrefix("220 ") == true)
                try await send(client)
            }
        }
        #expect(receiver.messages.map(\.session.peer) == ["127.0.0.1"])
    }

    @Test
    func `a filter speaks for its clients, each judged as if it had connected itself`() async throws {
        let receiver = RecordingReceiver()
        let screen = makeScreen { $0.limits[.message] = RateLimit(1, per: .seconds(600)) }
        screen.block(
            ClientBlock(
                network: try #require(Network("203.0.113.0/24")),
                since: Timestamp(milliseconds: 0),
                until: Timestamp(milliseconds: .max),
                strikes: 1,
                reason: "a person"
            )
        )
        try await withListener(receiver) {
            $0.xclients = loopback
            $0.screen = screen
            $0.limits.connectionsPerAddress = 1
        } _: { port, listener in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                #expect(try await client.say("EHLO filter").contains("250-XCLIENT NAME ADDR"))
                for (address, name) in [("198.51.100.7", "mail.example.org"), ("IPV6:2001:db8::9", "[UNAVAILABLE]")] {
                    let reply = try await client.say("XCLIENT ADDR=\(address) NAME=\(name) HELO=x PROTO=ESMTP")
                    #expect(reply.hasPrefix("220 "))
                    try await send(client)
                }
                #expect(try await client.say("XCLIENT ADDR=198.51.100.7").hasPrefix("220 "))
                _ = try await client.say("EHLO x")
                #expect(try await client.say("MAIL FROM:<>").hasPrefix("451 4.7.0 "))
                #expect(
                    try await client.say("XCLIENT ADDR=203.0.113.5").hasPrefix("421 4.7.0 203.0.113.0/24 is blocked")
                )
                #expect(try await client.reply() == nil)
            }
            try await listener.untilEmpty()
            try await TestClient.run(port: port) { client in
                let greeting = try await client.reply()
                #expect(greeting?.hasPrefix("220 ") == true, "every address was counted out again")
            }
        }
        #expect(receiver.messages.map(\.session.peer) == ["198.51.100.7", "2001:db8::9"])
        #expect(receiver.messages.map(\.session.reverseName) == ["mail.example.org", nil])
    }

    @Test
    func `the addresses of one network of IPv6 are one client`() async throws {
        try await withListener {
            $0.proxies = loopback
            $0.limits.connectionsPerAddress = 1
        } _: { port, _ in
            try await TestClient.run(port: port) { first in
                try await first.send(ByteBuffer(bytes: proxyHeader("2001:db8:0:1::1")))
                #expect(try await first.reply()?.hasPrefix("220 ") == true)
                for (address, code) in [("2001:db8:0:1:ffff::2", "421 "), ("2001:db8:0:2::1", "220 ")] {
                    try await TestClient.run(port: port) { second in
                        try await second.send(ByteBuffer(bytes: proxyHeader(address)))
                        let greeting = try await second.reply()
                        #expect(greeting?.hasPrefix(code) == true, "\(address)")
                    }
                }
            }
        }
    }

    @Test
    func `nobody else speaks for others`() async throws {
        try await withListener {
            $0.xclients = networks("203.0.113.1")
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                _ = try await client.reply()
                #expect(try await client.say("EHLO x").contains("XCLIENT") == false)
                #expect(try await client.say("XCLIENT ADDR=198.51.100.7").hasPrefix("550 5.7.0 "))
            }
        }
    }

    @Test
    func `the name and the lists of the DNS are known at MAIL, and refuse at RCPT where that is wanted`() async throws {
        let dns = ListedDNS(records: [
            "7.100.51.198.in-addr.arpa ptr": [
                ListedDNS.wire("forged.example.org"), ListedDNS.wire("mail.example.org"),
            ],
            "forged.example.org a": [[198, 51, 100, 8]], "mail.example.org a": [[198, 51, 100, 7]],
            "7.100.51.198.bl.example.org a": [[127, 0, 0, 4]], "9.100.51.198.bl.example.org a": [[127, 255, 255, 254]],
        ])
        let receiver = RecordingReceiver()
        let screen = makeScreen(resolver: dns) { $0.lookups.zones = [BlockingZone("bl.example.org", weight: 2)] }
        try await withListener(receiver) {
            $0.proxies = loopback
            $0.screen = screen
        } _: { port, _ in
            for address in ["198.51.100.7", "198.51.100.9"] {
                try await TestClient.run(port: port) { client in
                    try await client.send(ByteBuffer(bytes: proxyHeader(address)))
                    _ = try await client.reply()
                    try await send(client)
                }
            }
            #expect(receiver.messages.map(\.session.reverseName) == ["mail.example.org", nil])
            #expect(
                receiver.messages.map(\.session.listings) == [
                    "X-Ceralacca-DNSBL: score=2; bl.example.org=127.0.0.4\r\n", "",
                ]
            )
            var rules = ScreeningRules()
            rules.lookups = LookupRules(
                nameless: .refuse,
                zones: [BlockingZone("bl.example.org", weight: 2)],
                refuseAt: 2
            )
            screen.update(rules)
            for (address, code) in [("198.51.100.7", "550 5.7.1 "), ("198.51.100.9", "550 5.7.25 ")] {
                try await TestClient.run(port: port) { client in
                    try await client.send(ByteBuffer(bytes: proxyHeader(address)))
                    _ = try await client.reply()
                    _ = try await client.say("EHLO x")
                    #expect(try await client.say("MAIL FROM:<>").hasPrefix("250 "))
                    #expect(try await client.say("RCPT TO:<a@b.it>").hasPrefix(code))
                    #expect(try await client.say("RCPT TO:<abuse@b.it>").hasPrefix("250 "))
                }
            }
        }
    }

    @Test
    func `a service with a name whose mail is mostly taken is not blocked for some that is refused`() async throws {
        let dns = ListedDNS(records: [
            "7.100.51.198.in-addr.arpa ptr": [ListedDNS.wire("mail.example.org")],
            "mail.example.org a": [[198, 51, 100, 7]],
        ])
        let receiver = RecordingReceiver()
        let screen = makeScreen(resolver: dns) { $0.limits[.rejection] = RateLimit(2, per: .seconds(3600)) }
        try await withListener(receiver) {
            $0.proxies = loopback
            $0.screen = screen
        } _: { port, _ in
            for address in ["198.51.100.7", "203.0.113.9"] {
                try await TestClient.run(port: port) { client in
                    try await client.send(ByteBuffer(bytes: proxyHeader(address)))
                    _ = try await client.reply()
                    _ = try await client.say("HELO x")
                    for number in 0..<8 {
                        let refusal = SMTPReply(550, EnhancedStatus(5, 7, 1), "spam")
                        receiver.state.withLock { $0.finishReply = number < 5 ? nil : refusal }
                        for command in ["MAIL FROM:<>", "RCPT TO:<a@b.it>", "DATA"] {
                            _ = try await client.say(command)
                        }
                        #expect(try await client.say("a: b\r\n\r\n.").hasPrefix(number < 5 ? "250 " : "550 5.7.1"))
                    }
                }
            }
        }
        #expect(screen.blocks.map(\.network.description) == ["203.0.113.9/32"])
    }

    @Test
    func `a DNS that is silent delays MAIL by its time limit, and counts for nothing`() async throws {
        let screen = makeScreen(resolver: SilentDNS()) {
            $0.lookups = LookupRules(zones: [BlockingZone("bl.example.org")], refuseAt: 1, timeout: .milliseconds(200))
        }
        try await withListener {
            $0.proxies = loopback
            $0.screen = screen
        } _: { port, _ in
            try await TestClient.run(port: port) { client in
                try await client.send(ByteBuffer(bytes: proxyHeader("198.51.100.7")))
                #expect(try await client.reply()?.hasPrefix("220 ") == true)
                _ = try await client.say("EHLO x")
                #expect(try await client.say("MAIL FROM:<>").hasPrefix("250 "))
                #expect(try await client.say("RCPT TO:<a@b.it>").hasPrefix("250 "))
            }
        }
    }
}

extension SMTPListener {
    /// Returns when no session is left.
    func untilEmpty() async throws {
        while sessions > 0 { try await Task.sleep(for: .milliseconds(5)) }
    }
}
