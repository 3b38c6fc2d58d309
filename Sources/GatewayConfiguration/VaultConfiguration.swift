// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import SecretsVault

/// The vault of secrets, as `vault` describes it: its ciphertexts lie in `state`, its key apart from it.
public struct VaultConfiguration: Hashable, Sendable {
    /// Where the key is.
    public enum KeyPlace: Hashable, Sendable {
        /// The credential `ceralacca-vault-key` where there is one, else the file `/etc/ceralacca/vault.key`.
        case standard
        /// A credential that systemd hands to the service.
        case credential(String)
        /// A file of 32 octets, or of 64 hexadecimal digits.
        case file(String)
        /// A variable of the environment with 64 hexadecimal digits.
        case environment(String)
    }

    /// Where the key is.
    public var key: KeyPlace

    /// The credential that the unit takes over unless told otherwise.
    public static let standardCredential = "ceralacca-vault-key"
    /// The file that is made at installation.
    public static let standardFile = "/etc/ceralacca/vault.key"
    /// What stands behind the name of the key's file while a new key takes its place.
    public static let newSuffix = ".new"

    /// The standard place unless told otherwise.
    public init(key: KeyPlace = .standard) {
        self.key = key
    }

    /// The file with the key, as this process sees it; nil for a variable.
    ///
    /// A service finds its credentials in `$CREDENTIALS_DIRECTORY`, a command of root's where systemd takes them from.
    public func keyFile() -> String? {
        switch key {
        case .standard: Self.credentialFile(Self.standardCredential) ?? Self.standardFile
        case .credential(let name): Self.credentialFile(name) ?? "/etc/credstore/\(name)"
        case .file(let path): path
        case .environment: nil
        }
    }

    private static func credentialFile(_ name: String) -> String? {
        let service = getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) }
        return [service, "/etc/credstore", "/run/credstore"].compactMap { $0 }.map { "\($0)/\(name)" }
            .first { SystemFile.facts($0) != nil }
    }

    /// The key.
    ///
    /// - Throws: `SecretError` with its place when it is not there, open to others, or no key.
    public func readKey() throws(SecretError) -> VaultKey {
        if let path = keyFile() {
            do { return try Self.readKey(path) } catch {
                throw isElsewhere ? SecretError(error.message, remedy: "\(error.remedy) \(Self.elsewhere)") : error
            }
        }
        guard case .environment(let name) = key, let value = getenv(name) else {
            throw SecretError(
                "the environment variable with the vault's key is not set: \(keyPlace)",
                remedy: "Set it for the service (/etc/ceralacca/environment), and export it for this command."
            )
        }
        guard let found = VaultKey(content: Array(String(cString: value).utf8)) else {
            throw SecretError("\(keyPlace) holds no key", remedy: "It is made so: openssl rand -hex 32.")
        }
        return found
    }

    private static let elsewhere =
        "Is it a credential of the service's (LoadCredential=)? Then run this as root, or with a file under vault.key."

    /// The key that lies beside the file of the present one while it takes its place; nil when there is none.
    public func readNewKey() -> VaultKey? {
        guard let path = keyFile() else { return nil }
        do { return try Self.readKey(path + Self.newSuffix) } catch { return nil }
    }

    /// The key in the file `path`.
    public static func readKey(_ path: String) throws(SecretError) -> VaultKey {
        let octets: [UInt8]
        do { octets = try SystemFile.read(path, limit: 4096) } catch {
            throw SecretError("cannot read the vault's key in \(path): \(error.reason)", remedy: error.remedy)
        }
        guard SystemFile.facts(path)?.isOpenToOthers != true else {
            throw SecretError("everybody on this machine can read the vault's key", remedy: "chmod 600 \(path)")
        }
        guard let key = VaultKey(content: octets) else {
            throw SecretError(
                "\(path) holds no key: expected 32 random octets, or 64 hexadecimal digits",
                remedy:
                    "A new one is made so: head -c 32 /dev/urandom > FILE. It opens nothing that another one sealed."
            )
        }
        return key
    }

    /// True when the service may have the key although a command has not.
    public var isElsewhere: Bool {
        switch key {
        case .credential, .environment: true
        case .standard, .file: false
        }
    }

    /// The place, for people: `file /etc/ceralacca/vault.key`.
    public var keyPlace: String {
        if case .environment(let name) = key { return "environment variable \(name)" }
        return "file \(keyFile() ?? Self.standardFile)"
    }
}
