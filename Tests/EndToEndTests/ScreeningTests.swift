// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// The built gateway screens the clients of its listener for the Internet, which come through a proxy, so that each has an address of its own.
    @Suite struct ScreeningTests {
        private static let options = ", proxies: [127.0.0.1]"

        private static func message(_ number: Int) -> KnownMessage {
            KnownMessage(run: "screening", number: number, from: "ada@fuori.test", to: "ugo@azienda.test")
        }

        private static func connect(
            _ world: World,
            from client: [UInt8],
            saying words: String = ""
        ) throws -> SMTPConversation {
            try SMTPConversation(
                port: world.gateway.file.internetPort,
                preface: SMTPConversation.proxyHeader(client) + Array(words.utf8),
                mustGreet: false
            )
        }

        /// Connects until the greeting is 220, for no longer than `limit`.
        private static func comesFree(_ world: World, _ client: [UInt8], within limit: Duration) async throws -> Bool {
            let end = ContinuousClock.now + limit
            while ContinuousClock.now < end {
                if try connect(world, from: client).greeting.code == 220 { return true }
                try await Task.sleep(for: .milliseconds(200))
            }
            return false
        }

        @Test(.timeLimit(.minutes(3)))
        func `A bot that does not wait and a harvest of addresses are blocked, nobody else is, and the blocks end`()
            async throws
        {
            let directory = try Files.makeTemporaryDirectory("screening")
            try Files.write("ugo@azienda.test\n", to: "\(directory)/list")
            try await World.with { file, _ in
                file.exchangeOptions = "tls: none, recipients: {file: \(directory)/list}"
                file.internetOptions = Self.options
                file.more = """
                    screening:
                      greeting_pause: 1s
                      abuse: {unknown_recipients: 3/10m, early_talkers: 1/10m}
                      block: {first: 8s, longest: 8s}

                    """
            } _: { world in
                let bot: [UInt8] = [198, 51, 100, 7]
                for _ in 0..<2 {
                    let reply = try Self.connect(world, from: bot, saying: "EHLO bot\r\nMAIL FROM:<>\r\n").greeting
                    #expect(reply.code == 554, "\(reply)")
                }
                let refused = try Self.connect(world, from: bot).greeting
                #expect(refused.code == 421 && refused.lines.joined().contains("blocked"), "\(refused)")

                let harvester: [UInt8] = [203, 0, 113, 9]
                let harvest = try Self.connect(world, from: harvester)
                harvest.greet(as: "harvest.example")
                harvest.command("MAIL FROM:<>")
                for number in 0..<4 { #expect(harvest.command("RCPT TO:<u\(number)@azienda.test>").code == 550) }
                #expect(harvest.readReply().code == 421, world.lastWords)
                #expect(try Self.connect(world, from: harvester).greeting.code == 421)
                try await Self.decide(world)
                #expect(!world.gateway.lines(with: "client blocked").filter { $0.contains("203.0.113.9/32") }.isEmpty)

                let honest = try Self.connect(world, from: [198, 51, 100, 8])
                #expect(honest.greeting.code == 220)
                honest.greet(as: "mail.example")
                #expect(
                    honest.send(Self.message(1), from: "ada@fuori.test", to: ["ugo@azienda.test"], isChunked: false)
                        .code == 250
                )
                #expect(await world.exchange.journal.waitForNumbers(1, within: .seconds(30)))
                #expect(try await Self.comesFree(world, harvester, within: .seconds(60)), world.lastWords)
            }
            Files.remove(directory)
        }

        /// Blocks are listed, added and lifted by commands, and survive a restart.
        private static func decide(_ world: World) async throws {
            let client: [UInt8] = [192, 0, 2, 7]
            #expect(try world.gateway.command(["block", "add", "192.0.2.0/24", "--reason", "prova"]).code == 0)
            #expect(try await world.gateway.waitForLine("client blocked by a person", within: .seconds(20)))
            let refused = try connect(world, from: client).greeting
            #expect(refused.code == 421 && refused.lines.joined().contains("prova"), "\(refused)")
            await world.gateway.stop()
            try await world.gateway.start()
            #expect(try connect(world, from: client).greeting.code == 421, "after a restart")
            #expect(try world.gateway.command(["block", "list"]).output.contains("192.0.2.0/24"))
            #expect(try world.gateway.command(["block", "remove", "192.0.2.7"]).code == 0)
            #expect(try await comesFree(world, client, within: .seconds(20)), world.lastWords)
        }

        @Test(.timeLimit(.minutes(3)))
        func `A stranger comes again, and the client stands in Received behind a proxy and behind a filter`()
            async throws
        {
            try await World.with { file, _ in
                file.internetOptions = Self.options + ", xclient: [10.0.0.21]"
                file.more = "screening: {greylisting: {delay: 1s}}\n"
            } _: { world in
                let stranger = try Self.connect(world, from: [198, 51, 100, 7])
                stranger.greet(as: "mail.example")
                let message = Self.message(1)
                func send() -> SMTPConversation.Reply {
                    defer { stranger.command("RSET") }
                    return stranger.send(message, from: "ada@fuori.test", to: ["ugo@azienda.test"], isChunked: true)
                }
                let first = send()
                #expect(first.code == 451 && first.lines.joined().contains("greylisted"), "\(first)")
                let end = ContinuousClock.now + .seconds(20)
                var reply = first
                while reply.code == 451, ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(200))
                    reply = send()
                }
                #expect(reply.code == 250, "\(reply)")

                let filter = try Self.connect(world, from: [10, 0, 0, 21])
                filter.greet(as: "filter.azienda.test")
                #expect(filter.offers.contains { $0.hasPrefix("XCLIENT ") })
                #expect(
                    filter.command("XCLIENT ADDR=198.51.100.99 NAME=mail.example.org HELO=elo PROTO=ESMTP").code == 220
                )
                #expect(
                    filter.send(Self.message(0), from: "zoe@fuori.test", to: ["ugo@azienda.test"], isChunked: true).code
                        == 250,
                    "its network is known"
                )
                #expect(await world.exchange.journal.waitForNumbers(2, within: .seconds(30)))
                let received = world.exchange.journal.records.sorted { ($0.number ?? 0) < ($1.number ?? 0) }.map {
                    $0.traceField("Received") ?? ""
                }
                #expect(
                    received.first?.hasPrefix("from elo (mail.example.org [198.51.100.99]) by ") == true,
                    "\(received)"
                )
                #expect(received.last?.hasPrefix("from mail.example ([198.51.100.7]) by ") == true, "\(received)")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `Lists and reverse names are asked of a real DNS server`() async throws {
            let directory = try Files.makeTemporaryDirectory("lists")
            let server = try NameServer(
                in: directory,
                [
                    .init("bl.test", .unsigned, "7.100.51.198 IN A 127.0.0.4\n9.100.51.198 IN A 127.255.255.254\n"),
                    .init("mail.test", .signed, "uno IN A 198.51.100.7\ndue IN A 198.51.100.200\n"),
                    .init(
                        "100.51.198.in-addr.arpa",
                        .unsigned,
                        "7 IN PTR uno.mail.test.\n8 IN PTR due.mail.test.\n9 IN PTR uno.mail.test.\n"
                    ),
                ]
            )
            try await server.start()
            try await World.with { file, _ in
                file.internetOptions = Self.options
                file.more = """
                    dns: {servers: ["127.0.0.1:\(server.port)"], trust_anchor: \(server.trustAnchor)}
                    screening: {dnsbl: {zones: [{zone: bl.test, weight: 3}]}}

                    """
            } _: { world in
                for (number, host) in ([7, 8, 9] as [UInt8]).enumerated() {
                    let client = try Self.connect(world, from: [198, 51, 100, host])
                    client.greet(as: "elo")
                    let reply = client.send(
                        Self.message(number),
                        from: "ada@fuori.test",
                        to: ["ugo@azienda.test"],
                        isChunked: true
                    )
                    #expect(reply.code == 250, "\(host): \(reply)")
                }
                #expect(await world.exchange.journal.waitForNumbers(3, within: .seconds(30)))
                let records = world.exchange.journal.records.sorted { ($0.number ?? 0) < ($1.number ?? 0) }
                let received = records.map { $0.traceField("Received") ?? "" }
                #expect(received[0].hasPrefix("from elo (uno.mail.test [198.51.100.7]) by "), "\(received)")
                #expect(
                    received[1].hasPrefix("from elo ([198.51.100.8]) by "),
                    "its name does not lead back: \(received)"
                )
                #expect(received[2].hasPrefix("from elo ([198.51.100.9]) by "), "\(received)")
                #expect(records.map { $0.traceField("X-Ceralacca-DNSBL") } == ["score=3; bl.test=127.0.0.4", nil, nil])
                #expect(!world.gateway.lines(with: "a DNSBL gives no answer").isEmpty, "the list refuses this resolver")

                try await Self.refuse(world)
            }
            await server.stop()
            Files.remove(directory)
        }

        /// The same clients once the configuration refuses by list and by name.
        private static func refuse(_ world: World) async throws {
            let path = world.gateway.file.path
            let text = Files.text(path).replacing(
                "weight: 3}]}}",
                with: "weight: 3}], refuse_at: 3}, reverse_name: refuse}"
            )
            try Files.write(text, to: path)
            let reloaded = try world.gateway.command(["reload"])
            #expect(reloaded.code == 0, "\(reloaded.output)")
            for (host, status) in [(7, "550 5.7.1 198.51.100.7 is listed by bl.test"), (8, "550 5.7.25 ")] {
                let client = try connect(world, from: [198, 51, 100, UInt8(host)])
                client.greet(as: "elo")
                client.command("MAIL FROM:<ada@fuori.test>")
                let reply = client.command("RCPT TO:<ugo@azienda.test>")
                #expect("\(reply)".hasPrefix(status), "\(reply)")
                #expect(client.command("RCPT TO:<abuse@azienda.test>").code == 250)
            }
        }
    }
}
