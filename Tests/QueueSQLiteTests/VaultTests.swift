// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import MailModel
import MailQueue
import SecretsVault
import Testing

@testable import QueueSQLite

struct VaultTests {
    let directory: TemporaryDirectory
    let store: SQLiteQueue
    let old: VaultKey
    let new: VaultKey
    let names: [SecretName]

    init() throws {
        directory = try TemporaryDirectory()
        store = try SQLiteQueue.open(directory: directory.state)
        old = try #require(VaultKey(content: VaultKey.makeContent()))
        new = try #require(VaultKey(content: VaultKey.makeContent()))
        names = ["a", "b", "c"].compactMap { SecretName($0) }
    }

    private func seal(_ name: SecretName, _ key: VaultKey) throws -> SealedSecret {
        try SealedSecret(Secret("segreto di \(name)"), name: name, key: key, changed: start)
    }

    private func fill() async throws {
        for name in names { try await store.putSecret(seal(name, old)) }
    }

    @Test func `secrets are kept by name, replaced and removed, and survive a new start`() async throws {
        try await fill()
        let second = try SealedSecret(Secret("nuovo"), name: names[1], key: old, changed: start + .seconds(1))
        try await store.putSecret(second)
        #expect(try await store.removeSecret(names[0]))
        #expect(try await !store.removeSecret(names[0]))
        await store.close()
        let again = try SQLiteQueue.open(directory: directory.state)
        #expect(try await again.sealedSecrets().map(\.name) == [names[1], names[2]])
        #expect(try again.sealedSecret(names[1]) == second)
        #expect(try again.sealedSecret(names[0]) == nil)
        await again.close()
    }

    @Test func `of two that add a secret at the same moment one does, and what is there stays`() async throws {
        let (name, old) = (names[0], old)
        let first = try seal(name, old)
        let second = try SealedSecret(Secret("un altro"), name: name, key: old, changed: start)
        async let one = store.addSecret(first)
        async let other = store.addSecret(second)
        let added = try await [one, other]
        #expect(added.count { $0 } == 1)
        #expect(try store.sealedSecret(name) == (added[0] ? first : second))
        #expect(try await !store.addSecret(second))
        #expect(try store.sealedSecret(name) == (added[0] ? first : second))
        let error = await #expect(throws: QueueError.self) { try await store.addSecret(seal(names[1], new)) }
        #expect(error?.code == .notAllowed)
    }

    @Test func `a secret is exchanged for the one that is known to lie there, and for no other`() async throws {
        try await fill()
        let known = try #require(try store.sealedSecret(names[0]))
        let first = try SealedSecret(Secret("primo"), name: names[0], key: old, changed: start)
        let second = try SealedSecret(Secret("secondo"), name: names[0], key: old, changed: start)
        #expect(try await store.exchangeSecret(first, for: known))
        #expect(try await !store.exchangeSecret(second, for: known))
        #expect(try store.sealedSecret(names[0]) == first)
        #expect(try await store.removeSecret(names[0]))
        #expect(try await !store.exchangeSecret(second, for: first))
        #expect(try store.sealedSecret(names[0]) == nil)
    }

    @Test func `tokens have a name of their own, whatever the account's address`() {
        #expect(SecretName.tokens(of: "azienda@pec.it").description == "oauth-tokens.azienda@pec.it")
        let odd = ["a+b@x.it", "\(String(repeating: "a", count: 100))@x.it", "è@x.it"].map { SecretName.tokens(of: $0) }
        #expect(Set(odd).count == 3)
        #expect(odd.allSatisfy { SecretName($0.description) == $0 && $0.isOfTokens })
        #expect(!names[0].isOfTokens)
    }

    @Test func `a vault takes no secret under a second key`() async throws {
        try await fill()
        let error = await #expect(throws: QueueError.self) { try await store.putSecret(seal(names[0], new)) }
        #expect(error?.code == .notAllowed && error?.message.contains(new.identifier) == true)
        #expect(try store.sealedSecret(names[0])?.open(old).reveal() == "segreto di a")
    }

    @Test func `a new key takes every secret or none`() async throws {
        try await fill()
        let (old, new, last) = (old, new, names[2])
        let error = await #expect(throws: QueueError.self) {
            _ = try await store.resealSecrets { secret in
                guard secret.name != last else { throw QueueError(.unavailable, "interrupted") }
                return try secret.resealed(from: old, to: new)
            }
        }
        #expect(error?.message == "interrupted")
        for name in names { #expect(try store.sealedSecret(name)?.key == old.identifier) }
        #expect(try await store.resealSecrets { try $0.resealed(from: old, to: new) } == 3)
        for name in names { #expect(try store.sealedSecret(name)?.open(new).reveal() == "segreto di \(name)") }
    }
}
