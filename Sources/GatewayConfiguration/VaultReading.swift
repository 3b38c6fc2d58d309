// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import SecretsVault

/// Opens the secrets that `{vault: NAME}` names.
public protocol VaultReading: Sendable {
    /// The secret of this name.
    ///
    /// - Throws: `SecretError` when the key or the secret is not there, or the one does not open the other.
    func read(_ name: SecretName) throws(SecretError) -> Secret
}

/// Opens the vault of a state directory with the key that a configuration names.
public typealias VaultOpener = (_ state: String, _ vault: VaultConfiguration) -> any VaultReading

/// Where no vault is: for secrets that lie elsewhere.
struct NoVault: VaultReading {
    func read(_ name: SecretName) throws(SecretError) -> Secret {
        throw SecretError("the secret \(name) lies in the vault, which is not open", remedy: "Open it first.")
    }
}
