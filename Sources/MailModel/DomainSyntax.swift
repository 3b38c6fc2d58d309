// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The spelling rules of domains and address literals (RFC 5321 §4.1.2, §4.1.3; U-labels by RFC 6531 §3.3).
enum DomainSyntax {
    /// The longest domain, RFC 5321 §4.5.3.1.2.
    static let maximumOctets = 255

    /// True for a domain of labels or an address literal with its brackets.
    ///
    /// An underscore counts as a letter: RFC 5321 has none, but hosts with one send mail and every large server takes it.
    static func isValid(_ octets: some BidirectionalCollection<UInt8>) -> Bool {
        guard octets.count <= maximumOctets else { return false }
        return octets.first == UInt8(ascii: "[") ? isLiteral(octets) : isName(octets)
    }

    private static func isName(_ octets: some BidirectionalCollection<UInt8>) -> Bool {
        var length = 0
        var previous = UInt8(ascii: ".")
        for octet in octets {
            if octet == UInt8(ascii: ".") {
                guard length > 0, previous != UInt8(ascii: "-") else { return false }
                length = 0
            } else {
                length += 1
                guard isLabelText(octet), length <= 63 || octet >= 0x80 else { return false }
                if length == 1, octet == UInt8(ascii: "-") { return false }
            }
            previous = octet
        }
        return length > 0 && previous != UInt8(ascii: "-")
    }

    private static func isLabelText(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private static func isLiteral(_ octets: some BidirectionalCollection<UInt8>) -> Bool {
        guard octets.count > 2, octets.last == UInt8(ascii: "]") else { return false }
        let inner = String(decoding: octets.dropFirst().dropLast(), as: UTF8.self)
        guard inner.lowercased().hasPrefix("ipv6:") else { return IPAddress.parse(inner)?.count == 4 }
        return IPAddress.parse(String(inner.dropFirst(5)))?.count == 16
    }
}
