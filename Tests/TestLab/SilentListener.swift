// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// A listening socket that nobody serves: connections come about, and no octet ever does.
package final class SilentListener: Sendable {
    private let descriptor: Int32

    /// Listens on `address`, of IPv4, and `port`.
    package init(address: String, port: Int) throws(LabError) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let isBound = (try? SocketAddress(ipAddress: address, port: port))?.bind(descriptor) ?? false
        guard isBound, listen(descriptor, 64) == 0 else {
            throw LabError("cannot listen on \(address):\(port): \(String(cString: strerror(errno)))")
        }
    }

    /// Stops listening.
    package func stop() { close(descriptor) }
}
