// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import Glibc
internal import MailQueue
internal import SecretsVault

/// `ceralacca secret rotate-key`.
struct SecretRotateKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-key",
        abstract: "Seal every secret with a new key, in one transaction.",
        discussion:
            """
            A key in a file is replaced by a new one; at each moment the gateway can read all secrets, and a run that was interrupted \
            is finished by another one. A new key of your own lies in FILE.new before. Elsewhere --new-key names the file of the new key, \
            which a person then puts in the old one's place.
            """
    )

    @OptionGroup var options: ConfigurationOptions
    @Option(
        name: .long,
        help: ArgumentHelp("The file of the new key, where a person replaces the old one.", valueName: "file")
    )
    var newKey: String?

    func run() async throws {
        try await options.withStore { configuration, store in
            if let newKey {
                try await rotate(configuration.vault, store, to: newKey)
            } else {
                try await replace(configuration.vault, store)
            }
        }
    }

    /// Seals with the key in `file`; where the old key is stays as it is.
    private func rotate(_ vault: VaultConfiguration, _ store: any VaultStore, to file: String) async throws {
        let old = try SecretFailure.key(vault)
        let new = try Self.read(file)
        let count = try await reseal(store, from: old, to: new)
        try CommandEnvironment.current.print(
            "\(PlainText.count(count, "secret")) sealed with the key \(new.identifier), which is in \(PlainText.line(file)).\n"
                + "Put it in the place of the old one now (\(vault.keyPlace)), then: systemctl restart ceralacca. "
                + "Until then logins wait."
        )
    }

    /// ```text
    /// FILE.new made, on disk ──▶ all secrets sealed with it, one transaction ──▶ FILE.new becomes FILE
    /// ```
    /// Who reads a secret looks at both files, so that each of the three moments is a whole one.
    private func replace(_ vault: VaultConfiguration, _ store: any VaultStore) async throws {
        guard let path = vault.keyFile() else {
            throw CommandFailure(
                "the key is no file: \(vault.keyPlace)",
                remedy: "Name the file of the new key: --new-key FILE, then put it in the old one's place."
            )
        }
        let old = try SecretFailure.key(vault)
        let file = KeyFile(path: path)
        if !file.hasNew { try file.makeNew() }
        let new = try Self.read(file.newPath)
        let count = try await reseal(store, from: old, to: new)
        try file.putNewInPlace()
        let isService = vault.key != .file(path) && path != VaultConfiguration.standardFile
        try CommandEnvironment.current.print(
            "\(PlainText.count(count, "secret")) sealed with a new key, \(new.identifier), in \(path).\n"
                + (isService ? "The service has the old one until: systemctl restart ceralacca.\n" : "")
                + "Back the key up, apart from the state. Backups from before need the old one."
        )
    }

    private func reseal(_ store: any VaultStore, from old: VaultKey, to new: VaultKey) async throws -> Int {
        @Sendable func change(_ secret: SealedSecret) throws -> SealedSecret {
            if secret.key == new.identifier { return secret }
            do throws(VaultError) { return try secret.resealed(from: old, to: new) } catch {
                throw QueueError(.notAllowed, "\(error.message); nothing was changed.", remedy: error.remedy)
            }
        }
        return try await store.resealSecrets(change)
    }

    private static func read(_ path: String) throws(CommandFailure) -> VaultKey {
        do { return try VaultConfiguration.readKey(path) } catch {
            throw CommandFailure(error.message, remedy: error.remedy)
        }
    }
}

/// The file of the vault's key, and the one that is to take its place.
struct KeyFile {
    let path: String
    var newPath: String { path + VaultConfiguration.newSuffix }

    /// True when there is one that is to take its place.
    var hasNew: Bool { access(newPath, F_OK) == 0 }

    /// Makes a new key beside the present one, for the same user, on disk when this returns.
    ///
    /// It appears whole and never in the place of another one, with which secrets may be sealed already.
    func makeNew() throws(CommandFailure) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("look at", path) }
        let temporary = "\(newPath).\(getpid())"
        _ = unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("make", temporary) }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        let content = VaultKey.makeContent()
        guard fchown(descriptor, status.st_uid, status.st_gid) == 0,
            fchmod(descriptor, status.st_mode & 0o7770) == 0,
            write(descriptor, content, content.count) == content.count, fsync(descriptor) == 0
        else { throw failure("write", temporary) }
        guard link(temporary, newPath) == 0 else { throw failure("make", newPath) }
        try synchronizeDirectory()
    }

    /// Puts the new key in the place of the present one.
    func putNewInPlace() throws(CommandFailure) {
        guard rename(newPath, path) == 0 else { throw failure("rename to \(path)", newPath) }
        try synchronizeDirectory()
    }

    private func synchronizeDirectory() throws(CommandFailure) {
        let parent = SystemFile.directory(of: path)
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", parent) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("synchronize", parent) }
    }

    private func failure(_ action: String, _ path: String) -> CommandFailure {
        CommandFailure(
            "cannot \(action) \(path): \(String(cString: strerror(errno)))",
            remedy: "Run this as root. All secrets can still be read; the same command goes on where this one ended."
        )
    }
}
