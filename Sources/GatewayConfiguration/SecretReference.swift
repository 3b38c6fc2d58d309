// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import MailModel
public import SecretsVault

/// Where a secret is kept; the configuration file never holds one itself.
public enum SecretReference: Hashable, Sendable, CustomStringConvertible {
    /// In a file, one secret a file; a newline at its end does not count.
    case file(String)
    /// In a variable of the process's environment.
    case environment(String)
    /// In the vault of the state directory.
    case vault(SecretName)

    /// Reads the secret, from `vault` where it lies there.
    ///
    /// - Throws: `SecretError`, which names the place and what to do, and never shows what is there.
    public func read(_ vault: any VaultReading) throws(SecretError) -> Secret {
        switch self {
        case .file(let path): try Self.readFile(path)
        case .environment(let name): try Self.readEnvironment(name)
        case .vault(let name): try vault.read(name)
        }
    }

    /// The place, without what is there: `file /etc/ceralacca/secrets/azienda-pec`.
    public var description: String {
        switch self {
        case .file(let path): "file \(path)"
        case .environment(let name): "environment variable \(name)"
        case .vault(let name): "vault \(name)"
        }
    }

    private static func readFile(_ path: String) throws(SecretError) -> Secret {
        let octets: [UInt8]
        do { octets = try SystemFile.read(path, limit: 65_536) } catch {
            throw SecretError("cannot read the secret in \(path): \(error.reason)", remedy: error.remedy)
        }
        return try secret(in: octets, place: path)
    }

    /// The secret that `octets` of a file or of standard input are: a line end behind it does not count, nor does a byte order mark in front.
    ///
    /// - Throws: when it is empty, not UTF-8, or has several lines or control characters.
    public static func secret(in octets: [UInt8], place: String) throws(SecretError) -> Secret {
        let octets = ByteOrderMark.removed(octets)
        var end = octets.count
        if end > 0, octets[end - 1] == UInt8(ascii: "\n") { end -= 1 }
        if end > 0, octets[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        guard let text = String(validating: octets[..<end], as: UTF8.self) else {
            throw SecretError("the secret in \(place) is not UTF-8", remedy: "Write it as one line of plain text.")
        }
        return try checked(text, place: place)
    }

    private static func readEnvironment(_ name: String) throws(SecretError) -> Secret {
        guard let value = getenv(name) else {
            throw SecretError(
                "the environment variable \(name) is not set",
                remedy: "Set it for the service (systemd: EnvironmentFile=), or use {file: PATH}."
            )
        }
        return try checked(String(cString: value), place: "the environment variable \(name)")
    }

    private static func checked(_ text: String, place: String) throws(SecretError) -> Secret {
        guard !text.isEmpty else {
            throw SecretError("the secret in \(place) is empty", remedy: "Write the password there.")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw SecretError(
                "the secret in \(place) has several lines or control characters",
                remedy: "Write the password alone, on one line."
            )
        }
        return Secret(text)
    }
}

/// Why a secret could not be read; it never holds the secret.
public struct SecretError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, with the place.
    public let message: String
    /// What to do.
    public let remedy: String

    /// An error.
    public init(_ message: String, remedy: String) {
        self.message = message
        self.remedy = remedy
    }

    /// What is wrong and what to do, on one line.
    public var description: String { "\(message). \(remedy)" }
}
