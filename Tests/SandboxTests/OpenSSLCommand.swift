// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestLab

/// The `openssl` command line: what anybody would check our signatures with.
enum OpenSSLCommand {
    struct Outcome {
        let status: Int32
        let words: String
    }

    /// Runs `openssl` with `arguments`.
    static func run(_ arguments: [String]) throws -> Outcome {
        let result = try Command.outcome("openssl", arguments)
        return Outcome(status: result.code, words: result.output)
    }

    /// Runs `body` with a new directory, which is removed behind it.
    static func inDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "ceralacca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try body(directory)
    }

    /// SHA-256 in hexadecimal digits, by `openssl dgst`.
    static func sha256(of octets: [UInt8]) throws -> String {
        try inDirectory { directory in
            let file = directory.appending(path: "octets")
            try Data(octets).write(to: file)
            let words = try run(["dgst", "-sha256", "-r", file.path]).words
            return String(words.prefix { $0 != " " })
        }
    }

    /// Verifies a whole message with `openssl cms` or `openssl smime`; the signed content comes back where it holds.
    static func verify(
        _ message: [UInt8],
        with command: String,
        rootPEM: String,
        at seconds: Int64
    ) throws -> (
        Outcome, content: [UInt8]
    ) {
        try inDirectory { directory in
            let mail = directory.appending(path: "mail.eml")
            let root = directory.appending(path: "root.pem")
            let content = directory.appending(path: "content")
            try Data(message).write(to: mail)
            try Data(rootPEM.utf8).write(to: root)
            let outcome = try run([
                command, "-verify", "-in", mail.path, "-CAfile", root.path, "-no-CApath", "-no-CAstore", "-attime",
                "\(seconds)", "-out", content.path,
            ])
            return (outcome, Array((try? Data(contentsOf: content)) ?? Data()))
        }
    }
}
