// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension AddrSpec {
    /// The longest local part read.
    ///
    /// RFC 5321 §4.5.3.1.1 says 64 and asks to take more where one can; bounce addresses are longer.
    public static let maximumLocalPartOctets = 256

    /// Reads `Mailbox` of RFC 5321 §4.1.2 with the UTF-8 of RFC 6531 §3.3; nil for anything else.
    ///
    /// No route, no comment, no white space, no angle brackets. A quoted local part loses its quotes, an empty one is refused.
    public init?(_ text: String) {
        var text = text
        guard let address = text.withUTF8({ Self.parse($0) }) else { return nil }
        self = address
    }

    private static func parse(_ octets: UnsafeBufferPointer<UInt8>) -> AddrSpec? {
        guard octets.count <= maximumLocalPartOctets * 2 + DomainSyntax.maximumOctets + 3 else { return nil }
        let isQuoted = octets.first == UInt8(ascii: "\"")
        guard let (local, end) = isQuoted ? quotedString(octets) : dotString(octets), !local.isEmpty,
            local.count <= maximumLocalPartOctets, end < octets.count, octets[end] == UInt8(ascii: "@")
        else { return nil }
        let domain = octets[(end + 1)...]
        guard DomainSyntax.isValid(domain) else { return nil }
        return AddrSpec(
            localPart: String(decoding: local, as: UTF8.self),
            domain: String(decoding: domain, as: UTF8.self)
        )
    }

    /// The local part of a dot-string and the index after it.
    private static func dotString(_ octets: UnsafeBufferPointer<UInt8>) -> ([UInt8], Int)? {
        var index = 0
        var previous = UInt8(ascii: ".")
        while index < octets.count, octets[index] != UInt8(ascii: "@") {
            let octet = octets[index]
            if octet == UInt8(ascii: ".") {
                guard previous != octet else { return nil }
            } else if !isAtomText(octet) {
                return nil
            }
            previous = octet
            index += 1
        }
        guard previous != UInt8(ascii: ".") else { return nil }
        return (Array(octets[..<index]), index)
    }

    /// The local part of a quoted string without quotes and backslashes, and the index after the closing quote.
    private static func quotedString(_ octets: UnsafeBufferPointer<UInt8>) -> ([UInt8], Int)? {
        var content: [UInt8] = []
        var index = 1
        while index < octets.count {
            var octet = octets[index]
            if octet == UInt8(ascii: "\"") { return (content, index + 1) }
            if octet == UInt8(ascii: "\\") {
                index += 1
                guard index < octets.count, octets[index] < 0x80 else { return nil }
                octet = octets[index]
            }
            guard octet >= 0x20, octet != 0x7F else { return nil }
            content.append(octet)
            index += 1
        }
        return nil
    }
}
