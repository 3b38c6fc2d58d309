// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A host of a destination with its addresses.
public struct MXHost: Hashable, Sendable {
    /// Its name, or the address of a domain literal.
    public var name: String
    /// Its preference; 0 for an implicit host.
    public var preference: Int
    /// Its addresses of 4 or 16 octets.
    public var addresses: [[UInt8]]
    /// What is asked of TLS.
    public var security: HostSecurity

    /// A host; opportunistic unless told otherwise.
    public init(
        name: String,
        preference: Int = 0,
        addresses: [[UInt8]],
        security: HostSecurity = .opportunistic
    ) {
        self.name = name
        self.preference = preference
        self.addresses = addresses
        self.security = security
    }

    /// The addresses in the order in which they are tried, IPv6 first; a bounded number.
    public var orderedAddresses: [[UInt8]] {
        Array((addresses.filter { $0.count == 16 } + addresses.filter { $0.count == 4 }).prefix(Self.maximumAddresses))
    }

    /// Addresses of one host that are tried.
    public static let maximumAddresses = 8
}

/// What is asked of TLS with one host, by what its domain has published.
public enum HostSecurity: Hashable, Sendable {
    /// STARTTLS when offered, whatever the certificate (RFC 7435).
    case opportunistic
    /// TLS or nothing; the certificate cannot be judged, because no TLSA record is usable (RFC 7672 §2.2).
    case encrypted
    /// TLS with a certificate that one of the records names (RFC 7672 §3.1), for one of these names.
    case dane([TLSARecord], names: [String])
    /// TLS with a certificate of a trusted authority for the host's name (RFC 8461 §4).
    case certified
}

/// Ourselves, as other servers know us: mail is never sent there, so that it makes no loop (RFC 5321 §5.1).
public struct OwnIdentity: Hashable, Sendable {
    /// Our names in lower case.
    public var names: Set<String>
    /// The addresses on which our listeners take mail at the port to which mail is delivered.
    public var addresses: Set<[UInt8]>

    /// An identity.
    public init(names: Set<String>, addresses: Set<[UInt8]>) {
        self.names = names
        self.addresses = addresses
    }

    /// True when mail for `host` would come back to us.
    public func isOurs(_ host: MXHost) -> Bool {
        names.contains(host.name) || host.addresses.contains(where: addresses.contains)
    }

    /// The hosts that are nearer to the destination than we are: when we are among them, those of our preference and beyond are left out.
    public func nearer(than hosts: [MXHost]) -> [MXHost] {
        guard let own = hosts.filter(isOurs).map(\.preference).min() else { return hosts }
        return hosts.filter { $0.preference < own }
    }
}
