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
    }
}
