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

    func remove() {
        unlink(path)
    }
}
