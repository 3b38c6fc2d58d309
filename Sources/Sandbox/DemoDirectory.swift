// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A directory of its own for one run of the demo, readable by its user alone.
struct DemoDirectory {
    let path: String

    /// A new one under TMPDIR or /tmp.
    init() throws(SandboxError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/ceralacca-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SandboxError(
                .start,
                "cannot make a directory under \(parent): \(Self.reason())",
                remedy: "Set TMPDIR to a directory that you may write to"
            )
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Makes a directory inside.
    func makeDirectory(_ name: String) throws(SandboxError) -> String {
        let directory = "\(path)/\(name)"
        guard mkdir(directory, 0o700) == 0 else {
            throw SandboxError(.start, "cannot make the directory \(directory): \(Self.reason())")
        }
        return directory
    }

    /// Writes a file that its user alone may read.
    func write(_ text: String, to name: String) throws(SandboxError) -> String {
        let file = "\(path)/\(name)"
        let octets = Array(text.utf8)
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SandboxError(.start, "cannot write \(file): \(Self.reason())") }
        defer { close(descriptor) }
        var written = 0
        while written < octets.count {
            let count = octets.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            }
            guard count > 0 else { throw SandboxError(.start, "cannot write \(file): \(Self.reason())") }
            written += count
        }
        return file
    }

    /// Removes it with all that is in it.
    func remove() throws(SandboxError) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw SandboxError(.start, "cannot remove the directory \(path): \(error)", remedy: "Remove it by hand")
        }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
