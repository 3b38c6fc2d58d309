// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A server to connect to: protocol, host and port, with what is asked of TLS.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// The protocols that endpoints speak, with implicit TLS where the name ends in `s`.
    public enum Scheme: String, Hashable, Sendable, CaseIterable {
        case smtp
        case smtps
        case pop3
        case pop3s
        case imap
        case imaps
    }

    /// The protocol.
    public var scheme: Scheme
    /// Host name or address literal without brackets.
    public var host: String
    /// 1...65535.
    public var port: Int
    /// What is asked of TLS. With an implicit-TLS scheme `none` and `opportunistic` count as `require`.
    public var tls: TLSPolicy
    /// A PEM bundle of the roots to trust instead of the system's; nil for the system's.
    public var trust: String?
    /// The oldest TLS version spoken.
    public var minimumTLS: TLSVersion

    /// An endpoint.
    public init(
        scheme: Scheme,
        host: String,
        port: Int,
        tls: TLSPolicy,
        trust: String? = nil,
        minimumTLS: TLSVersion = .v12
    ) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.tls = tls
        self.trust = trust
        self.minimumTLS = minimumTLS
    }

    /// True when TLS begins with the first byte (RFC 8314 §3).
    public var hasImplicitTLS: Bool {
        switch scheme {
        case .smtps, .pop3s, .imaps: true
        case .smtp, .pop3, .imap: false
        }
    }

    /// `smtps://smtp.pec.example.it:465`.
    public var description: String {
        host.contains(":") ? "\(scheme.rawValue)://[\(host)]:\(port)" : "\(scheme.rawValue)://\(host):\(port)"
    }
}

/// A version of TLS, as the oldest that an endpoint accepts.
public enum TLSVersion: String, Hashable, Sendable, CaseIterable {
    case v10 = "1.0"
    case v11 = "1.1"
    case v12 = "1.2"
    case v13 = "1.3"
}
