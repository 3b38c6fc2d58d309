// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// The two system calls of the laboratory that take an address; on false, `errno` says why.
extension SocketAddress {
    /// Binds `descriptor` to this address; true when that worked.
    func bind(_ descriptor: Int32) -> Bool {
        withSockAddr { Glibc.bind(descriptor, $0, socklen_t($1)) == 0 }
    }

    /// Connects `descriptor` to this address; true when that worked.
    func connect(_ descriptor: Int32) -> Bool {
        withSockAddr { Glibc.connect(descriptor, $0, socklen_t($1)) == 0 }
    }

    /// `port` of 127.0.0.1.
    static func loopback(_ port: Int) throws -> SocketAddress { try SocketAddress(ipAddress: "127.0.0.1", port: port) }
}
