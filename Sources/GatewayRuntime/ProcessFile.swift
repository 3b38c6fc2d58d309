// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The file in `state` that names the running gateway's process, for `ceralacca reload`.
public struct ProcessFile: Sendable {
    /// Its path.
    public let path: String

    /// The file of the gateway whose state is in `directory`.
    public init(state directory: String) {
        path = "\(directory)/ceralacca.pid"
    }

    /// Writes this process's number.
    func write() throws(GatewayError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw GatewayError("cannot write \(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let text = "\(getpid())\n"
        guard Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else {
            throw GatewayError("cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// The number of the running gateway's process; nil when none runs.
    public func runningProcess() -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var octets = [UInt8](repeating: 0, count: 16)
        let count = read(descriptor, &octets, octets.count)
        guard count > 0, let line = String(decoding: octets[..<count], as: UTF8.self).split(separator: "\n").first,
            let process = Int32(line), process > 0, kill(process, 0) == 0 || errno == EPERM
        else { return nil }
        return process
    }

    func remove() {
        unlink(path)
    }
}
