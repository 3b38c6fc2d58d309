// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

extension SystemFile {
    /// Writes all of `octets` to an open file.
    package static func write(_ octets: [UInt8], to descriptor: Int32) throws(Failure) {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw writingFailure(errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Brings the names in `directory` to the disk: no power cut takes back what was made or renamed there before.
    package static func synchronize(_ directory: String) throws(Failure) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw writingFailure(errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw writingFailure(errno) }
    }

    /// Why something could not be written, by the number of the system's error.
    package static func writingFailure(_ code: Int32) -> Failure {
        let remedy =
            switch code {
            case EACCES, EPERM: "Run this as root, or as the file's owner."
            case ENOENT: "Name the right file: --config FILE."
            case EROFS: "Its file system is mounted read-only."
            case ENOSPC, EDQUOT: "Free space there."
            default: ""
            }
        return Failure(reason: String(cString: strerror(code)), remedy: remedy)
    }
}
