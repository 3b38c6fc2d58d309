// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import GatewayConfiguration
public import MailModel
public import SecretsVault

/// The vault of a state directory: ciphertexts from the store, the key from its place, both anew for each secret, so that a changed one is
/// used at the next login.
public struct StateVault: VaultReading {
    private let store: any VaultStore
    private let configuration: VaultConfiguration

    /// The vault in `store` with the key that `configuration` names.
    public init(_ store: any VaultStore, _ configuration: VaultConfiguration) {
        self.store = store
        self.configuration = configuration
    }

    /// The secret of this name.
    ///
    /// While a new key takes the place of the present one, secrets are sealed with either, and both lie side by side.
    public func read(_ name: SecretName) throws(SecretError) -> Secret {
        if case .success(let secret) = try open(name) { return secret }
        // A secret and its key are not read at one moment: the second look finds both as they are behind a change of the key.
        switch try open(name) {
        case .success(let secret): return secret
        case .failure(let failure): throw SecretError(failure.message, remedy: failure.remedy)
        }
    }

    private func open(_ name: SecretName) throws(SecretError) -> Result<Secret, VaultError> {
        let sealed = try sealed(name)
        let key = try configuration.readKey()
        do throws(VaultError) {
            if sealed.key != key.identifier, let new = configuration.readNewKey(), sealed.key == new.identifier {
                return .success(try sealed.open(new))
            }
            return .success(try sealed.open(key))
        } catch { return .failure(error) }
    }

    private func sealed(_ name: SecretName) throws(SecretError) -> SealedSecret {
        let sealed: SealedSecret?
        do { sealed = try store.sealedSecret(name) } catch {
            throw SecretError("cannot read the vault: \(error)", remedy: "It is tried again at the next login.")
        }
        guard let sealed else {
            throw SecretError(
                "there is no secret \(name) in the vault",
                remedy: "Set it: ceralacca secret set \(name). `ceralacca secret list` names those that there are."
            )
        }
        return sealed
    }
}
