// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import MailModel
import SecretsVault
import Testing

struct SealedSecretTests {
    let name: SecretName
    let key: VaultKey
    let moment = Timestamp(milliseconds: 1_795_428_000_000)

    init() throws {
        name = try #require(SecretName("azienda-pec"))
        key = try #require(VaultKey(content: VaultKey.makeContent()))
    }

    private func sealed(_ text: String = "Tr0ppo-Segreto!") throws -> SealedSecret {
        try SealedSecret(Secret(text), name: name, key: key, changed: moment)
    }

    @Test(arguments: [
        "x", "Tr0ppo-Segreto!", " però ", String(repeating: "a", count: 64), String(repeating: "ü", count: 5000),
    ])
    func `a secret opens as it was sealed`(_ text: String) throws {
        let sealed = try sealed(text)
        #expect(try sealed.open(key).reveal() == text)
        #expect(!String(decoding: sealed.octets, as: UTF8.self).contains(text) || text.count < 4)
        #expect((sealed.octets.count - 29) % 64 == 0, "the length says little of the secret's")
    }

    @Test func `the same secret is sealed each time to other octets`() throws {
        #expect(try sealed().octets != sealed().octets)
    }

    @Test func `one changed bit anywhere keeps it shut`() throws {
        let sealed = try sealed()
        for index in sealed.octets.indices {
            for bit in 0..<8 {
                var octets = sealed.octets
                octets[index] ^= 1 << UInt8(bit)
                let changed = SealedSecret(name: name, key: sealed.key, octets: octets, changed: moment)
                let error = #expect(throws: VaultError.self) { try changed.open(key) }
                let isFormat = error == .unknownFormat(name, version: octets[0])
                #expect(index == 0 ? isFormat : error == .damaged(name), "octet \(index), bit \(bit)")
            }
        }
        for count in 0..<sealed.octets.count {
            let short = SealedSecret(
                name: name,
                key: sealed.key,
                octets: Array(sealed.octets.prefix(count)),
                changed: moment
            )
            #expect(throws: VaultError.damaged(name)) { try short.open(key) }
        }
    }

    @Test func `a ciphertext put under another name does not open`() throws {
        let other = try #require(SecretName("altro-pec"))
        let swapped = SealedSecret(name: other, key: key.identifier, octets: try sealed().octets, changed: moment)
        #expect(throws: VaultError.damaged(other)) { try swapped.open(key) }
    }

    @Test func `another key is told from damage, and one that calls itself the same opens nothing`() throws {
        let another = try #require(VaultKey(content: VaultKey.makeContent()))
        let sealed = try sealed()
        #expect(throws: VaultError.otherKey(name, sealedWith: key.identifier, atHand: another.identifier)) {
            try sealed.open(another)
        }
        let disguised = SealedSecret(name: name, key: another.identifier, octets: sealed.octets, changed: moment)
        #expect(throws: VaultError.damaged(name)) { try disguised.open(another) }
    }

    @Test func `under a new key it is the same secret, and the old key opens it no more`() throws {
        let new = try #require(VaultKey(content: VaultKey.makeContent()))
        let resealed = try sealed().resealed(from: key, to: new)
        #expect(try resealed.open(new).reveal() == "Tr0ppo-Segreto!" && resealed.changed == moment)
        #expect(throws: VaultError.self) { try resealed.open(key) }
    }

    /// The format is for years: octets that an older program sealed open for ever.
    @Test func `version 1 is AES-256-GCM with version and name as associated data`() throws {
        let content = (0..<32).map { UInt8($0) }
        let key = try #require(VaultKey(content: content))
        let text = Array("segreto".utf8) + [UInt8](repeating: 0, count: 57)
        let data = Array("ceralacca vault".utf8) + [0, 1] + Array("azienda-pec".utf8)
        let box = try AES.GCM.seal(text, using: SymmetricKey(data: content), authenticating: data)
        let octets = [1] + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        let sealed = SealedSecret(name: name, key: key.identifier, octets: octets, changed: moment)
        #expect(try sealed.open(key).reveal() == "segreto")
    }

    @Test func `a key is 32 random octets or 64 hexadecimal digits, and is never shown`() throws {
        let content = (0..<32).map { UInt8($0) &+ 200 }
        let digits = content.map { octet in (octet < 16 ? "0" : "") + String(octet, radix: 16) }.joined()
        let key = try #require(VaultKey(content: content))
        #expect(VaultKey(content: Array((digits + "\n").utf8))?.identifier == key.identifier)
        #expect(VaultKey(content: Array(digits.uppercased().utf8))?.identifier == key.identifier)
        for wrong in ["", "abc", String(repeating: "a", count: 32), digits + "0", String(repeating: "g", count: 64)] {
            #expect(VaultKey(content: Array(wrong.utf8)) == nil, "\(wrong)")
        }
        var dumped = "\(key)"
        dump(key, to: &dumped)
        #expect(!dumped.contains(digits) && !dumped.contains("\(content)"))
    }

    @Test func `a name is letters, digits and a few signs`() {
        for text in ["a", "azienda-pec", "azienda@pec.it", "A_1.b"] { #expect(SecretName(text)?.description == text) }
        for text in ["", "-a", "a b", "a/b", "però", "a\n", String(repeating: "a", count: 101)] {
            #expect(SecretName(text) == nil, "\(text)")
        }
    }
}
