// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A listening socket that nobody serves: connections come about, and no octet ever does.
package final class SilentListener: Sendable {
    private let descriptor: Int32

    /// Listens on `address`, of IPv4, and `port`.
    package init(address: String, port: Int) throws(LabError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, address, &place.sin_addr)
        let isBound = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, listen(descriptor, 64) == 0 else {
            throw LabError("cannot listen on \(address):\(port): \(String(cString: strerror(errno)))")
        }
    }

    /// Stops listening.
    package func stop() { close(descriptor) }
}
