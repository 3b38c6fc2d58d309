// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The encoding of ENVID and ORCPT: printable ASCII as it is, all else, `+` and `=` as `+` and two hexadecimal digits
/// (RFC 3461 §4).
///
/// ```text
/// QQ314159    rfc822;Mario+2BRossi@azienda.it
/// ```
package enum XText {
    /// The text that `encoded` stands for; nil when a character is outside xtext, a `+` is not followed by two
    /// upper-case hexadecimal digits, or what comes out is not printable ASCII: a NUL or a line end in an address is an
    /// attack.
    package static func decode(_ encoded: Substring) -> String? {
        var octets: [UInt8] = []
        octets.reserveCapacity(encoded.utf8.count)
        var rest = encoded.utf8.makeIterator()
        while let octet = rest.next() {
            switch octet {
            case UInt8(ascii: "+"):
                guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
                let value = high << 4 | low
                guard (0x20...0x7E).contains(value) else { return nil }
                octets.append(value)
            case UInt8(ascii: "="): return nil
            case 0x21...0x7E: octets.append(octet)
            default: return nil
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// `text` in xtext. Octets beyond ASCII are encoded like the others, which only a client of the same make will
    /// understand: for an address beyond ASCII use the `utf-8` form of RFC 6533 §3.
    package static func encode(_ text: String) -> String {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.utf8.count)
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "+"), UInt8(ascii: "="): octets += escape(octet)
            case 0x21...0x7E: octets.append(octet)
            default: octets += escape(octet)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    private static func escape(_ octet: UInt8) -> [UInt8] {
        [UInt8(ascii: "+")] + Hexadecimal.upperCase(octet)
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
