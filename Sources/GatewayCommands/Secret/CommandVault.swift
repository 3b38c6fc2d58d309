// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import GatewayRuntime
internal import MailModel
internal import MailQueue
internal import SecretsVault
internal import Synchronization

/// The vault as commands look into it: its store is opened with the first secret that is asked for.
final class CommandVault: Sendable {
    private enum State {
        case closed
        case open(any CommandEnvironment.Store)
        case failed(SecretError)
    }

    private let state = Mutex(State.closed)

    /// For `ConfigurationFile.load`.
    var opener: VaultOpener { { self.open($0, $1) } }

    /// The vault of `directory` with the key that `configuration` names.
    func open(_ directory: String, _ configuration: VaultConfiguration) -> any VaultReading {
        Opened(vault: self, directory: directory, configuration: configuration)
    }

    /// Closes the store, if it was opened.
    func close() async {
        let store = state.withLock { state -> (any CommandEnvironment.Store)? in
            defer { state = .closed }
            if case .open(let store) = state { return store }
            return nil
        }
        await store?.close()
    }

    private struct Opened: VaultReading {
        let vault: CommandVault
        let directory: String
        let configuration: VaultConfiguration

        func read(_ name: SecretName) throws(SecretError) -> Secret {
            try StateVault(try vault.store(directory, secret: name), configuration).read(name)
        }
    }

    fileprivate func store(_ directory: String, secret: SecretName) throws(SecretError) -> any CommandEnvironment.Store
    {
        let present = state.withLock { state in
            if case .closed = state { state = Self.opened(directory, secret) }
            return state
        }
        switch present {
        case .open(let store): return store
        case .failed(let error): throw error
        case .closed: throw SecretError("the vault is closed", remedy: "Try again.")
        }
    }

    private static func opened(_ directory: String, _ secret: SecretName) -> State {
        do {
            guard try StateDirectory.hasQueue(directory) else {
                return .failed(
                    SecretError(
                        "there is no vault in \(directory) yet",
                        remedy: "Set the secret as the gateway's user: ceralacca secret set \(secret)."
                    )
                )
            }
        } catch { return .failed(SecretError(error.message, remedy: error.remedy)) }
        do { return .open(try CommandEnvironment.current.open(directory)) } catch {
            return .failed(SecretError("cannot open the vault: \(error.message)", remedy: error.remedy))
        }
    }
}

/// The store behind a `CommandVault`, opened when it is first asked for something.
struct CommandVaultStore: TokenStore {
    let vault: CommandVault
    let directory: String

    private func store(_ name: SecretName) throws -> any CommandEnvironment.Store {
        try vault.store(directory, secret: name)
    }

    func sealedSecret(_ name: SecretName) throws -> SealedSecret? { try store(name).sealedSecret(name) }

    func putSecret(_ secret: SealedSecret) async throws { try await store(secret.name).putSecret(secret) }

    func exchangeSecret(_ secret: SealedSecret, for former: SealedSecret) async throws -> Bool {
        try await store(secret.name).exchangeSecret(secret, for: former)
    }
}
