// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A directory with the files that configurations name; it goes away with the value.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("ceralacca-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ content: String, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try Data(content.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    /// The files of the examples: certificate, key, roots and one password.
    static func withExampleFiles() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.write("ca.pem", "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n", mode: 0o644)
        try directory.write("relay.pem", "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n", mode: 0o644)
        try directory.write("relay.key", "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n")
        try directory.write("pec", "\(secret)\n")
        return directory
    }

    static let secret = "Tr0ppo-Segreto!"
}
