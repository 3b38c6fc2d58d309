// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import NameResolution
public import TransportPolicy

/// Mail for the Internet by MX: whom to ask, and as whom we are known.
public struct InternetDelivery: Sendable {
    /// The port of the destinations' servers: 25.
    public var port: Int
    /// Ourselves.
    public var own: OwnIdentity
    /// The roots, a PEM bundle, that a certificate must lead to where a policy of MTA-STS asks for it; nil for the system's.
    public var trust: String?
    /// Addresses that no record may lead to: those of Exchange, which takes this gateway's word.
    public var excluded: Set<[UInt8]>
    /// True when records may lead to this machine itself and to its link.
    public var admitsLocal: Bool
    /// The zone with which DNSSEC validation begins, `.` for the root; nil: nothing is validated.
    public var anchorZone: String?

    /// Delivery at port 25 unless told otherwise.
    public init(
        port: Int = 25,
        own: OwnIdentity,
        trust: String? = nil,
        excluded: Set<[UInt8]> = [],
        admitsLocal: Bool = false,
        anchorZone: String? = nil
    ) {
        self.port = port
        self.own = own
        self.trust = trust
        self.excluded = excluded
        self.admitsLocal = admitsLocal
        self.anchorZone = anchorZone
    }

    /// True for an address to which mail may go because a stranger's record names it: who trusts this gateway's address must not get what a
    /// stranger sends by way of it.
    func admits(_ address: [UInt8]) -> Bool {
        let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]
        let plain = address.starts(with: mapped) ? Array(address.dropFirst(12)) : address
        guard !excluded.contains(plain) else { return false }
        return admitsLocal || !Self.isLocal(plain)
    }

    /// Unspecified, loopback, link-local, multicast and broadcast addresses (RFC 6890).
    private static func isLocal(_ address: [UInt8]) -> Bool {
        guard address.count == 16 else {
            return [0, 127].contains(address[0]) || address.starts(with: [169, 254]) || address[0] >= 224
        }
        let isLow = address.dropLast().allSatisfy { $0 == 0 } && address[15] <= 1
        return isLow || address[0] == 0xFF || (address[0] == 0xFE && address[1] & 0xC0 == 0x80)
    }
}

/// What delivery by MX asks, and where it counts.
public struct InternetServices: Sendable {
    /// The DNS.
    public var resolver: any NameResolving
    /// The policies of MTA-STS; nil: they are not asked for.
    public var policies: (any MTASTSPolicies)?
    /// Counts what comes of TLS.
    public var count: @Sendable (_ result: TLSResult, _ domain: String, _ policy: TLSPolicyKind) -> Void
    /// What is known of hosts under policies on trial.
    let trials = PolicyTrials()

    /// Services.
    public init(
        resolver: any NameResolving,
        policies: (any MTASTSPolicies)? = nil,
        count: @escaping @Sendable (_ result: TLSResult, _ domain: String, _ policy: TLSPolicyKind) -> Void = {
            _,
            _,
            _ in
        }
    ) {
        self.resolver = resolver
        self.policies = policies
        self.count = count
    }
}
