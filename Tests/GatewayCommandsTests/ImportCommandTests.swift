// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import MailQueue
import SecretsVault
import Testing

@testable import GatewayCommands

struct ImportCommandTests {
    let world: CommandWorld
    private static let secret = "Tr0ppo-Segreto-Davvero!"

    init() throws {
        world = try CommandWorld()
        try world.write("vault.key", String(repeating: "0f", count: 32))
        try world.write(
            "fetchmailrc",
            """
            set daemon 300
            poll pop3s.pec.aruba.it proto pop3 user "azienda@pec.it" password "\(Self.secret)"
              is protocollo@azienda.it here ssl keep mda "procmail"
            """
        )
        try world.write(
            ".fetchids",
            "azienda@pec.it@pop3s.pec.aruba.it A1\nazienda@pec.it@pop3s.pec.aruba.it A2\nother@x@y.it B1\n"
        )
    }

    private func run(_ more: String..., config: String = "new.yaml") async -> CommandWorld.Outcome {
        let directory = world.directory
        return await world.run(
            [
                "import", "--config", "\(directory)/\(config)", "--fetchmailrc", "\(directory)/fetchmailrc",
                "--exchange",
                "smtp://exch1.azienda.lan:25", "--state", "\(directory)/state", "--vault-key", "\(directory)/vault.key",
            ] + more
        )
    }

    private func isThere(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(world.directory)/\(name)")
    }

    private func marks() async throws -> [RetrievalMark] { try await world.store.marks(account: "azienda@pec.it") }

    @Test func `configuration, passwords and what was seen are written, and check finds it right`() async throws {
        let outcome = await run()
        #expect(outcome.status == 0, "\(outcome.errors)")
        let text = try String(contentsOfFile: "\(world.directory)/new.yaml", encoding: .utf8)
        #expect(text.contains("provider: aruba") && text.contains("every: 5m, keep: forever"))
        for shown in [outcome.text, outcome.errors, text] { #expect(!shown.contains("Segreto")) }
        #expect(outcome.text.contains("set in the vault: azienda@pec.it"))
        #expect(outcome.text.contains("not fetched again for azienda@pec.it: 2 messages"))
        #expect(outcome.text.contains("fetchmailrc:3: the option mda is not carried over"))
        let key = try #require(VaultKey(content: Array(String(repeating: "0f", count: 32).utf8)))
        let name = try #require(SecretName("azienda@pec.it"))
        #expect(try world.store.sealedSecret(name)?.open(key).reveal() == Self.secret)
        let marks = try await marks()
        #expect(
            Set(marks.map(\.identity.uniqueID)) == ["A1", "A2"] && marks.allSatisfy { $0.isTakenOver && $0.isSettled }
        )
        let check = await world.run("check", "--config", "\(world.directory)/new.yaml")
        #expect(check.status == 0, "\(check.errors)")
    }

    @Test func `the last line says what is stopped when, and what comes next`() async throws {
        let lines = await run("--dry-run").text.split(separator: "\n")
        let words =
            "Next: fetchmail must be stopped already; Postfix goes on until its queue is empty. Then: runuser -u ceralacca -- ceralacca "
        #expect(lines.last.map(String.init) == "\(words)check --connect --config \(world.directory)/new.yaml")
    }

    @Test(arguments: [("--fetchmailrc", "main.cf", "fetchmail"), ("--getmailrc", "fetchmailrc", "getmail")])
    func `a file of another program ends the import, and nothing is written`(
        _ option: String,
        _ name: String,
        _ program: String
    ) async throws {
        try world.write("main.cf", "# Postfix\nmyhostname = relay.azienda.it\n")
        let outcome = await run(option, "\(world.directory)/\(name)")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("\(world.directory)/\(name) holds no mailbox: is it a \(program) file?"))
        #expect(outcome.errors.contains("is none that \(program) understands") && outcome.errors.contains(option))
        #expect(!isThere("new.yaml"))
        #expect(try await world.store.sealedSecrets().isEmpty)
    }

    @Test func `a dry run shows everything and writes nothing`() async throws {
        let outcome = await run("--dry-run")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.text.contains("password: {vault: azienda@pec.it}")
                && outcome.text.contains("would set in the vault")
        )
        #expect(!outcome.text.contains("Segreto"))
        #expect(!isThere("new.yaml"))
        #expect(try await world.store.sealedSecrets().isEmpty)
        #expect(try await marks().isEmpty)
    }

    @Test func `nothing is written over without force, and another run changes nothing`() async throws {
        let before = try String(contentsOfFile: "\(world.directory)/x.yaml", encoding: .utf8)
        let refused = await run(config: "x.yaml")
        #expect(refused.status == 1 && refused.errors.contains("--force"), "\(refused.errors)")
        #expect(try String(contentsOfFile: "\(world.directory)/x.yaml", encoding: .utf8) == before)
        #expect(try await world.store.sealedSecrets().isEmpty, "nothing at all was written")
        #expect(await run(config: "x.yaml").status == 1)
        #expect(await run("--force", config: "x.yaml").status == 0)
        #expect(try String(contentsOfFile: "\(world.directory)/x.yaml.bak", encoding: .utf8) == before)
        #expect(await run(config: "second.yaml").status == 0, "the same password stands in the vault")
        #expect(try await marks().count == 2)
        try world.write("fetchmailrc", try rc().replacing(Self.secret, with: "Un-altro-Segreto"))
        let other = await run(config: "third.yaml")
        #expect(other.status == 1 && other.errors.contains("another secret azienda@pec.it"), "\(other.errors)")
        #expect(!other.errors.contains("Un-altro") && !isThere("third.yaml"))
        #expect(await run("--force", config: "third.yaml").status == 0)
    }

    private func rc() throws -> String { try String(contentsOfFile: "\(world.directory)/fetchmailrc", encoding: .utf8) }

    @Test func `a link that leads nowhere is not written over`() async throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(world.directory)/link.yaml",
            withDestinationPath: "\(world.directory)/nowhere"
        )
        let refused = await run(config: "link.yaml")
        #expect(refused.status == 1 && refused.errors.contains("is there already"), "\(refused.errors)")
        #expect(!isThere("nowhere"))
        #expect(try await marks().isEmpty)
        do throws(CommandFailure) {
            try ImportFiles.write("x", to: "\(world.directory)/link.yaml", state: world.directory, replaces: false)
            Issue.record("written over what appeared meanwhile")
        } catch { #expect(error.message.contains("link.yaml")) }
    }

    @Test func `root is told that the state directory is missing`() async throws {
        let outcome = await run("--state", "\(world.directory)/missing")
        let isRefused = outcome.status == 1 && outcome.errors.contains("install -d")
        #expect(isRefused == (geteuid() == 0), "\(outcome.errors)")
        #expect(isThere("new.yaml") != isRefused && isThere("missing/queue.sqlite") != isRefused)
    }

    @Test func `a machine on which no gateway ran gets its queue`() async throws {
        try FileManager.default.createDirectory(atPath: "\(world.directory)/fresh", withIntermediateDirectories: false)
        let outcome = await run("--state", "\(world.directory)/fresh")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(isThere("fresh/queue.sqlite"))
        let check = await world.run("check", "--config", "\(world.directory)/new.yaml")
        #expect(check.status == 0, "\(check.errors)")
    }

    @Test func `without a key nothing is written`() async throws {
        try FileManager.default.removeItem(atPath: "\(world.directory)/vault.key")
        let outcome = await run()
        #expect(outcome.status == 1 && outcome.errors.contains("vault.key: there is no such file"), "\(outcome.errors)")
        #expect(!isThere("new.yaml"))
        #expect(try await marks().isEmpty)
    }

    @Test func `the list is also given in JSON`() async throws {
        let objects = try await run("--dry-run", "--json").objects
        let mda = objects.first { ($0["message"] as? String)?.contains("mda") == true }
        #expect(mda?["line"] as? Int == 3 && mda?["file"] as? String == "\(world.directory)/fetchmailrc")
        #expect((mda?["remedy"] as? String)?.isEmpty == false)
    }

    @Test func `what is missing is told with what to do`() async throws {
        let none = await world.run("import")
        #expect(none.status == 64 && none.errors.contains("--postfix"))
        let file = await world.run("import", "--fetchmailrc", "/nowhere")
        #expect(file.status == 1 && file.errors.contains("cannot read /nowhere"))
        let exchange = await world.run("import", "--fetchmailrc", "\(world.directory)/fetchmailrc", "--dry-run")
        #expect(exchange.status == 1 && exchange.errors.contains("--exchange"))
        let wrong = await run("--exchange", "exch1")
        #expect(wrong.status == 64)
    }
}
