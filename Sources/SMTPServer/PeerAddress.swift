// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore

/// The client's address, without port; an IPv4 address mapped into IPv6 is the IPv4 address (RFC 4291 §2.5.5.2).
struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 octets; none when the connection is not of the Internet (a test's).
    let octets: [UInt8]
    let description: String

    init(_ address: SocketAddress?) {
        // A link-local IPv6 address carries its zone.
        let text = address?.ipAddress?.split(separator: "%").first.map(String.init)
        let octets = text.flatMap(IPAddress.parse) ?? []
        let mapping: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        self.octets = octets.starts(with: mapping) && octets.count == 16 ? Array(octets[12...]) : octets
        description = self.octets.isEmpty ? "local" : IPAddress.format(self.octets)
    }
}
