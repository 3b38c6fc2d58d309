// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
public import MailModel

/// A secret as it lies in the store: nobody reads it without the key, and under another name it does not open.
///
/// ```text
/// octet 0     1, the version of this format
/// 1..<13      nonce, random for each sealing
/// 13..<n-16   ciphertext of the secret, filled with zeros to a multiple of 64 octets, so that its length says little
/// n-16..<n    tag
/// ```
/// AES-256-GCM; the version and the name are its associated data.
public struct SealedSecret: Hashable, Sendable {
    /// The name.
    public let name: SecretName
    /// The identifier of the key that it was sealed with.
    public let key: String
    /// Version, nonce, ciphertext, tag.
    public let octets: [UInt8]
    /// When the secret was set.
    public let changed: Timestamp

    private static let version: UInt8 = 1
    private static let block = 64

    /// A secret as a store keeps it.
    public init(name: SecretName, key: String, octets: [UInt8], changed: Timestamp) {
        self.name = name
        self.key = key
        self.octets = octets
        self.changed = changed
    }

    /// Seals `secret`, which holds no NUL, under this name.
    ///
    /// - Throws: `VaultError` when the system's cryptography fails.
    public init(_ secret: Secret, name: SecretName, key: VaultKey, changed: Timestamp) throws(VaultError) {
        var text = Array(secret.reveal().utf8)
        text += [UInt8](repeating: 0, count: Self.block - text.count % Self.block)
        let box: AES.GCM.SealedBox
        do {
            box = try AES.GCM.seal(text, using: key.symmetric, authenticating: Self.associatedData(Self.version, name))
        } catch { throw .failed(name) }
        let octets = [Self.version] + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        self.init(name: name, key: key.identifier, octets: octets, changed: changed)
    }

    /// Opens it.
    ///
    /// - Throws: `VaultError` when another key sealed it, or when one octet of it, of its name or of its version is not as it was.
    public func open(_ key: VaultKey) throws(VaultError) -> Secret {
        guard self.key == key.identifier else {
            throw .otherKey(name, sealedWith: self.key, atHand: key.identifier)
        }
        guard let version = octets.first else { throw .damaged(name) }
        guard version == Self.version else { throw .unknownFormat(name, version: version) }
        let data = Self.associatedData(version, name)
        let text: [UInt8]
        do {
            let box = try AES.GCM.SealedBox(combined: octets.dropFirst())
            text = Array(try AES.GCM.open(box, using: key.symmetric, authenticating: data))
        } catch { throw .damaged(name) }
        let end = text.firstIndex(of: 0) ?? text.count
        guard let secret = String(validating: text[..<end], as: UTF8.self) else { throw .damaged(name) }
        return Secret(secret)
    }

    /// The same secret under another key.
    public func resealed(from old: VaultKey, to new: VaultKey) throws(VaultError) -> Self {
        try Self(try open(old), name: name, key: new, changed: changed)
    }

    private static func associatedData(_ version: UInt8, _ name: SecretName) -> [UInt8] {
        Array("ceralacca vault".utf8) + [0, version] + Array(name.description.utf8)
    }
}
