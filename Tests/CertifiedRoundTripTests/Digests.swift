// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import TestLab

/// SHA-256 by the openssl command line: not by what wrote the digest.
enum Digests {
    /// The digest in base 64.
    static func sha256(_ octets: [UInt8]) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "ceralacca-\(UUID().uuidString)")
        try Data(octets).write(to: file)
        let digest = file.appendingPathExtension("sha256")
        defer { for file in [file, digest] { try? FileManager.default.removeItem(at: file) } }
        try Command.run("openssl", ["dgst", "-sha256", "-binary", "-out", digest.path, file.path])
        return Base64.encode(Array(try Data(contentsOf: digest)))
    }
}
