// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import GatewayRuntime
internal import MailModel
internal import MailQueue
internal import SecretsVault

/// `ceralacca secret`: the vault.
struct SecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret",
        abstract: "Keep passwords in the vault, where {vault: NAME} in the configuration finds them.",
        discussion:
            "They lie encrypted in the state directory; the key lies apart from it (`vault` in the configuration).",
        subcommands: [
            SecretSetCommand.self, SecretListCommand.self, SecretRemoveCommand.self, SecretRotateKeyCommand.self,
        ]
    )
}

/// The name of a secret; what is none is not shown, for it may be a secret that somebody wrote in the name's place.
struct SecretNameArgument: ExpressibleByArgument {
    private let found: SecretName?

    init?(argument: String) { found = SecretName(argument) }

    func name() throws -> SecretName {
        guard let found else { throw ValidationError("Expected \(SecretName.expected).") }
        return found
    }
}

/// `ceralacca secret set NAME`.
struct SecretSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Set a secret, read from standard input or asked for without showing it.",
        discussion: "It is never an argument: those stand in the list of processes and in the shell's history."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The name.") var name: SecretNameArgument
    @Argument(help: .hidden) var rest: [String] = []

    func validate() throws {
        let name = try name.name()
        guard rest.isEmpty else {
            throw ValidationError(
                "A secret is no argument (it is in the shell's history now: use another one). "
                    + "Run `ceralacca secret set \(name)` and answer, or give it on standard input."
            )
        }
    }

    func run() async throws {
        let environment = CommandEnvironment.current
        let name = try name.name()
        guard !name.isOfTokens else {
            throw CommandFailure(
                "\(name) is the name of an account's tokens, which nobody types",
                remedy: "They are renewed so: ceralacca account sign-in ADDRESS."
            )
        }
        try await options.withStore(makes: true) { configuration, store in
            _ = try SecretFailure.sealingKey(configuration.vault)
            let octets = try environment.readSecret("Secret \(name)")
            // A person may take minutes, and the key may be another one by then.
            let key = try SecretFailure.sealingKey(configuration.vault)
            let secret: Secret
            do throws(SecretError) { secret = try SecretReference.secret(in: octets, place: "standard input") } catch {
                throw CommandFailure(error.message, remedy: error.remedy)
            }
            let sealed: SealedSecret
            do throws(VaultError) {
                sealed = try SealedSecret(secret, name: name, key: key, changed: environment.clock.now())
            } catch {
                throw CommandFailure(error.message, remedy: error.remedy)
            }
            try await store.putSecret(sealed)
            let users = configuration.users(of: name)
            guard !users.isEmpty else {
                return try environment.print("\(name) is set. Nothing uses it yet: password: {vault: \(name)}")
            }
            try environment.print(
                "\(name) is set; the next login of \(users.joined(separator: ", ")) uses it.\n"
                    + "One that was refused before waits for some time: `ceralacca reload` tries it at once."
            )
        }
    }
}

/// `ceralacca secret list`.
struct SecretListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the names of the secrets, who uses each, and whether it can be read; never a secret."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions

    func run() async throws {
        let environment = CommandEnvironment.current
        try await options.withStore { configuration, store in
            var state: (SealedSecret) -> String = { _ in "no key" }
            do {
                let key = try configuration.vault.readKey()
                state = { Self.state($0, key, configuration.vault) }
            } catch { environment.warn("ceralacca: \(error)") }
            var table = TextTable(["NAME", "KIND", "SET", "STATE", "USED BY"])
            let secrets = try await store.sealedSecrets()
            for secret in secrets {
                let users = configuration.users(of: secret.name)
                guard listing.json else {
                    table.add([
                        "\(secret.name)", secret.name.isOfTokens ? "tokens" : "secret", LocalTime.text(secret.changed),
                        state(secret),
                        users.joined(separator: ", "),
                    ])
                    continue
                }
                let object = JSONValue.object([
                    ("name", .string("\(secret.name)")),
                    ("kind", .string(secret.name.isOfTokens ? "tokens" : "secret")),
                    ("set", .string(MailDate.formatISO8601(secret.changed))),
                    ("state", .string(state(secret))), ("users", .array(users.map { .string($0) })),
                ])
                try environment.print(object.text)
            }
            if listing.json { return }
            guard !secrets.isEmpty else { return try environment.print("The vault is empty.") }
            for line in table.lines { try environment.print(line) }
        }
    }

    private static func state(_ secret: SealedSecret, _ key: VaultKey, _ vault: VaultConfiguration) -> String {
        do throws(VaultError) {
            if secret.key != key.identifier, let new = vault.readNewKey(), secret.key == new.identifier {
                _ = try secret.open(new)
            } else {
                _ = try secret.open(key)
            }
            return "ok"
        } catch {
            switch error {
            case .otherKey: return "other key"
            case .damaged, .unknownFormat, .failed: return "damaged"
            }
        }
    }
}

/// `ceralacca secret remove NAME`.
struct SecretRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "remove", abstract: "Remove a secret from the vault.")

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The name.") var name: SecretNameArgument

    func validate() throws { _ = try name.name() }

    func run() async throws {
        let name = try name.name()
        try await options.withStore { configuration, store in
            let users = configuration.users(of: name)
            if !users.isEmpty, isReadable(name, configuration.vault, store) {
                throw CommandFailure(
                    "\(name) is in use: \(users.joined(separator: ", "))",
                    remedy: "Take {vault: \(name)} out of \(options.path) and run `ceralacca reload` first."
                )
            }
            guard try await store.removeSecret(name) else {
                throw CommandFailure(
                    "there is no secret \(name) in the vault",
                    remedy: "`ceralacca secret list` names those that there are."
                )
            }
            try CommandEnvironment.current.print("\(name) is removed.")
        }
    }

    /// One that nobody can read any more may go, whoever uses it.
    private func isReadable(_ name: SecretName, _ vault: VaultConfiguration, _ store: any VaultStore) -> Bool {
        do {
            _ = try StateVault(store, vault).read(name)
            return true
        } catch { return false }
    }
}

/// The vault's errors as those of commands.
enum SecretFailure {
    static func key(_ vault: VaultConfiguration) throws(CommandFailure) -> VaultKey {
        do throws(SecretError) { return try vault.readKey() } catch {
            throw CommandFailure(error.message, remedy: error.remedy)
        }
    }

    /// The key to seal something new with: none while another one takes its place.
    static func sealingKey(_ vault: VaultConfiguration) throws(CommandFailure) -> VaultKey {
        let key = try key(vault)
        guard vault.readNewKey() == nil else {
            throw CommandFailure(
                "a new key for the vault lies beside the present one: \(vault.keyPlace)",
                remedy: "Let it take its place first: ceralacca secret rotate-key."
            )
        }
        return key
    }
}

extension Configuration {
    /// Who uses the secret of this name.
    func users(of name: SecretName) -> [String] {
        secrets.filter { $0.secret == .vault(name) }.map(\.user)
            + accounts.filter { $0.oauth != nil && .tokens(of: $0.address.comparisonKey) == name }.map {
                "sign-in of \($0.address)"
            }
    }
}
