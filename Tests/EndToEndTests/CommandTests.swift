// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// The commands of an administrator, against real servers.
    @Suite struct CommandTests {
        @Test(.timeLimit(.minutes(2)))
        func `check --connect logs in at each provider and says what each server answered`() async throws {
            try await World.with(boxes: 2) { file, _ in
                file.accounts = [
                    .init("pec1@pec.test"), .init("pec2@pec.test", fetch: "{protocol: pop3, every: 60s, keep: 0d}"),
                ]
            } _: { world in
                let good = try world.gateway.command(["check", "--connect"])
                #expect(good.code == 0, "\(good.output)")
                #expect(good.output.contains("pec1@pec.test") && good.output.contains("pec2@pec.test"))

                try Files.write("sbagliata", to: "\(world.gateway.file.directory)/secrets/pec1@pec.test", mode: 0o600)
                let bad = try world.gateway.command(["check", "--connect"])
                #expect(bad.code == 1, "\(bad.output)")
                #expect(bad.output.contains("535"), "what the provider said: \(bad.output)")
                #expect(!bad.output.contains("sbagliata"))
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `demo --once tells its story and ends well`() throws {
            let result = try Command.outcome(Gateway.program, ["demo", "--once"])
            #expect(result.code == 0, "\(result.output)")
            #expect(result.output.contains("accettazione"), "\(result.output)")
        }

        @Test(.timeLimit(.minutes(2)))
        func `A message can be held, shown, released and exported`() async throws {
            try await World.with { world in
                try await world.exchange.stop()
                let conversation = try SMTPConversation(port: world.gateway.file.internetPort)
                conversation.greet()
                let message = KnownMessage(run: "hold", number: 1, from: "mario@fuori.test", to: "ugo@azienda.test")
                let reply = conversation.send(
                    message,
                    from: "mario@fuori.test",
                    to: ["ugo@azienda.test"],
                    isChunked: true
                )
                #expect(reply.code == 250)
                let listed = try Self.identifier(world)
                let id = try #require(listed)
                let end = ContinuousClock.now + .seconds(20)
                while try world.gateway.command(["queue", "hold", id]).code != 0, ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(100))
                }
                try await world.exchange.start()
                try #expect(world.gateway.command(["queue", "retry"]).code == 0)
                let isSent = await world.exchange.journal.wait(within: .seconds(3)) { !$0.isEmpty }
                #expect(!isSent, "held is held")
                let shown = try world.gateway.command(["queue", "show", id])
                #expect(shown.output.contains("ugo@azienda.test"), "\(shown.output)")
                let exported = try world.gateway.command(["queue", "export", id])
                #expect(exported.output.contains(message.messageID), "\(exported.output.prefix(200))")
                try #expect(world.gateway.command(["queue", "release", id]).code == 0)
                #expect(await world.exchange.journal.waitForNumbers(1, within: .seconds(30)), world.lastWords)
                #expect(world.exchange.journal.records.first?.digest == message.digest)
            }
        }

        /// The identifier of the first message in the queue.
        private static func identifier(_ world: World) throws -> String? {
            let output = try world.gateway.command(["queue", "list", "--json"]).output
            guard let begin = output.firstRange(of: "\"id\":\"")?.upperBound else { return nil }
            return String(output[begin...].prefix { $0 != "\"" })
        }
    }
}
