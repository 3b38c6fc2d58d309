// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// The built gateway without a relay, with an authority of the DNS on loopback.
    @Suite struct InternetTests {
        @Test(.timeLimit(.minutes(3)))
        func `Without a relay mail goes by MX, what has no way comes back, and commands say how it went`() async throws
        {
            let directory = try Files.makeTemporaryDirectory("mx")
            let dns = try NameServer(
                in: directory,
                [
                    .init("fuori.test", .signed, "@ IN MX 10 mx\nmx IN A 127.0.0.1"),
                    .init("azienda.test", .unsigned, ""),
                ]
            )
            try await dns.start()
            try await World.with { file, _ in
                let port = file.relay.flatMap { $0.split(separator: ":").last } ?? "25"
                file.relay = nil
                file.more = """
                    internet: {port: \(port), local_addresses: true}
                    dns: {servers: ["127.0.0.1:\(dns.port)"], trust_anchor: \(dns.trustAnchor)}

                    """
            } _: { world in
                let checked = try world.gateway.command(["check", "--connect"])
                #expect(checked.code == 0 && checked.output.contains("validated by DNSSEC"), "\(checked.output)")
                for (number, recipient) in [(0, "ada@fuori.test"), (1, "ada@niente.test")] {
                    let conversation = try SMTPConversation(port: world.gateway.file.exchangePort)
                    conversation.greet()
                    let message = KnownMessage(run: "mx", number: number, from: "ugo@azienda.test", to: recipient)
                    let reply = conversation.send(message, from: "ugo@azienda.test", to: [recipient], isChunked: true)
                    #expect(reply.code == 250, "\(reply)")
                }
                #expect(await world.relay.journal.waitForNumbers(1, within: .seconds(60)), world.lastWords)
                #expect(try await world.gateway.waitForLine("report queued", within: .seconds(30)), world.lastWords)
                #expect(!world.gateway.lines(with: "5.1.2").isEmpty, world.lastWords)
                await world.gateway.stop()
                let report = try world.gateway.command(["tls-report", "fuori.test", "--json"])
                #expect(report.code == 0 && report.output.contains("\"starttls-not-supported\""), "\(report.output)")
            }
            await dns.stop()
            Files.remove(directory)
        }

        @Test(.timeLimit(.minutes(3)))
        func `Strangers whose reverse names nobody answers for keep no mail from leaving`() async throws {
            let directory = try Files.makeTemporaryDirectory("muted")
            let dns = try NameServer(
                in: directory,
                [.init("fuori.test", .unsigned, "@ IN MX 10 mx\nmx IN A 127.0.0.1")]
            )
            try await dns.start()
            let muted = try await MutedNameServer(upstream: dns.port, silent: "in-addr")
            try await World.with { file, _ in
                let port = file.relay.flatMap { $0.split(separator: ":").last } ?? "25"
                file.relay = nil
                file.internetOptions = ", proxies: [127.0.0.1]"
                file.more = """
                    internet: {port: \(port), local_addresses: true}
                    dns: {servers: ["127.0.0.1:\(muted.port)"], trust_anchor: none}

                    """
            } _: { world in
                // Each from a network of its own, and all of them stay.
                let strangers = try (0..<600).map { number in
                    try SMTPConversation(
                        port: world.gateway.file.internetPort,
                        preface: SMTPConversation.proxyHeader([198, 18, UInt8(number / 256), UInt8(number % 256)])
                    )
                }
                let began = ContinuousClock.now
                let conversation = try SMTPConversation(port: world.gateway.file.exchangePort)
                conversation.greet()
                let message = KnownMessage(run: "muted", number: 0, from: "ugo@azienda.test", to: "ada@fuori.test")
                let reply = conversation.send(
                    message,
                    from: "ugo@azienda.test",
                    to: ["ada@fuori.test"],
                    isChunked: true
                )
                #expect(reply.code == 250, "\(reply)")
                #expect(await world.relay.journal.waitForNumbers(1, within: .seconds(60)), world.lastWords)
                #expect(ContinuousClock.now - began < .seconds(5), "\(ContinuousClock.now - began)")
                #expect(muted.muted > 0)
                for stranger in strangers { stranger.command("QUIT") }
            }
            try await muted.stop()
            await dns.stop()
            Files.remove(directory)
        }
    }
}
