// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ClassicImport
internal import GatewayConfiguration
internal import Glibc
internal import MailModel
internal import MailQueue
internal import SecretsVault

/// What `import` writes into the state directory: passwords into the vault, marks of what was fetched into the ledger.
struct ImportState {
    let directory: String
    let vault: VaultConfiguration
    /// Other passwords under the same names are written over.
    let replaces: Bool

    func write(_ draft: ImportDraft) async throws {
        guard !draft.secrets.isEmpty || !draft.seen.isEmpty else { return }
        // Root may read the key; the directory's owner, as whom the rest is done, perhaps not.
        let key = draft.secrets.isEmpty ? nil : try SecretFailure.key(vault)
        try await asOwner {
            let store = try CommandEnvironment.current.open(directory)
            do {
                if let key { try await put(draft.secrets, key, store) }
                let now = CommandEnvironment.current.clock.now()
                for seen in draft.seen {
                    _ = try await store.takeOver(seen.uniqueIDs, account: seen.account.comparisonKey, now: now)
                }
                await store.close()
            } catch {
                await store.close()
                throw error
            }
        }
    }

    private func put(
        _ secrets: [ImportDraft.VaultSecret],
        _ key: VaultKey,
        _ store: any CommandEnvironment.Store
    ) async throws {
        var sealed: [SealedSecret] = []
        for secret in secrets {
            let text = try checked(secret)
            if let present = try store.sealedSecret(secret.name), !replaces {
                guard isSame(present, secret.secret, key) else {
                    throw CommandFailure(
                        "the vault has another secret \(secret.name): nothing was written",
                        remedy:
                            "Is it the right one? Then --force writes over it; else ceralacca secret remove \(secret.name)."
                    )
                }
                continue
            }
            do throws(VaultError) {
                sealed.append(
                    try SealedSecret(text, name: secret.name, key: key, changed: CommandEnvironment.current.clock.now())
                )
            } catch {
                throw CommandFailure(error.message, remedy: error.remedy)
            }
        }
        for secret in sealed { try await store.putSecret(secret) }
    }

    private func checked(_ secret: ImportDraft.VaultSecret) throws -> Secret {
        do throws(SecretError) {
            return try SecretReference.secret(
                in: Array(secret.secret.reveal().utf8),
                place: "the files for \(secret.name)"
            )
        } catch {
            throw CommandFailure(error.message, remedy: error.remedy)
        }
    }

    private func isSame(_ sealed: SealedSecret, _ secret: Secret, _ key: VaultKey) -> Bool {
        do throws(VaultError) { return try sealed.open(key) == secret } catch { return false }
    }

    /// Runs `body` as the owner of the state directory, so that the gateway can use what is made there; root alone can be another.
    private func asOwner(_ body: () async throws -> Void) async throws {
        var status = stat()
        guard stat(directory, &status) == 0 else {
            guard geteuid() != 0 else {
                throw CommandFailure(
                    "the state directory \(directory) is not there, and nobody says whose it is to be: nothing was written",
                    remedy:
                        "Make it for the gateway's user (install -d -m 0700 -o USER DIR), or name another one with --state."
                )
            }
            return try await body()
        }
        guard status.st_uid != geteuid() else { return try await body() }
        guard geteuid() == 0 else {
            guard try StateDirectory.hasQueue(directory) else {
                throw CommandFailure(
                    "\(directory) belongs to another user",
                    remedy: "Run this as root, or name a directory of your own with --state."
                )
            }
            return try await body()
        }
        guard setegid(status.st_gid) == 0, seteuid(status.st_uid) == 0 else {
            throw CommandFailure(
                "cannot act as the owner of \(directory): \(String(cString: strerror(errno)))",
                remedy: "Run this as root."
            )
        }
        defer {
            seteuid(0)
            setegid(0)
        }
        try await body()
    }
}
