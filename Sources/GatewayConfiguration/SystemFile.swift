// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Reads small files and asks about files, without Foundation.
package enum SystemFile {
    /// Why a file could not be read, in words.
    package struct Failure: Error {
        package var reason: String
        package var remedy: String
    }

    /// What is known of a file without reading it.
    package struct Facts {
        package var isDirectory: Bool
        /// True when anybody on the machine may read or write it.
        package var isOpenToOthers: Bool
    }

    /// The octets of a regular file of at most `limit` octets.
    package static func read(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw Failure(reason: "it is a directory", remedy: "Name a file.")
        }
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            guard count > 0 else { return octets }
            octets += piece[..<count]
            guard octets.count <= limit else {
                throw Failure(reason: "it is larger than \(limit) octets", remedy: "Name the right file.")
            }
        }
    }

    /// The directory that `path` lies in; `.` for a name alone.
    package static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    /// What is known of the file; nil when there is none.
    package static func facts(_ path: String) -> Facts? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Facts(
            isDirectory: status.st_mode & S_IFMT == S_IFDIR,
            isOpenToOthers: status.st_mode & (S_IROTH | S_IWOTH) != 0
        )
    }

    private static func failure(_ code: Int32) -> Failure {
        switch code {
        case ENOENT, ENOTDIR: Failure(reason: "there is no such file", remedy: "Create it, or correct the path.")
        case EACCES, EPERM:
            Failure(
                reason: "permission denied",
                remedy:
                    "Run this as root, or as its owner (runuser -u ceralacca -- ceralacca …); if the gateway itself says so: "
                    + "chown ceralacca, chmod 600."
            )
        default: Failure(reason: String(cString: strerror(code)), remedy: "Correct the path.")
        }
    }
}
