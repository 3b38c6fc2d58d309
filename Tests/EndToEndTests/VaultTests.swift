// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// Passwords in the vault, against real servers.
    @Suite struct VaultTests {
        @Test(.timeLimit(.minutes(3)))
        func `An account whose password is in the vault fetches, and a changed one is used without a restart`()
            async throws
        {
            try await World.with(boxes: 1) { file, _ in
                var account = GatewayFile.Account("pec1@pec.test", fetch: "{protocol: pop3, every: 1h, keep: 0d}")
                account.isInVault = true
                file.accounts = [account]
                let key = "\(file.directory)/vault.key"
                try Files.write(String(repeating: "0f", count: 32), to: key, mode: 0o600)
                file.more = "vault: {key: {file: \(key)}}\n"
            } _: { world in
                let program = Gateway.program
                let configuration = world.gateway.file.path
                func set(_ password: String) throws -> Command.Result {
                    try Command.outcome(
                        "/bin/sh",
                        [
                            "-c", "printf '%s\\n' \"$0\" | \"$1\" secret set --config \"$2\" pec1@pec.test", password,
                            program, configuration,
                        ]
                    )
                }
                let isSaid = try await world.gateway.waitForLine(
                    "there is no secret pec1@pec.test",
                    within: .seconds(30)
                )
                #expect(isSaid, "the gateway starts, and says what is missing; \(world.gateway.tail())")
                let limits = Files.text("/proc/\(world.gateway.pid ?? 0)/limits").split(separator: "\n")
                let dump = limits.first { $0.hasPrefix("Max core file size") }?.split(separator: " ").dropFirst(4)
                #expect(dump?.prefix(2) == ["0", "0"], "P7: no core dump holds what the process knows")
                let wrong = try set("sbagliata-davvero")
                #expect(wrong.code == 0, "\(wrong.output)")
                #expect(try world.gateway.command(["account", "fetch", "pec1@pec.test"]).code == 1)
                let right = try set(CertifiedProvider.password)
                #expect(right.code == 0, "\(right.output)")
                let check = try world.gateway.command(["check", "--connect"])
                #expect(check.code == 0, "\(check.output)")
                let fetched = try await Self.fetch(world)
                #expect(fetched.code == 0, "\(fetched.output); \(world.gateway.tail())")
                let rotated = try world.gateway.command(["secret", "rotate-key"])
                #expect(rotated.code == 0, "\(rotated.output)")
                let again = try await Self.fetch(world)
                #expect(again.code == 0, "with the new key: \(again.output); \(world.gateway.tail())")
                let log = Files.text(world.gateway.log)
                for secret in ["sbagliata-davvero", "segreto", String(repeating: "0f", count: 32)] {
                    #expect(!log.contains(secret), "P7")
                }
                let search = try Command.outcome(
                    "grep",
                    ["-rlaF", "-e", "segreto", "-e", "sbagliata", world.gateway.file.state]
                )
                #expect(search.code == 1, "found in \(search.output)")
            }
        }

        @Test(.timeLimit(.minutes(2)), arguments: ["env: CERALACCA_TEST_KEY", "credential: ceralacca-test-key"])
        func `A key of the environment, and a credential of systemd's, seals and opens; a person replaces it`(
            _ place: String
        ) throws {
            let directory = try Files.makeTemporaryDirectory("vault-key")
            var file = try GatewayFile(in: directory)
            file.exchange = ["smtp://127.0.0.1:1"]
            var account = GatewayFile.Account("pec1@pec.test", provider: "aruba")
            account.isInVault = true
            file.accounts = [account]
            file.more = "vault: {key: {\(place)}}\n"
            try file.write()
            let (old, new) = (String(repeating: "0f", count: 32), String(repeating: "a5", count: 32))
            try Files.makeDirectory("\(directory)/credentials")
            try Files.write("segreto\n", to: "\(directory)/typed", mode: 0o600)
            try Files.write(new, to: "\(directory)/next.key", mode: 0o600)
            func run(_ key: String, _ arguments: String...) throws -> Command.Result {
                try Files.write(key, to: "\(directory)/credentials/ceralacca-test-key", mode: 0o600)
                return try Command.outcome(
                    Gateway.program,
                    arguments + ["--config", file.path],
                    environment: [
                        "CERALACCA_TEST_KEY": key, "CREDENTIALS_DIRECTORY": "\(directory)/credentials",
                    ],
                    input: "\(directory)/typed"
                )
            }
            let set = try run(old, "secret", "set", "pec1@pec.test")
            #expect(set.code == 0, "\(set.output)")
            let right = try run(old, "check")
            #expect(right.code == 0, "\(right.output)")
            let wrong = try run(new, "check")
            #expect(wrong.code == 78 && wrong.output.contains("the key at hand is"), "\(wrong.output)")
            if place.hasPrefix("env") {
                let alone = try run(old, "secret", "rotate-key")
                #expect(alone.code == 1 && alone.output.contains("--new-key FILE"), "\(alone.output)")
            }
            let rotated = try run(old, "secret", "rotate-key", "--new-key", "\(directory)/next.key")
            #expect(rotated.code == 0, "\(rotated.output)")
            #expect(try run(old, "check").code == 78, "the old key opens nothing more")
            let renewed = try run(new, "check")
            #expect(renewed.code == 0, "\(renewed.output)")
            Files.remove(directory)
        }

        /// A refused login waits until `reload`.
        private static func fetch(_ world: World) async throws -> Command.Result {
            let reload = try world.gateway.command(["reload"])
            #expect(reload.code == 0, "\(reload.output)")
            return try world.gateway.command(["account", "fetch", "pec1@pec.test"])
        }
    }
}
