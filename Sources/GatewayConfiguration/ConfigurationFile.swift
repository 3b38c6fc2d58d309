// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A configuration that holds together, and what its author should know.
public struct LoadedConfiguration: Hashable, Sendable {
    /// The configuration.
    public var configuration: Configuration
    /// What is not wrong but worth knowing, in the order of the file.
    public var warnings: [ConfigurationRemark]
    /// Why the gateway cannot start by it on this machine, as long as that is so; the file itself is right.
    public var obstacles: [ConfigurationRemark] = []
}

/// Reads configuration files.
public enum ConfigurationFile {
    /// Where the file is unless told otherwise.
    public static let defaultPath = "/etc/ceralacca/ceralacca.yaml"
    /// The largest file that is read.
    public static let maximumOctets = 16_777_216

    /// Reads the file at `path`; throws all mistakes at once.
    ///
    /// With `checkingFiles` the certificates, keys, trust bundles and passwords that it names are looked at too; commands that only
    /// need `state` leave that out. With `openVault` the secrets that it names in the vault are opened too, and with `lookAtHost` the machine is
    /// asked for what the gateway needs of it.
    public static func load(
        _ path: String,
        checkingFiles: Bool = true,
        openVault: VaultOpener? = nil,
        lookAtHost: HostLook? = nil
    ) throws(ConfigurationError) -> LoadedConfiguration {
        var octets: [UInt8]
        do { octets = try SystemFile.read(path, limit: maximumOctets) } catch {
            throw refusal(path, "cannot be read: \(error.reason). \(error.remedy)")
        }
        guard !octets.starts(with: [0xFF, 0xFE]), !octets.starts(with: [0xFE, 0xFF]) else {
            throw refusal(path, "found a text in UTF-16, expected UTF-8: save it as UTF-8 (Notepad: Save as, Encoding)")
        }
        octets = ByteOrderMark.removed(octets)
        guard let text = String(validating: octets, as: UTF8.self) else {
            let line = 1 + octets.prefix(validUTF8Prefix(octets)).count { $0 == UInt8(ascii: "\n") }
            throw refusal(path, "found octets that are not UTF-8, expected a text in UTF-8", line: line)
        }
        return try read(text, path: path, checkingFiles: checkingFiles, openVault: openVault, lookAtHost: lookAtHost)
    }

    /// Reads `text`, which stands or would stand in the file `path`: relative paths are looked for beside it.
    public static func read(
        _ text: String,
        path: String,
        checkingFiles: Bool = true,
        openVault: VaultOpener? = nil,
        lookAtHost: HostLook? = nil
    ) throws(ConfigurationError) -> LoadedConfiguration {
        let findings = Findings(file: path, text: text, checksFiles: checkingFiles)
        let configuration = ConfigurationReader(findings: findings, openVault: openVault)
            .read(YAMLDocument.compose(text, findings: findings))
        guard let configuration, findings.mistakes.isEmpty else { throw findings.error() }
        let obstacles = lookAtHost.map { findings.look($0, state: configuration.state) } ?? []
        return LoadedConfiguration(
            configuration: configuration,
            warnings: findings.sortedWarnings,
            obstacles: obstacles
        )
    }

    private static func refusal(_ path: String, _ message: String, line: Int = 1) -> ConfigurationError {
        ConfigurationError(
            mistakes: [ConfigurationRemark(file: path, line: line, column: 1, path: "", message: message)],
            warnings: []
        )
    }

    /// How many octets from the start are well-formed UTF-8.
    private static func validUTF8Prefix(_ octets: [UInt8]) -> Int {
        var decoder = UTF8()
        var iterator = octets.makeIterator()
        var count = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { count += UTF8.width(scalar) }
        return count
    }
}
