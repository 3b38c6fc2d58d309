// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import SecretsVault
import Testing

struct VaultTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory.withExampleFiles()
        try directory.write("vault.key", String(repeating: "0f", count: 32) + "\n")
    }

    private struct Vault: VaultReading {
        func read(_ name: SecretName) throws(SecretError) -> Secret {
            guard name.description == "pec" else {
                throw SecretError("there is no secret \(name) in the vault", remedy: "Set it.")
            }
            return Secret(TemporaryDirectory.secret)
        }
    }

    private func load(_ password: String, _ vault: String) throws -> LoadedConfiguration {
        let text = WrongFile.right.replacing("{file: pec}", with: password) + "\n" + vault + "\n"
        return try ConfigurationFile.read(text, path: "\(directory.path)/x.yaml", openVault: { _, _ in Vault() })
    }

    private func mistakes(_ password: String, _ vault: String) -> [ConfigurationRemark] {
        do { _ = try load(password, vault) } catch let error as ConfigurationError { return error.mistakes } catch {}
        return []
    }

    @Test func `a password may lie in the vault, whose key is a file beside the configuration`() throws {
        let loaded = try load("{vault: pec}", "vault: {key: {file: vault.key}}")
        #expect(loaded.configuration.accounts[0].password == .vault(try #require(SecretName("pec"))))
        #expect(loaded.configuration.vault.key == .file("\(directory.path)/vault.key"))
        #expect(try loaded.configuration.vault.readKey().identifier.count == 8)
        let secrets = loaded.configuration.secrets.filter { $0.secret == .vault(SecretName("pec")!) }
        #expect(secrets.map(\.user) == ["\(loaded.configuration.accounts[0].address)"])
    }

    @Test func `a secret that is not in the vault is a mistake at its place`() {
        let found = mistakes("{vault: altro}", "vault: {key: {file: vault.key}}")
        #expect(found.map(\.path) == ["accounts[0].password.vault"])
        #expect(found.first?.line == 20 && found.first?.message.contains("no secret altro") == true)
    }

    @Test func `a key that is not there, open to others, or no key is a mistake with what to do`() throws {
        let none = mistakes("{vault: pec}", "vault: {key: {file: none.key}}")
        #expect(
            none.map(\.path) == ["vault"] && none.first?.message.contains("none.key: there is no such file") == true
        )
        try directory.write("short.key", "0f0f")
        #expect(mistakes("{vault: pec}", "vault: {key: {file: short.key}}").first?.message.contains("no key") == true)
        try directory.write("typed.key", "abcdefghijklmnopqrstuvwxyz012345")
        #expect(mistakes("{vault: pec}", "vault: {key: {file: typed.key}}").first?.message.contains("no key") == true)
        try directory.write("open.key", String(repeating: "0f", count: 32), mode: 0o644)
        let open = mistakes("{vault: pec}", "vault: {key: {file: open.key}}")
        #expect(open.first?.message.contains("chmod 600 \(directory.path)/open.key") == true)
        #expect(!open.description.contains("0f0f"))
    }

    @Test func `a key of the service's that this shell has not is a warning`() throws {
        let loaded = try load("{vault: pec}", "vault: {key: {env: CERALACCA_NO_SUCH_KEY}}")
        #expect(loaded.warnings.contains { $0.path == "vault" && $0.message.contains("CERALACCA_NO_SUCH_KEY") })
        let credential = try load("{vault: pec}", "vault: {key: {credential: no-such-key}}")
        #expect(credential.warnings.contains { $0.path == "vault" && $0.message.contains("LoadCredential=") })
    }

    @Test(arguments: [
        "vault: 0f0f0f0f0f", "vault: {key: 0f0f0f0f0f}", "vault: {key: [0f0f0f0f0f]}",
        "vault: {key: {env: 0f0f0f0f0f 1}}",
        "vault: {key: {}}", "vault: {}", "vault: {key: {file: vault.key, env: A}}", "vault: {keys: {file: vault.key}}",
    ])
    func `a key in clear, none or two are mistakes that show nothing`(_ vault: String) {
        let found = mistakes("{file: pec}", vault)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.path.hasPrefix("vault") })
        #expect(!found.description.contains("0f0f"))
    }
}
