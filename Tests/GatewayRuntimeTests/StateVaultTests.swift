// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import SecretsVault
import Synchronization
import Testing

@testable import GatewayRuntime

/// A store that answers each question for a secret with the next of these, the last one again and again.
final class ScriptedVault: VaultStore {
    private let answers: Mutex<[SealedSecret]>

    init(_ answers: [SealedSecret] = []) {
        self.answers = Mutex(answers)
    }

    func sealedSecret(_ name: SecretName) throws -> SealedSecret? {
        answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first }
    }
    func sealedSecrets() async throws -> [SealedSecret] { answers.withLock { $0 } }
    func putSecret(_ secret: SealedSecret) async throws {}
    func addSecret(_ secret: SealedSecret) async throws -> Bool { false }
    func exchangeSecret(_ secret: SealedSecret, for former: SealedSecret) async throws -> Bool { false }
    func removeSecret(_ name: SecretName) async throws -> Bool { false }
    func resealSecrets(_ change: @escaping @Sendable (SealedSecret) throws -> SealedSecret) async throws -> Int { 0 }
}

struct StateVaultTests {
    private let name: SecretName
    private let old: VaultKey
    private let new: VaultKey
    private let path: String

    init() throws {
        name = try #require(SecretName("pec"))
        old = try #require(VaultKey(content: VaultKey.makeContent()))
        let content = VaultKey.makeContent()
        new = try #require(VaultKey(content: content))
        path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try Data(content).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }

    private func sealed(_ key: VaultKey) throws -> SealedSecret {
        try SealedSecret(Secret("segreto"), name: name, key: key, changed: Timestamp(milliseconds: 0))
    }

    private func vault(_ answers: [SealedSecret]) -> StateVault {
        StateVault(ScriptedVault(answers), VaultConfiguration(key: .file(path)))
    }

    @Test func `a key that changes between the looks at secret and key costs no login`() throws {
        defer { unlink(path) }
        #expect(try vault([sealed(old), sealed(new)]).read(name).reveal() == "segreto")
    }

    @Test func `a secret of another key, and one that is not there, are named with what to do`() throws {
        defer { unlink(path) }
        let other = #expect(throws: SecretError.self) { try vault([sealed(old)]).read(name) }
        #expect(other?.message.contains(old.identifier) == true && other?.remedy.contains("Put the key back") == true)
        let none = #expect(throws: SecretError.self) { try vault([]).read(name) }
        #expect(none?.remedy.contains("ceralacca secret set pec") == true)
        unlink(path)
        let key = #expect(throws: SecretError.self) { try vault([sealed(new)]).read(name) }
        #expect(key?.message.contains(path) == true)
    }
}
