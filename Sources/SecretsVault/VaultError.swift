// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why a secret of the vault does not open; it never holds the secret nor a key.
public enum VaultError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It was sealed with another key than the one at hand; both by their identifiers.
    case otherKey(SecretName, sealedWith: String, atHand: String)
    /// It is not what was sealed under this name.
    case damaged(SecretName)
    /// A newer program sealed it.
    case unknownFormat(SecretName, version: UInt8)
    /// The system's cryptography failed.
    case failed(SecretName)

    /// What is wrong.
    public var message: String {
        switch self {
        case .otherKey(let name, let sealed, let atHand):
            "the secret \(name) was sealed with the key \(sealed), and the key at hand is \(atHand)"
        case .damaged(let name): "the secret \(name) in the vault was changed or damaged since it was set"
        case .unknownFormat(let name, let version):
            "the secret \(name) is sealed in format \(version), which this program does not know"
        case .failed(let name): "the secret \(name) could not be sealed"
        }
    }

    /// What to do.
    public var remedy: String {
        switch self {
        case .otherKey(let name, _, _):
            "Put the key back that belongs to this state; if it is lost: ceralacca secret remove \(name), "
                + "then ceralacca secret set \(name)."
        case .damaged(let name): "Set it again: ceralacca secret set \(name)."
        case .unknownFormat: "Start the newer version of Ceralacca that set it."
        case .failed: "Try again."
        }
    }

    /// What is wrong and what to do.
    public var description: String { "\(message). \(remedy)" }
}
