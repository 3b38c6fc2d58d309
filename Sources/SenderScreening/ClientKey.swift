// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A client's address, or a network around it, in a form that is compared and hashed without memory of its own.
public struct ClientKey: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64
    /// True for an IPv4 address or network.
    public let isIPv4: Bool
    /// The leading bits that count: 0...32 or 0...128.
    public let prefixLength: Int

    private init(high: UInt64, low: UInt64, isIPv4: Bool, prefixLength: Int) {
        let bits = isIPv4 ? 32 : 128
        let kept = min(max(0, prefixLength), bits)
        self.high = kept >= 64 ? high : kept == 0 ? 0 : high & (.max << UInt64(64 - kept))
        self.low = kept <= 64 ? 0 : kept == 128 ? low : low & (.max << UInt64(128 - kept))
        self.isIPv4 = isIPv4
        self.prefixLength = kept
    }

    /// The key of an address of 4 or 16 octets; nil for anything else. An IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2) is the IPv4 address.
    public init?(_ octets: [UInt8]) {
        self.init(octets, prefixLength: octets.count * 8)
    }

    /// The key of a network.
    public init?(_ network: Network) {
        self.init(network.octets, prefixLength: network.prefixLength)
    }

    private init?(_ octets: [UInt8], prefixLength: Int) {
        switch octets.count {
        case 4:
            self.init(high: Self.number(octets) << 32, low: 0, isIPv4: true, prefixLength: prefixLength)
        case 16:
            let (high, low) = (Self.number(octets.prefix(8)), Self.number(octets.suffix(8)))
            if high == 0, low >> 32 == 0xFFFF, prefixLength >= 96 {
                self.init(high: low << 32, low: 0, isIPv4: true, prefixLength: prefixLength - 96)
            } else {
                self.init(high: high, low: low, isIPv4: false, prefixLength: prefixLength)
            }
        default: return nil
        }
    }

    private static func number(_ octets: some Sequence<UInt8>) -> UInt64 {
        octets.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The network of the first `length` bits around this one.
    public func masked(to length: Int) -> Self {
        Self(high: high, low: low, isIPv4: isIPv4, prefixLength: min(length, prefixLength))
    }

    /// What counts as one client: an IPv4 address, or the 64 bits of network from which one IPv6 client chooses its addresses (RFC 4291 §2.5.4).
    public var client: Self { isIPv4 ? self : masked(to: 64) }

    /// The network around the client, which counts beside it: the /24 of IPv4; nil for IPv6, whose client is a network already.
    public var neighbourhood: Self? { isIPv4 ? masked(to: 24) : nil }

    /// The network by which greylisting knows a sender: providers try again from another address of it.
    public var network: Self { neighbourhood ?? client }

    /// The network among which what many ask for is shared out: the /24 of IPv4, the /48 of IPv6, which is one site.
    public var site: Self { masked(to: isIPv4 ? 24 : 48) }

    /// The octets of the address or network, 4 or 16.
    public var octets: [UInt8] {
        let all = (0..<8).map { UInt8(truncatingIfNeeded: high >> UInt64(56 - $0 * 8)) }
        guard !isIPv4 else { return Array(all.prefix(4)) }
        return all + (0..<8).map { UInt8(truncatingIfNeeded: low >> UInt64(56 - $0 * 8)) }
    }

    /// The same as a network.
    public var asNetwork: Network { Network(octets: octets, prefixLength: prefixLength) }

    /// `192.0.2.1` for an address, `192.0.2.0/24` for a network.
    public var description: String {
        prefixLength == (isIPv4 ? 32 : 128) ? IPAddress.format(octets) : asNetwork.description
    }
}
