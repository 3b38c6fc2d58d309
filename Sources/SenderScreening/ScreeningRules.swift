// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// How the clients of `internet` listeners are screened; replaced as a whole when the configuration is read again.
public struct ScreeningRules: Hashable, Sendable {
    /// Networks that nothing here concerns: Exchange, the providers, proxies, and those that the configuration names.
    public var exempt: [Network]
    /// How long a client is left without a greeting, to see whether it speaks first.
    public var greetingPause: Duration
    /// What a client may do.
    public var limits: ClientLimits
    /// How long blocks last.
    public var blocks: BlockRules
    /// What the DNS is asked.
    public var lookups: LookupRules
    /// Greylisting; nil for none.
    public var greylisting: GreylistRules?

    /// Rules; by default nothing is refused but floods and attacks.
    public init(
        exempt: [Network] = [],
        greetingPause: Duration = .zero,
        limits: ClientLimits = .init(),
        blocks: BlockRules = .init(),
        lookups: LookupRules = .init(),
        greylisting: GreylistRules? = nil
    ) {
        self.exempt = exempt
        self.greetingPause = greetingPause
        self.limits = limits
        self.blocks = blocks
        self.lookups = lookups
        self.greylisting = greylisting
    }

    /// True when the address of 4 or 16 octets lies in an exempt network.
    public func isExempt(_ octets: [UInt8]) -> Bool { exempt.contains { $0.contains(octets) } }

    /// True for addresses of which the public DNS knows nothing: loopback, private and link-local ones (RFC 6890).
    public static func isPrivate(_ octets: [UInt8]) -> Bool { privateNetworks.contains { $0.contains(octets) } }

    private static let privateNetworks = [
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::1/128",
        "fc00::/7", "fe80::/10",
    ].compactMap { Network($0) }
}
