// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import MailQueue
import SecretsVault
import Synchronization
import Testing

@testable import GatewayCommands

struct SecretCommandTests {
    let world: CommandWorld
    private static let secret = "Tr0ppo-Segreto-Davvero!"

    init() throws {
        world = try CommandWorld()
        try world.write("vault.key", String(repeating: "0f", count: 32))
        try configure("{vault: azienda-pec}")
    }

    private func configure(_ password: String) throws {
        let text = try String(contentsOfFile: "\(world.directory)/x.yaml", encoding: .utf8)
        let line = "provider: aruba, password: {file: pec}, deliver_to: [protocollo@azienda.it]"
        var changed = text.replacing(line, with: line.replacing("{file: pec}", with: password))
        changed = changed.replacing("protocollo@azienda.it]}", with: "protocollo@azienda.it], fetch: {protocol: none}}")
        try world.write("x.yaml", changed + "\nvault: {key: {file: vault.key}}\n")
    }

    private func set(_ name: String, _ secret: String = secret) async -> CommandWorld.Outcome {
        world.input.withLock { $0 = secret }
        return await world.run("secret", "set", name)
    }

    /// All octets under the state directory.
    private func stateOctets() throws -> Data {
        let state = "\(world.directory)/state"
        return try FileManager.default.subpathsOfDirectory(atPath: state).reduce(into: Data()) { all, name in
            all += FileManager.default.contents(atPath: "\(state)/\(name)") ?? Data()
        }
    }

    @Test func `a secret that is set is listed by name, opens, and is shown nowhere`() async throws {
        let outcome = await set("azienda-pec", Self.secret + "\n")
        #expect(outcome.status == 0 && outcome.text.contains("azienda@pec.it"), "\(outcome.errors)")
        #expect(outcome.text.contains("ceralacca reload"))
        let listed = await world.run("secret", "list")
        #expect(listed.lines.count == 2 && listed.lines[1].contains("ok") && listed.lines[1].contains("azienda@pec.it"))
        let object = try await world.run("secret", "list", "--json").objects[0]
        #expect(object["name"] as? String == "azienda-pec" && object["state"] as? String == "ok")
        let key = try #require(VaultKey(content: Array(String(repeating: "0f", count: 32).utf8)))
        let name = try #require(SecretName("azienda-pec"))
        #expect(try world.store.sealedSecret(name)?.open(key).reveal() == Self.secret)
        for part in [outcome, listed] { #expect(!(part.text + part.errors).contains("Segreto-Davvero")) }
        let octets = try stateOctets()
        #expect(octets.range(of: Data("azienda-pec".utf8)) != nil, "the search finds what is there")
        #expect(octets.range(of: Data("Segreto".utf8)) == nil)
        #expect(octets.range(of: Data(repeating: 0x0F, count: 32)) == nil)
    }

    @Test(arguments: [["azienda-pec", secret], ["azienda-pec", "x", secret], [secret], ["a b \(secret)"]])
    func `a secret among the arguments is refused without being shown`(_ arguments: [String]) async throws {
        world.input.withLock { $0 = "altro" }
        let outcome = await world.run(["secret", "set"] + arguments)
        #expect(outcome.status == 64)
        #expect(!(outcome.text + outcome.errors).contains("Segreto-Davvero"))
        #expect(try await world.store.sealedSecrets().isEmpty)
    }

    @Test(arguments: ["", "\n", "Tr0ppo-Segreto-Davvero!\nx", "Tr0ppo-Segreto-Davvero!\u{0}"])
    func `what is no secret is refused and changes nothing`(_ text: String) async throws {
        let outcome = await set("azienda-pec", text)
        #expect(outcome.status == 1 && outcome.errors.contains("standard input"))
        #expect(!outcome.errors.contains("Davvero"))
        #expect(try await world.store.sealedSecrets().isEmpty)
    }

    @Test func `without key, or with another one, nothing is set`() async throws {
        #expect(await set("azienda-pec").status == 0)
        try world.write("vault.key", String(repeating: "f0", count: 32))
        let other = await set("altro")
        #expect(other.status == 1 && other.errors.contains("key"), "\(other.errors)")
        #expect(await world.run("secret", "list").lines[1].contains("other key"))
        try FileManager.default.removeItem(atPath: "\(world.directory)/vault.key")
        let none = await set("altro")
        #expect(none.status == 1 && none.errors.contains("\(world.directory)/vault.key: there is no such file"))
        #expect(await world.run("secret", "list").lines[1].contains("no key"))
        #expect(try await world.store.sealedSecrets().count == 1)
    }

    @Test func `a secret in use stays, one that nobody uses or can read any more goes`() async throws {
        #expect(await set("azienda-pec").status == 0)
        #expect(await set("altro").status == 0)
        let used = await world.run("secret", "remove", "azienda-pec")
        #expect(used.status == 1 && used.errors.contains("azienda@pec.it"))
        #expect(await world.run("secret", "remove", "altro").status == 0)
        #expect(await world.run("secret", "remove", "altro").status == 1)
        try world.write("vault.key", String(repeating: "f0", count: 32))
        #expect(await world.run("secret", "remove", "azienda-pec").status == 0)
        #expect(await set("azienda-pec").status == 0, "with the new key")
    }

    @Test func `check opens every secret, and names what it cannot with place and remedy`() async throws {
        let none = await world.run("check")
        #expect(none.status == 78 && none.errors.contains("accounts[0].password.vault: there is no secret azienda-pec"))
        #expect(none.errors.contains("ceralacca secret set azienda-pec"))
        #expect(await set("azienda-pec").status == 0)
        let good = await world.run("check")
        #expect(good.status == 0, "\(good.errors)")
        try world.write("vault.key", String(repeating: "f0", count: 32))
        let other = await world.run("check")
        #expect(other.status == 78 && other.errors.contains("was sealed with the key"), "\(other.errors)")
        world.startGateway()
        #expect(await world.run("reload").status == 78)
        #expect(world.sent.isEmpty, "nothing was handed over")
    }

    @Test func `a new key takes the old one's place, and everything can be read`() async throws {
        #expect(await set("azienda-pec").status == 0)
        #expect(await set("altro").status == 0)
        let outcome = await world.run("secret", "rotate-key")
        #expect(outcome.status == 0 && outcome.text.contains("2 secrets"), "\(outcome.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: world.directory).filter { $0.contains("key") }
        #expect(files == ["vault.key"])
        let path = "\(world.directory)/vault.key"
        #expect(FileManager.default.contents(atPath: path)?.count == 32)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(await world.run("check").status == 0)
        #expect(await world.run("secret", "list").lines.dropFirst().allSatisfy { $0.contains("ok") })
    }

    /// The moments at which a rotation can be cut: the new key is there and nothing is sealed with it, or everything is.
    @Test(arguments: [false, true])
    func `a rotation that was cut leaves all readable, and another run ends it`(_ isSealed: Bool) async throws {
        #expect(await set("azienda-pec").status == 0)
        try world.write("vault.key.new", String(repeating: "a5", count: 32))
        if isSealed {
            let old = try #require(VaultKey(content: Array(String(repeating: "0f", count: 32).utf8)))
            let new = try #require(VaultKey(content: Array(String(repeating: "a5", count: 32).utf8)))
            #expect(try await world.store.resealSecrets { try $0.resealed(from: old, to: new) } == 1)
        }
        #expect(await world.run("check").status == 0)
        #expect(await world.run("secret", "list").lines[1].contains("ok"))
        let set = await set("altro")
        #expect(set.status == 1 && set.errors.contains("ceralacca secret rotate-key"))
        #expect(await world.run("secret", "rotate-key").status == 0)
        let key = FileManager.default.contents(atPath: "\(world.directory)/vault.key")
        #expect(key == Data(String(repeating: "a5", count: 32).utf8))
        #expect(await world.run("check").status == 0)
    }

    @Test func `a key that is replaced while somebody types is not sealed with`() async throws {
        let path = "\(world.directory)/vault.key"
        world.meanwhile.withLock {
            $0 = {
                let key = Data(String(repeating: "a5", count: 32).utf8)
                _ = FileManager.default.createFile(atPath: path, contents: key, attributes: [.posixPermissions: 0o600])
            }
        }
        #expect(await set("azienda-pec").status == 0)
        #expect(await world.run("check").status == 0, "the key that is there now opens it")
    }

    @Test func `a rotation with the wrong old key changes nothing`() async throws {
        #expect(await set("azienda-pec").status == 0)
        try world.write("vault.key", String(repeating: "f0", count: 32))
        let outcome = await world.run("secret", "rotate-key")
        #expect(outcome.status == 1 && outcome.errors.contains("nothing was changed"), "\(outcome.errors)")
        try FileManager.default.removeItem(atPath: "\(world.directory)/vault.key.new")
        try world.write("vault.key", String(repeating: "0f", count: 32))
        #expect(await world.run("check").status == 0)
    }

    @Test func `what lies in the new key's place is never overwritten`() async throws {
        try world.write("vault.key.new", "no key")
        let outcome = await world.run("secret", "rotate-key")
        #expect(outcome.status == 1 && outcome.errors.contains("vault.key.new holds no key"))
        #expect(FileManager.default.contents(atPath: "\(world.directory)/vault.key.new") == Data("no key".utf8))
    }

    @Test func `a key in another place is replaced by a person, with the file that is named`() async throws {
        #expect(await set("azienda-pec").status == 0)
        try world.write("next.key", String(repeating: "a5", count: 32))
        let outcome = await world.run("secret", "rotate-key", "--new-key", "\(world.directory)/next.key")
        #expect(outcome.status == 0 && outcome.text.contains("next.key"), "\(outcome.errors)")
        #expect(await world.run("check").status == 78)
        try world.write("vault.key", String(repeating: "a5", count: 32))
        #expect(await world.run("check").status == 0)
    }

    @Test func `before the first start the directory's owner may set a secret`() async throws {
        await world.store.close()
        try FileManager.default.removeItem(atPath: "\(world.directory)/state")
        try FileManager.default.createDirectory(atPath: "\(world.directory)/state", withIntermediateDirectories: false)
        #expect(await world.run("secret", "list").status == 1)
        #expect(await set("azienda-pec").status == 0)
        #expect(await world.run("check").status == 0)
    }
}
