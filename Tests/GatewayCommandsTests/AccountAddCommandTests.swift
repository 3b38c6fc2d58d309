// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayRuntime
import MailModel
import MailQueue
import SecretsVault
import Synchronization
import Testing

@testable import GatewayCommands

/// `account add` without a provider that answers: what it asks, refuses and writes.
struct AccountAddCommandTests {
    let world: CommandWorld
    private static let head = """
        # The gateway of Azienda
        hostname: relay.azienda.it   # not Exchange's
        postmaster: postmaster@azienda.it
        state: STATE
        exchange: {servers: [smtp://exch1.azienda.lan], domains: [azienda.it]}
        listeners: [{role: exchange, address: "10.0.0.2:2525", allow: [10.0.0.10]}]
        vault: {key: {file: vault.key}}

        """
    private static let first =
        "  - {address: azienda@pec.it, provider: aruba, password: {file: pec}, deliver_to: [protocollo@azienda.it]}  # the first\n"

    init() throws {
        world = try CommandWorld()
        try world.write("vault.key", String(repeating: "0f", count: 32))
    }

    private var path: String { "\(world.directory)/x.yaml" }
    private var text: String { String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self) }

    private func configure(_ accounts: String, ending: String = "\n") throws -> String {
        let text = (Self.head.replacing("STATE", with: "\(world.directory)/state") + accounts)
            .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: ending)
        try world.write("x.yaml", text)
        return text
    }

    private func add(_ arguments: [String], password: String = "Un4-Segreta!") async -> CommandWorld.Outcome {
        world.input.withLock { $0 = password }
        return await world.run(["account", "add"] + arguments)
    }

    private static let right = ["studio@pec.it", "--deliver-to", "studio@azienda.it", "--no-test"]
    private static let entry =
        "  - address: studio@pec.it\n    provider: aruba\n    password: {vault: studio@pec.it}\n    deliver_to: [studio@azienda.it]\n"
        + "    fetch: {protocol: pop3, every: 1m, keep: 7d}\n"

    @Test(arguments: ["\n", "\r\n"])
    func `the entry comes behind the others, comments and line ends stay, and the vault has the password`(
        _ ending: String
    ) async throws {
        let before = try configure("accounts:   # all\n\(Self.first)\n# the end\n", ending: ending)
        let outcome = await add(Self.right)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let marked = "# the first\(ending)"
        let entry = Self.entry.replacing("\n", with: ending)
        #expect(text == before.replacing(marked, with: "\(marked)\(entry)"))
        let name = try #require(SecretName("studio@pec.it"))
        let key = try #require(VaultKey(content: Array(String(repeating: "0f", count: 32).utf8)))
        #expect(try world.store.sealedSecret(name)?.open(key).reveal() == "Un4-Segreta!")
        #expect(outcome.text.contains("ceralacca reload") && outcome.errors.contains("by the address's domain"))
        #expect(!(outcome.text + outcome.errors + text).contains("Un4-Segreta!"))
    }

    @Test(arguments: [
        ("accounts: []  # none\n", "accounts:   # none\n\(entry)"),
        ("# nobody yet\n", "accounts:\n\(entry)# nobody yet\n"),
    ])
    func `an empty list and a file without accounts get the first one`(_ accounts: (String, String)) async throws {
        let before = try configure(accounts.0)
        let outcome = await add(Self.right)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(text == before.replacing(accounts.0, with: accounts.1))
    }

    @Test func `accounts on one line are not touched, and the entry is told for the hand`() async throws {
        let before = try configure(
            "accounts: [{address: azienda@pec.it, provider: aruba, password: {file: pec}, deliver_to: [a@azienda.it]}]\n"
        )
        let outcome = await add(Self.right)
        #expect(outcome.status == 1 && outcome.errors.contains("write by hand"), "\(outcome.errors)")
        #expect(outcome.errors.contains("- address: studio@pec.it"))
        #expect(text == before)
        #expect(try await world.store.sealedSecrets().isEmpty)
    }

    @Test(arguments: [
        ([], "ADDRESS, --deliver-to ADDRESS"), (["studio@pec.it"], "--deliver-to ADDRESS"),
        (["studio@altrove.example", "--deliver-to", "a@azienda.it"], "--provider NAME"),
        (["studio@legalmail.it", "--deliver-to", "a@azienda.it"], "--login LOGIN"),
        (["nobody"], "nobody"), (right + ["--keep", "7"], "keep"), (right + ["--keep", "1h"], "keep"),
        (right + ["--fetch", "pop2"], "fetch"),
        (right + ["--fetch", "none", "--keep", "7d"], "--keep says nothing where nothing is fetched: --fetch none"),
        (right + ["--fetch", "none", "--fetch-login", "a"], "--fetch-login says nothing where nothing is fetched"),
        (
            ["a@pectim.it", "--deliver-to", "a@azienda.it", "--keep", "7d"],
            "--keep says nothing where nothing is fetched: no POP3 or IMAP server of tim-pec is known"
        ),
        (["a@outlook.it", "--deliver-to", "a@azienda.it"], "--client-id ID"),
        (["a@hotmail.it", "--tenant", "consumers"], "--client-id ID, --deliver-to ADDRESS"),
        (["a@gmail.com", "--client-secret", "app", "--deliver-to", "a@azienda.it"], "--client-id ID"),
        (right + ["--client-id", "app-1", "--vault", "a"], "give one of the two"),
        (right + ["--client-id", "app-1", "--grant", "password"], "grant"),
        (right + ["--client-id", "app-1", "--client-secret", "a b"], "Expected a name"),
        (right + ["--vault", "a", "--password-file", "b"], "--password-file or --vault"),
        (right + ["--vault", "a b"], "Expected a name"),
    ])
    func `without a terminal it says what is missing or wrong, and changes nothing`(
        _ arguments: [String],
        _ words: String
    ) async throws {
        let before = try configure("accounts:\n\(Self.first)")
        let outcome = await add(arguments)
        #expect(outcome.status == 64 && outcome.errors.contains(words), "\(outcome.status): \(outcome.errors)")
        #expect(text == before)
        #expect(try await world.store.sealedSecrets().isEmpty)
    }

    @Test func `what the configuration would refuse is refused, and nothing is kept`() async throws {
        let before = try configure("accounts:\n\(Self.first)")
        for (arguments, status, words) in [
            (["AZIENDA@pec.it", "--deliver-to", "a@azienda.it", "--no-test"], 1, "is an account already"),
            (["a@pec.it", "--deliver-to", "a@pec.it", "--no-test"], 1, "the account's own address"),
            (["a@pec.it", "--provider", "arruba", "--deliver-to", "a@azienda.it"], 1, "there is no provider arruba"),
        ] as [([String], Int32, String)] {
            let outcome = await add(arguments)
            #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome.errors)")
        }
        let empty = await add(Self.right, password: "\n")
        #expect(empty.status == 1 && empty.errors.contains("is empty"), "\(empty.errors)")
        try FileManager.default.removeItem(atPath: "\(world.directory)/vault.key")
        let keyless = await add(Self.right)
        #expect(keyless.status == 1 && keyless.errors.contains("vault.key"), "\(keyless.errors)")
        #expect(text == before)
        #expect(try await world.store.sealedSecrets().isEmpty)
        try world.write("x.yaml", "hostnam: x\n")
        #expect(await add(Self.right).status == 78)
    }

    @Test func `a read-only file is left alone before anything is asked`() async throws {
        let before = try configure("accounts:\n\(Self.first)")
        try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
        let outcome = await add(Self.right)
        #expect(outcome.status == 1 && outcome.errors.contains("is read-only"), "\(outcome.errors)")
        #expect(text == before)
        #expect(try await world.store.sealedSecrets().isEmpty)
    }

    @Test func `a password that is there is used, in a file or in the vault, and not asked for`() async throws {
        _ = try configure("accounts:\n\(Self.first)")
        let file = await add(
            Self.right + ["--password-file", "\(world.directory)/pec", "--fetch", "pop3", "--keep", "7d"],
            password: ""
        )
        #expect(file.status == 0, "\(file.errors)")
        #expect(text.contains("password: {file: \(world.directory)/pec}\n"))
        #expect(text.contains("fetch: {protocol: pop3, every: 1m, keep: 7d}\n"))
        world.input.withLock { $0 = "Un'altra" }
        #expect(await world.run("secret", "set", "nuova").status == 0)
        let vault = await add(
            ["b@pec.it", "--deliver-to", "b@azienda.it", "--no-test", "--vault", "nuova"],
            password: ""
        )
        #expect(vault.status == 0 && vault.errors.contains("is in the vault nuova already"), "\(vault.errors)")
        #expect(text.contains("password: {vault: nuova}\n"))
    }

    @Test func `--reload hands the changed file to the running gateway, and says when none runs`() async throws {
        _ = try configure("accounts:\n\(Self.first)")
        let idle = await add(Self.right + ["--reload"])
        #expect(idle.status == 1 && idle.text.contains("is in \(path) now") && idle.errors.contains("no gateway runs"))
        world.startGateway()
        world.answer.withLock { $0 = .applied(path: path) }
        let outcome = await add(["b@pec.it", "--deliver-to", "b@azienda.it", "--no-test", "--reload"])
        #expect(outcome.status == 0 && outcome.text.contains("uses \(path) now"), "\(outcome.errors)")
        #expect(world.sent.count == 2)
    }

    @Test func `the help says what the trial does to the mailbox`() async {
        let words = await world.run("account", "add", "--help").text.split(whereSeparator: \.isWhitespace)
        let help = words.joined(separator: " ")
        #expect(help.contains("reads the smallest message (nothing is deleted; by POP3 many servers show it as read"))
    }
}
