// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Glibc

/// Small dealings with files, in words that tests can read.
package enum Files {
    /// A new empty directory under the temporary one that every user may enter: servers drop their rights.
    package static func makeTemporaryDirectory(_ name: String) throws(LabError) -> String {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/ceralacca-\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw LabError("cannot make a directory under \(base): \(String(cString: strerror(errno)))")
        }
        let path = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        chmod(path, 0o755)
        return path
    }

    /// Makes `path` with its parents.
    package static func makeDirectory(_ path: String) throws(LabError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch { throw LabError("cannot make \(path): \(error)") }
    }

    /// Writes `octets` as the whole content of `path`.
    package static func write(_ octets: [UInt8], to path: String, mode: mode_t = 0o644) throws(LabError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
        guard file >= 0 else { throw LabError("cannot write \(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var written = 0
        while written < octets.count {
            let count = octets.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress?.advanced(by: written), octets.count - written)
            }
            guard count > 0 else { throw LabError("cannot write \(path): \(String(cString: strerror(errno)))") }
            written += count
        }
    }

    /// Writes `text` as the whole content of `path`.
    package static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws(LabError) {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    /// The octets of `path`; nothing when it is not there.
    package static func read(_ path: String) -> [UInt8] {
        FileManager.default.contents(atPath: path).map(Array.init) ?? []
    }

    /// The text of `path`; nothing when it is not there.
    package static func text(_ path: String) -> String { String(decoding: read(path), as: UTF8.self) }

    /// The last `count` lines of `path`.
    package static func tail(_ path: String, _ count: Int) -> String {
        text(path).split(separator: "\n").suffix(count).joined(separator: "\n")
    }

    /// Gives `path` and all that is in it to the user and group `owner`.
    package static func give(_ path: String, to owner: String) throws(LabError) {
        try Command.run("chown", ["-R", "\(owner):\(owner)", path])
    }

    /// Removes `path` and all that is in it.
    package static func remove(_ path: String) {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path): \(error)") }
    }
}
