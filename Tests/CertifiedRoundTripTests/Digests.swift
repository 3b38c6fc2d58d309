// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel

/// SHA-256 by the openssl command line: not by what wrote the digest.
enum Digests {
    /// The digest in base 64.
    static func sha256(_ octets: [UInt8]) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "ceralacca-\(UUID().uuidString)")
        try Data(octets).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = ["dgst", "-sha256", "-binary", file.path]
        process.standardOutput = output
        try process.run()
        let digest = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Base64.encode(Array(digest))
    }
}
