// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto

/// One TLSA record (RFC 6698 §2.1): which certificate or key a server is to show.
public struct TLSARecord: Hashable, Sendable, CustomStringConvertible {
    /// 0 to 3; SMTP uses DANE-TA(2) and DANE-EE(3) (RFC 7672 §3.1).
    public var usage: UInt8
    /// 0: the whole certificate; 1: its public key.
    public var selector: UInt8
    /// 0: all octets; 1: SHA-256; 2: SHA-512.
    public var matchingType: UInt8
    /// What is to match.
    public var data: [UInt8]

    /// A record.
    public init(usage: UInt8, selector: UInt8, matchingType: UInt8, data: [UInt8]) {
        self.usage = usage
        self.selector = selector
        self.matchingType = matchingType
        self.data = data
    }

    /// The record of these octets; nil for what is too short to have any data.
    public init?(_ octets: [UInt8]) {
        guard octets.count > 3 else { return nil }
        self.init(usage: octets[0], selector: octets[1], matchingType: octets[2], data: Array(octets[3...]))
    }

    /// True when an SMTP client can judge a certificate by it: PKIX-TA(0) and PKIX-EE(1) are undefined for SMTP (RFC 7672 §3.1.3).
    public var isUsable: Bool {
        guard (2...3).contains(usage), selector <= 1 else { return false }
        return switch matchingType {
        case 0: !data.isEmpty
        case 1: data.count == 32
        case 2: data.count == 64
        default: false
        }
    }

    /// True when it names this certificate, given whole and by its public key (SubjectPublicKeyInfo), both in DER.
    public func matches(certificate: [UInt8], publicKey: [UInt8]) -> Bool {
        let selected = selector == 0 ? certificate : publicKey
        return switch matchingType {
        case 0: selected == data
        case 1: Array(SHA256.hash(data: selected)) == data
        case 2: Array(SHA512.hash(data: selected)) == data
        default: false
        }
    }

    /// `3 1 1 4f2c…`.
    public var description: String {
        let digits = data.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return "\(usage) \(selector) \(matchingType) \(digits)\(data.count > 8 ? "…" : "")"
    }

    /// What the records of a host, proved by DNSSEC, ask for: nil without any; TLS that cannot be judged when none is usable.
    public static func security(_ records: [[UInt8]], names: [String]) -> HostSecurity? {
        guard !records.isEmpty else { return nil }
        let usable = records.prefix(maximumRecords).compactMap(Self.init).filter(\.isUsable)
        return usable.isEmpty ? .encrypted : .dane(usable, names: names)
    }

    /// Records of one host that are considered.
    static let maximumRecords = 64
}
