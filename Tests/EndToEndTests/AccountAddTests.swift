// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab
import Testing

extension EndToEnd {
    /// `account add` against a provider on real servers.
    @Suite struct AccountAddTests {
        private static let account = "pec2@pec.test"
        private static let remark = "# the accounts of Azienda"

        /// A gateway with one account, whose file ends with its accounts, and a key for the vault.
        private static func with(_ body: (World, Maildir) async throws -> Void) async throws {
            try await World.with(boxes: 2) { file, _ in
                file.accounts = [.init("pec1@pec.test", fetch: "{protocol: pop3, every: 1h, keep: 0d}")]
                let key = "\(file.directory)/vault.key"
                try Files.write(String(repeating: "0f", count: 32), to: key, mode: 0o600)
                file.more = "\(remark)\nvault: {key: {file: \(key)}}\n"
            } _: { world in
                let box = try #require(world.provider).dovecot.maildir(account)
                for number in 0..<3 { try box.add(FlowTests.certified(number).octets, name: number) }
                try await body(world, box)
            }
        }

        /// Runs `account add` with `password` on standard input.
        private static func add(_ world: World, password: String, _ arguments: [String]) throws -> Command.Result {
            let words = ["account", "add", "--config", world.gateway.file.path] + arguments
            return try Command.outcome(
                "/bin/sh",
                ["-c", "printf '%s\\n' \"$0\" | \"$@\"", password, Gateway.program] + words
            )
        }

        private static func entry(_ world: World) -> String {
            "- address: \(account)\n    provider: pec\n    password: {vault: \(account)}\n    deliver_to: [ugo@azienda.test]\n"
                + "    fetch: {protocol: pop3, every: 1m, keep: 0d}\n"
        }

        @Test(.timeLimit(.minutes(3)))
        func `An account is tried, added with its password in the vault, and fetched after a reload`() async throws {
            try await Self.with { world, box in
                let path = world.gateway.file.path
                let before = Files.text(path)
                let arguments = [Self.account, "--provider", "pec", "--deliver-to", "ugo@azienda.test", "--keep", "0d"]
                let added = try Self.add(world, password: CertifiedProvider.password, arguments + ["--reload"])
                #expect(added.code == 0, "\(added.output); \(world.gateway.tail())")
                #expect(added.output.contains("ok     maildrop pop3s://localhost"), "\(added.output)")
                #expect(added.output.contains("TLS, logged in; 3 messages"), "\(added.output)")
                #expect(added.output.contains("was read, and stays there"), "\(added.output)")
                #expect(added.output.contains("MAIL FROM:<\(Self.account)>: 250"), "\(added.output)")
                let after = Files.text(path)
                #expect(
                    after == before.replacing(Self.remark, with: "  \(Self.entry(world))\(Self.remark)"),
                    "\(after)"
                )
                #expect(await world.exchange.journal.waitForNumbers(3, within: .seconds(60)), world.lastWords)
                let isEmpty = try await box.waitUntilEmpty(within: .seconds(60))
                #expect(isEmpty, world.lastWords)
                for text in [added.output, after, Files.text(world.gateway.log)] {
                    #expect(!text.contains(CertifiedProvider.password), "P7")
                }
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `What does not work is not added, and neither the file nor the vault is touched`() async throws {
            try await Self.with { world, box in
                let path = world.gateway.file.path
                let before = Files.text(path)
                let recipient = ["--deliver-to", "ugo@azienda.test"]
                let wrong = try Self.add(world, password: "sbagliata", [Self.account, "--provider", "pec"] + recipient)
                #expect(wrong.code == 1 && wrong.output.contains("FAILED maildrop"), "\(wrong.output)")
                #expect(wrong.output.contains("not tried: a second refusal"), "\(wrong.output)")
                #expect(wrong.output.contains("was not added") && !wrong.output.contains("sbagliata"))
                let missing = try Self.add(world, password: "x", [Self.account])
                #expect(missing.code == 64 && missing.output.contains("--provider NAME, --deliver-to ADDRESS"))
                let noFetch = try Self.add(
                    world,
                    password: "sbagliata",
                    [Self.account, "--provider", "pec", "--fetch", "none"] + recipient
                )
                #expect(noFetch.code == 1 && noFetch.output.contains("FAILED submission"), "\(noFetch.output)")
                #expect(Files.text(path) == before)
                let listed = try world.gateway.command(["secret", "list"])
                #expect(listed.output.contains("The vault is empty"), "\(listed.output)")
                #expect(box.count == 3, "nothing is gone")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `On a terminal it asks what is missing, shows no password, and keeps what fails only when told to`()
            async throws
        {
            try await Self.with { world, _ in
                let path = world.gateway.file.path
                let before = Files.text(path)
                func converse(_ password: String, _ rest: [(String, String)]) throws -> (code: Int32, screen: String) {
                    let terminal = try PseudoTerminal(Gateway.program, ["account", "add", "--config", path])
                    try terminal.answer("Address of the mailbox:", "nobody")
                    try terminal.answer("That is none: nobody", Self.account)
                    try terminal.answer("Provider (", "arruba")
                    try terminal.answer("That is none: arruba", "pec")
                    try terminal.answer("Exchange recipients", "ugo@azienda.test, ada@azienda.test")
                    try terminal.answer("Password of \(Self.account):", password)
                    for (question, answer) in rest { try terminal.answer(question, answer) }
                    return (try terminal.finish(), terminal.screen)
                }
                let refused = try converse("sbagliata", [("Add it all the same? [y/N]", "")])
                #expect(refused.code == 1 && refused.screen.contains("FAILED maildrop"), "\(refused.screen)")
                #expect(!refused.screen.contains("sbagliata"), "it is not shown")
                #expect(Files.text(path) == before)
                let added = try converse(
                    CertifiedProvider.password,
                    [("to \(path)? [Y/n]", "y"), ("use it now? [Y/n]", "")]
                )
                #expect(added.code == 0 && added.screen.contains("uses \(path) now"), "\(added.screen)")
                let told = "fetch: {protocol: pop3, every: 1m, keep: 7d}"
                #expect(added.screen.contains(told), "what is to be is shown before it is: \(added.screen)")
                #expect(!added.screen.contains(CertifiedProvider.password), "it is not shown")
                #expect(Files.text(path).contains("deliver_to: [ugo@azienda.test, ada@azienda.test]"))
                #expect(await world.exchange.journal.waitForNumbers(3, within: .seconds(60)), world.lastWords)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `A provider that is not there is told by step, and --no-test adds it with a file of its own`() async throws
        {
            try await Self.with { world, _ in
                let path = world.gateway.file.path
                let closed = Ports.take()
                let text = Files.text(path).replacing(
                    "providers:\n",
                    with: "providers:\n  via: {certified: true, submit: \"smtps://localhost:\(closed)\"}\n"
                )
                try Files.write(text, to: path)
                let file = "\(world.gateway.file.directory)/secrets/nuova"
                let arguments = [
                    Self.account, "--provider", "via", "--deliver-to", "ugo@azienda.test", "--password-file", file,
                ]
                let failed = try Self.add(world, password: "una-segreta", arguments)
                #expect(failed.code == 1 && failed.output.contains("FAILED submission smtps://localhost:\(closed)"))
                #expect(Files.read(file).isEmpty && Files.text(path) == text, "\(failed.output)")
                let added = try Self.add(world, password: "una-segreta", arguments + ["--no-test", "--yes"])
                #expect(added.code == 0 && !added.output.contains("ok "), "\(added.output)")
                #expect(Files.text(file) == "una-segreta\n")
                #expect(Files.text(path).contains("password: {file: \(file)}"))
                let again = try Self.add(world, password: "x", arguments + ["--no-test"])
                #expect(again.code == 1 && again.output.contains("is an account already"), "\(again.output)")
                let check = try world.gateway.command(["check"])
                #expect(check.code == 0, "\(check.output)")
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `Retrieval is tried with a login of its own where one is given`() async throws {
            try await Self.with { world, box in
                let arguments = [Self.account, "--provider", "pec", "--deliver-to", "ugo@azienda.test"]
                let added = try Self.add(
                    world,
                    password: CertifiedProvider.password,
                    arguments + ["--fetch-login", "pec1@pec.test"]
                )
                #expect(added.code == 0, "\(added.output); \(world.gateway.tail())")
                #expect(added.output.contains("logged in; it is empty"), "pec1, not pec2: \(added.output)")
                #expect(added.output.contains("MAIL FROM:<\(Self.account)>: 250"), "\(added.output)")
                #expect(
                    Files.text(world.gateway.file.path).contains(
                        "    fetch: {protocol: pop3, login: pec1@pec.test, every: 1m, keep: 7d}\n"
                    )
                )
                #expect(box.count == 3)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `An account that signs in is added without password and trial, and says what comes next`() async throws {
            try await Self.with { world, _ in
                let path = world.gateway.file.path
                let before = Files.text(path)
                let recipient = ["--deliver-to", "ugo@azienda.test"]
                let missing = try Self.add(world, password: "x", ["studio@outlook.it"] + recipient)
                #expect(missing.code == 64 && missing.output.contains("--client-id ID"), "\(missing.output)")
                #expect(Files.text(path) == before)
                let terminal = try PseudoTerminal(Gateway.program, ["account", "add", "--config", path])
                try terminal.answer("Address of the mailbox:", "studio@outlook.it")
                try terminal.answer("Identifier of the application", "app-1")
                try terminal.answer("Exchange recipients", "ugo@azienda.test")
                try terminal.answer("to \(path)? [Y/n]", "")
                let (code, screen) = (try terminal.finish(), terminal.screen)
                #expect(code == 0, "\(screen)")
                #expect(screen.contains("`ceralacca account sign-in studio@outlook.it` comes next"), "\(screen)")
                for words in ["Password of", "maildrop", "submission", "use it now?"] {
                    #expect(!screen.contains(words), "\(screen)")
                }
                let entry =
                    "  - address: studio@outlook.it\n    provider: outlook\n    oauth: {client_id: app-1}\n"
                    + "    deliver_to: [ugo@azienda.test]\n    fetch: {protocol: pop3, every: 1m, keep: 7d}\n"
                let after = Files.text(path)
                #expect(after == before.replacing(Self.remark, with: entry + Self.remark), "\(after)")
                let check = try world.gateway.command(["check"])
                #expect(check.code == 0, "\(check.output)")
                let status = try world.gateway.command(["account", "status", "studio@outlook.it"])
                let needed = "needed: ceralacca account sign-in studio@outlook.it"
                #expect(status.code == 0 && status.output.contains(needed), "\(status.output)")
                let listed = try world.gateway.command(["secret", "list"])
                #expect(listed.output.contains("The vault is empty"), "\(listed.output)")
            }
        }
    }
}
