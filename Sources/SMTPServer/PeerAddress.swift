// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore

/// The client's address, without port; an IPv4 address mapped into IPv6 is the IPv4 address (RFC 4291 §2.5.5.2).
struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16 octets; none when the connection is not of the Internet (a test's).
    let octets: [UInt8]
    let description: String

    /// Nobody can tell.
    static let unknown = PeerAddress(octets: [], description: "unknown")

    private init(octets: [UInt8], description: String) {
        self.octets = octets
        self.description = description
    }

    init(_ address: SocketAddress?) {
        // A link-local IPv6 address carries its zone.
        let text = address?.ipAddress?.split(separator: "%").first.map(String.init)
        self.init(octets: text.flatMap(IPAddress.parse) ?? [])
    }

    /// The address of 4 or 16 octets; of none when it is not known.
    init(octets: [UInt8]) {
        let mapping: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        let plain = octets.starts(with: mapping) && octets.count == 16 ? Array(octets[12...]) : octets
        self.init(octets: plain, description: plain.isEmpty ? "local" : IPAddress.format(plain))
    }

    /// What counts as one client: an IPv4 address, or the 64 bits of network from which one IPv6 client chooses its addresses (RFC 4291 §2.5.4).
    var client: [UInt8] { octets.count == 16 ? Array(octets.prefix(8)) : octets }
}
