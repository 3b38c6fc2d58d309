// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A directory that is written to (0700).
enum OutputDirectory {
    /// Makes it; where `mayExist`, one that is there and empty will do.
    static func make(_ path: String, mayExist: Bool) throws(CommandFailure) {
        guard mkdir(path, 0o700) != 0 else { return }
        let number = errno
        guard number == EEXIST, mayExist else { throw failure(path, number) }
        guard let handle = opendir(path) else { throw failure(path, errno) }
        defer { closedir(handle) }
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name == "." || name == ".." else {
                throw CommandFailure(
                    "\(path) is not empty",
                    remedy: "Name a directory that does not exist, or an empty one."
                )
            }
        }
    }

    private static func failure(_ path: String, _ number: Int32) -> CommandFailure {
        CommandFailure(
            "cannot create the directory \(path): \(String(cString: strerror(number)))",
            remedy: "Name a directory that does not exist, in one that you may write."
        )
    }
}

/// A file that did not exist before (0600).
final class OutputFile {
    private let path: String
    private var descriptor: Int32

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(
                "cannot create \(path): \(String(cString: strerror(errno)))",
                remedy: "Name what does not exist, in a directory that you may write."
            )
        }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    func write(_ octets: [UInt8]) throws(CommandFailure) {
        try CommandEnvironment.writeAll(octets, to: descriptor)
    }

    /// Some file systems tell of a full disk only now.
    func close() throws(CommandFailure) {
        let result = Glibc.close(descriptor)
        let number = errno
        descriptor = -1
        guard result == 0 else {
            throw CommandFailure(
                "cannot write \(path): \(String(cString: strerror(number)))",
                remedy: "Free space, and export again into another directory."
            )
        }
    }
}
