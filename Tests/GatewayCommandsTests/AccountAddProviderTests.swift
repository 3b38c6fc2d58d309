// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayRuntime
import SecretsVault
import Synchronization
import Testing

@testable import GatewayCommands

/// `account add` by what the provider offers: POP3 or IMAP, passwords or access tokens.
struct AccountAddProviderTests {
    let world: CommandWorld
    /// The configuration before.
    private let before: String
    private static let end = "vault: {key: {file: vault.key}}\n"

    init() throws {
        world = try CommandWorld()
        try world.write("vault.key", String(repeating: "0f", count: 32))
        before = try String(contentsOfFile: "\(world.directory)/x.yaml", encoding: .utf8) + "\n\(Self.end)"
        try world.write("x.yaml", before)
    }

    private static let careful = "fetch: {protocol: pop3, every: 1m, keep: 7d}"

    private var text: String {
        get throws { try String(contentsOfFile: "\(world.directory)/x.yaml", encoding: .utf8) }
    }

    /// The configuration with an account more.
    private func after(_ address: String, _ provider: String, _ lines: [String]) -> String {
        let entry = ["  - address: \(address)", "    provider: \(provider)"] + lines.map { "    \($0)" }
        return before.replacing(Self.end, with: entry.joined(separator: "\n") + "\n\(Self.end)")
    }

    private func add(_ address: String, _ arguments: [String], password: String = "") async -> CommandWorld.Outcome {
        world.input.withLock { $0 = password }
        return await world.run(["account", "add", address, "--deliver-to", "c@azienda.it"] + arguments)
    }

    @Test(arguments: [
        ("a@pec-email.com", [], "register", "fetch: {protocol: imap, every: 1m, keep: 7d}"),
        ("a@pec-email.com", ["--keep", "0d"], "register", "fetch: {protocol: imap, every: 1m, keep: 0d}"),
        (
            "a@icloud.com", ["--keep", "forever"], "icloud",
            "fetch: {protocol: imap, login: a, every: 1m, keep: forever}"
        ),
        ("a@icloud.com", ["--fetch-login", "b"], "icloud", "fetch: {protocol: imap, login: b, every: 1m, keep: 7d}"),
        ("a@icloud.com", ["--fetch", "none"], "icloud", "fetch: {protocol: none}"),
        ("a@pec.it", [], "aruba", "fetch: {protocol: pop3, every: 1m, keep: 7d}"),
        ("a@pec.it", ["--keep", "2w"], "aruba", "fetch: {protocol: pop3, every: 1m, keep: 14d}"),
    ])
    func `without POP3 an account is fetched by IMAP, and its mail kept for as long as was said, or a week`(
        _ address: String,
        _ arguments: [String],
        _ provider: String,
        _ fetch: String
    ) async throws {
        let outcome = await add(address, arguments + ["--no-test"], password: "Un4-Segreta!")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = ["password: {vault: \(address)}", "deliver_to: [c@azienda.it]", fetch]
        #expect(try text == after(address, provider, lines))
    }

    @Test func `with another login it is that one's part before the @ by which iCloud is read`() async throws {
        let arguments = ["--provider", "icloud", "--login", "mario@me.com", "--no-test"]
        let outcome = await add("a@studio.it", arguments, password: "Un4-Segreta!")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try text.contains("    fetch: {protocol: imap, login: mario, every: 1m, keep: 7d}\n"))
        let status = await world.run("account", "status", "a@studio.it")
        #expect(status.text.contains("login mario@me.com, for retrieval mario\n"), "\(status.text)")
    }

    @Test func `a provider of which no maildrop is known is added unfetched, and that is said`() async throws {
        let outcome = await add("a@pectim.it", ["--no-test"], password: "Un4-Segreta!")
        #expect(outcome.status == 0 && outcome.errors.contains("mail of this account is not retrieved"))
        let lines = ["password: {vault: a@pectim.it}", "deliver_to: [c@azienda.it]"]
        #expect(try text == after("a@pectim.it", "tim-pec", lines))
    }

    @Test func `where no passwords are taken it says how to sign in, and asks for none and tries nothing`() async throws
    {
        let outcome = await add("a@outlook.it", ["--client-id", "app-1"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.text.contains("`ceralacca account sign-in a@outlook.it` comes next"), "\(outcome.text)")
        #expect(!outcome.text.contains("maildrop") && !outcome.text.contains("password"), "\(outcome.text)")
        let lines = ["oauth: {client_id: app-1}", "deliver_to: [c@azienda.it]", Self.careful]
        #expect(try text == after("a@outlook.it", "outlook", lines))
        #expect(try await world.store.sealedSecrets().isEmpty)
        let status = await world.run("account", "status", "a@outlook.it")
        #expect(status.text.contains("needed: ceralacca account sign-in a@outlook.it"), "\(status.text)")
        let listed = await world.run("account", "list").lines.first { $0.contains("a@outlook.it") }
        #expect(listed?.hasSuffix("sign-in needed") == true, "\(listed ?? "")")
    }

    @Test func `tenant and grant are written as they were given`() async throws {
        let arguments = ["--client-id", "1-2", "--tenant", "t.it", "--grant", "device_code"]
        let outcome = await add("a@t.onmicrosoft.com", arguments)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = [
            "oauth: {client_id: \"1-2\", tenant: t.it, grant: device_code}", "deliver_to: [c@azienda.it]",
            Self.careful,
        ]
        #expect(try text == after("a@t.onmicrosoft.com", "microsoft365", lines))
    }

    @Test func `the application's secret has to be in the vault before the configuration names it`() async throws {
        let arguments = ["--client-id", "app-1", "--client-secret", "google-app"]
        let missing = await add("a@gmail.com", arguments)
        #expect(missing.status == 1 && missing.errors.contains("ceralacca secret set google-app"), "\(missing.errors)")
        #expect(try text == before)
        world.input.withLock { $0 = "Un'altra" }
        #expect(await world.run("secret", "set", "google-app").status == 0)
        let outcome = await add("a@gmail.com", arguments)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try text.contains("    oauth: {client_id: app-1, client_secret: {vault: google-app}}\n"))
        #expect(await world.run("check").status == 0)
    }

    @Test func `a password is kept where somebody names its place, or the provider takes passwords too`() async throws {
        let insisted = ["--fetch", "none", "--vault", "a", "--no-test"]
        let sending = await add("a@t.onmicrosoft.com", insisted, password: "Un4-Segreta!")
        #expect(try sending.status == 0 && text.contains("    password: {vault: a}\n"), "\(sending.errors)")
        let gmail = await add("a@gmail.com", ["--no-test"], password: "Un4-Segreta!")
        #expect(try gmail.status == 0 && text.contains("    password: {vault: a@gmail.com}\n"), "\(gmail.errors)")
    }

    @Test func `what an application lacks, and a server that nobody knows, are told with the reader's words`()
        async throws
    {
        let grant = await add("a@t.onmicrosoft.com", ["--client-id", "app-1", "--grant", "client_credentials"])
        #expect(grant.status == 1 && grant.errors.contains("needs a client_secret"), "\(grant.errors)")
        let unknown = await add("a@pec.it", ["--client-id", "app-1"])
        #expect(unknown.status == 1 && unknown.errors.contains("found no token_endpoint"), "\(unknown.errors)")
        #expect(try text == before)
    }

    @Test func `a sign-in leaves the running gateway alone until somebody asks for it`() async throws {
        world.startGateway()
        let outcome = await add("a@outlook.it", ["--client-id", "app-1"])
        #expect(outcome.status == 0 && outcome.text.contains("`ceralacca reload` has the running gateway use it"))
        #expect(world.sent.isEmpty)
        world.answer.withLock { $0 = .applied(path: "\(world.directory)/x.yaml") }
        let reloaded = await add("a@hotmail.it", ["--client-id", "app-1", "--reload"])
        #expect(reloaded.status == 0 && reloaded.text.contains("uses \(world.directory)/x.yaml now"))
        #expect(world.sent.count == 2)
    }
}
