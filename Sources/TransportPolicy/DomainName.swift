// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Names of the DNS in the forms that mail needs.
public enum DomainName {
    /// The name that stands in `octets` from `start` to their very end, uncompressed (RFC 1035 §3.1), in lower case without a last dot; `.`
    /// for the root. Nil for what is too short, too long, goes on behind its end, or has octets that no host name has.
    public static func read(_ octets: some Collection<UInt8>) -> String? {
        guard octets.count <= 255 else { return nil }
        var labels: [String] = []
        var rest = octets[...]
        while let length = rest.popFirst() {
            guard length > 0 else { return rest.isEmpty ? (labels.isEmpty ? "." : labels.joined(separator: ".")) : nil }
            let label = rest.prefix(Int(length))
            guard length <= 63, label.count == Int(length), label.allSatisfy(isHostOctet) else { return nil }
            labels.append(String(decoding: label, as: UTF8.self).lowercased())
            rest = rest.dropFirst(Int(length))
        }
        return nil
    }

    /// The name as the DNS is asked for it: lower case, A-labels (RFC 5891); what is in A-labels already stays. Nil for what is no name.
    public static func ascii(_ domain: String) -> String? {
        let name = AddrSpec.comparisonDomain(domain)
        guard name.utf8.count <= 253, !name.isEmpty else { return nil }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { (1...63).contains($0.utf8.count) && $0.utf8.allSatisfy(isHostOctet) } ? name : nil
    }

    /// The address of a domain literal, `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3); nil for anything else.
    public static func literal(_ domain: String) -> [UInt8]? {
        guard domain.hasPrefix("["), domain.hasSuffix("]") else { return nil }
        let inner = String(domain.dropFirst().dropLast())
        guard inner.lowercased().hasPrefix("ipv6:") else {
            return IPAddress.parse(inner).flatMap { $0.count == 4 ? $0 : nil }
        }
        return IPAddress.parse(String(inner.dropFirst(5))).flatMap { $0.count == 16 ? $0 : nil }
    }

    private static func isHostOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
