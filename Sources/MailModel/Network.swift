// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A block of addresses, IPv4 or IPv6: `10.0.0.10`, `10.0.0.0/8`, `2001:db8::/32`.
public struct Network: Hashable, Sendable, CustomStringConvertible {
    /// The bits of the address: 4 or 16 octets.
    public let octets: [UInt8]
    /// How many leading bits count: 0...32 or 0...128.
    public let prefixLength: Int

    /// The block of `prefixLength` leading bits of `octets`, which are 4 or 16; the other bits are cleared.
    public init(octets: [UInt8], prefixLength: Int) {
        self.prefixLength = prefixLength
        self.octets = octets.enumerated().map { index, octet in
            let kept = min(8, max(0, prefixLength - index * 8))
            return kept == 0 ? 0 : octet & (0xFF << UInt8(8 - kept))
        }
    }

    /// True when the address of 4 or 16 octets lies in the block. An IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2) counts as IPv4.
    public func contains(_ address: [UInt8]) -> Bool {
        let plain = Self.unmapped(address)
        return plain.count == octets.count && Network(octets: plain, prefixLength: prefixLength).octets == octets
    }

    private static func unmapped(_ address: [UInt8]) -> [UInt8] {
        let mapping: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        return address.count == 16 && Array(address.prefix(12)) == mapping ? Array(address.suffix(4)) : address
    }

    /// The network in CIDR notation: `192.0.2.0/24`.
    public var description: String {
        "\(IPAddress.format(octets))/\(prefixLength)"
    }
}

extension Network {
    /// Reads an address or a CIDR block; nil for anything else, and for a block with bits set beyond its prefix.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let octets = IPAddress.parse(String(parts[0])) else { return nil }
        var prefixLength = octets.count * 8
        if parts.count == 2 {
            guard let length = Int(parts[1]), (0...prefixLength).contains(length), parts[1].first != "+" else {
                return nil
            }
            prefixLength = length
        }
        self.init(octets: octets, prefixLength: prefixLength)
        guard self.octets == octets else { return nil }
    }
}
