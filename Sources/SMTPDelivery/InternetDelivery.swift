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

    /// Delivery at port 25 unless told otherwise.
    public init(port: Int = 25, own: OwnIdentity, trust: String? = nil) {
        self.port = port
        self.own = own
        self.trust = trust
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
