// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// The ways to Exchange: TLS, several servers, answers that ask for patience.
    @Suite struct DeliveryTests {
        @Test(.timeLimit(.minutes(2)))
        func `Exchange is spoken to in TLS that is verified, and mail waits while it cannot be`() async throws {
            let directory = try Files.makeTemporaryDirectory("authority")
            let authority = try CertificateAuthority(in: "\(directory)/right")
            var behaviour = SinkBehaviour()
            behaviour.offersStartTLS = true
            let secure = try RecordingSink(behaviour, authority: authority)
            try await secure.start()
            let impostor = try RecordingSink(behaviour, authority: try CertificateAuthority(in: "\(directory)/wrong"))
            try await impostor.start()
            try await World.with { file, _ in
                file.exchange = ["smtp://localhost:\(impostor.port)"]
                file.exchangeOptions = "tls: verify, trust: \(authority.root)"
            } _: { world in
                let port = world.gateway.file.internetPort
                let sender = Sender(port: port, from: "mario@fuori.test", to: ["ugo@azienda.test"])
                #expect(await sender.send(0..<5, Self.message).filter { $0.reply.code == 250 }.count == 5)
                let isSaid = try await world.gateway.waitForLine("\(impostor.port)", within: .seconds(20))
                #expect(isSaid, world.lastWords)
                #expect(impostor.journal.records.isEmpty)
                let changed = world.gateway.file.text.split(separator: "localhost:\(impostor.port)")
                    .joined(separator: "localhost:\(secure.port)")
                try Files.write(changed, to: world.gateway.file.path)
                try #expect(world.gateway.command(["reload"]).code == 0)
                try #expect(world.gateway.command(["queue", "retry"]).code == 0)
                #expect(await secure.journal.waitForNumbers(5, within: .seconds(90)), world.lastWords)
                #expect(secure.journal.records.allSatisfy { $0.isSecure })
                #expect(impostor.journal.records.isEmpty)
            }
            try await impostor.stop()
            try await secure.stop()
            Files.remove(directory)
        }

        @Test(.timeLimit(.minutes(2)))
        func `With one Exchange server down the other takes all`() async throws {
            let dead = Ports.take()
            try await World.with { file, _ in
                file.exchange = ["smtp://127.0.0.1:\(dead)"] + file.exchange
            } _: { world in
                let port = world.gateway.file.internetPort
                let sender = Sender(port: port, from: "mario@fuori.test", to: ["ugo@azienda.test"])
                #expect(await sender.send(0..<100, Self.message).filter { $0.reply.code == 250 }.count == 100)
                #expect(await world.exchange.journal.waitForNumbers(100, within: .seconds(60)), world.lastWords)
                world.expectEach(
                    100,
                    in: world.exchange.journal.taken,
                    allowed: ["Received", "Return-Path"],
                    Self.message
                )
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `A message that is refused for now is tried again and arrives once`() async throws {
            var exchange = SinkBehaviour()
            exchange.refuseContent = { _ in "451 4.3.2 back pressure, later please" }
            try await World.with(exchange: exchange) { world in
                let port = world.gateway.file.internetPort
                let sender = Sender(port: port, from: "mario@fuori.test", to: ["ugo@azienda.test"])
                #expect(await sender.send(0..<5, Self.message).filter { $0.reply.code == 250 }.count == 5)
                #expect(await world.exchange.journal.wait(within: .seconds(30)) { !$0.isEmpty }, world.lastWords)
                world.exchange.change { $0.refuseContent = nil }
                let end = ContinuousClock.now + .seconds(60)
                while ContinuousClock.now < end, Set(world.exchange.journal.taken.compactMap(\.number)).count < 5 {
                    try #expect(world.gateway.command(["queue", "retry"]).code == 0)
                    _ = await world.exchange.journal.waitForNumbers(5, within: .seconds(2))
                }
                world.expectEach(
                    5,
                    in: world.exchange.journal.taken,
                    allowed: ["Received", "Return-Path"],
                    Self.message
                )
            }
        }

        private static let message: @Sendable (Int) -> KnownMessage = { number in
            KnownMessage(run: "delivery", number: number, from: "mario@fuori.test", to: "ugo@azienda.test", body: .dots)
        }
    }
}
