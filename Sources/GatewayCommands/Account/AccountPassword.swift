// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import GatewayRuntime
internal import Glibc
internal import MailModel
internal import SecretsVault

/// The password of an account that is being added: where it lies already, or where it is to be kept.
struct AccountPassword {
    private let place: SecretReference
    private let configuration: Configuration
    private let store: (any VaultStore)?
    /// True when there is none at that place yet.
    private let isNew: Bool

    /// The password at `place`; `store` is the vault's.
    init(_ place: SecretReference, _ configuration: Configuration, _ store: (any VaultStore)?) throws {
        self.place = place
        self.configuration = configuration
        self.store = store
        switch place {
        case .file(let path): isNew = access(path, F_OK) != 0
        case .vault(let name):
            isNew = try store?.sealedSecret(name) == nil
            // Before anything is asked: without its key nothing can be kept.
            _ = try isNew ? SecretFailure.sealingKey(configuration.vault) : SecretFailure.key(configuration.vault)
        case .environment: isNew = false
        }
    }

    /// Reads it, or asks for it.
    func secret(of address: AddrSpec, asksTwice: Bool) throws -> Secret {
        let environment = CommandEnvironment.current
        do throws(SecretError) {
            guard isNew else {
                environment.warn("The password is in the \(place) already.")
                return try place.read(VaultOfStore(store: store, configuration: configuration.vault))
            }
        } catch { throw CommandFailure(error.message, remedy: error.remedy) }
        let prompt = "Password of \(address)"
        let octets = asksTwice ? try environment.readSecret(prompt) : try environment.readSecretOnce(prompt)
        do throws(SecretError) { return try SecretReference.secret(in: octets, place: "standard input") } catch {
            throw CommandFailure(error.message, remedy: error.remedy)
        }
    }

    /// Keeps a new one.
    func keep(_ secret: Secret) async throws {
        guard isNew else { return }
        switch place {
        case .file(let path): try PasswordFile(path: path).make(secret, state: configuration.state)
        case .vault(let name):
            let key = try SecretFailure.key(configuration.vault)
            let moment = CommandEnvironment.current.clock.now()
            let sealed: SealedSecret
            do throws(VaultError) { sealed = try SealedSecret(secret, name: name, key: key, changed: moment) } catch {
                throw CommandFailure(error.message, remedy: error.remedy)
            }
            guard try await store?.addSecret(sealed) != false else {
                throw CommandFailure(
                    "somebody has set \(name) in the vault meanwhile",
                    remedy: "Nothing was changed: try again, and it is used."
                )
            }
        case .environment: break
        }
    }

    /// Removes the one that `keep` has kept.
    func takeBack() async {
        guard isNew else { return }
        do {
            switch place {
            case .file(let path): unlink(path)
            case .vault(let name): _ = try await store?.removeSecret(name)
            case .environment: break
            }
        } catch {
            CommandEnvironment.current.warn("ceralacca: the password stays in the \(place), used by nobody: \(error)")
        }
    }
}

/// The vault in a store, where there is one.
private struct VaultOfStore: VaultReading {
    let store: (any VaultStore)?
    let configuration: VaultConfiguration

    func read(_ name: SecretName) throws(SecretError) -> Secret {
        guard let store else {
            throw SecretError("there is no vault", remedy: "Set the secret: ceralacca secret set \(name).")
        }
        return try StateVault(store, configuration).read(name)
    }
}

/// A file with a password.
private struct PasswordFile {
    let path: String

    /// Makes it, for its owner alone: as root, for the owner of the state directory, whom the gateway runs as.
    func make(_ secret: Secret, state: String) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("make") }
        defer { close(descriptor) }
        let content = Array("\(secret.reveal())\n".utf8)
        var status = stat()
        let isOwned =
            geteuid() != 0 || stat(state, &status) != 0 || fchown(descriptor, status.st_uid, status.st_gid) == 0
        guard isOwned, write(descriptor, content, content.count) == content.count, fsync(descriptor) == 0 else {
            let failure = failure("write")
            unlink(path)
            throw failure
        }
    }

    private func failure(_ action: String) -> CommandFailure {
        CommandFailure(
            "cannot \(action) the password's file \(path): \(String(cString: strerror(errno)))",
            remedy: "Make its directory, readable for the gateway's user alone, or keep the password in the vault."
        )
    }
}
