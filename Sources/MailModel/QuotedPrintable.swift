// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The quoted-printable encoding of RFC 2045 §6.7.
package enum QuotedPrintable {
    /// One line of text, without its end, in lines of at most 76 octets; CRLF stands between them, and not after the last.
    package static func encodeLine(_ octets: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var column = 0
        var rest = octets.count
        for octet in octets {
            rest -= 1
            let token =
                isLiteral(octet, isLast: rest == 0) ? [octet] : [UInt8(ascii: "=")] + Hexadecimal.upperCase(octet)
            if column + token.count > 75 {
                result += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
            }
            result += token
            column += token.count
        }
        return result
    }

    private static func isLiteral(_ octet: UInt8, isLast: Bool) -> Bool {
        switch octet {
        case UInt8(ascii: "="): false
        case 0x20, 0x09: !isLast
        case 0x21...0x7E: true
        default: false
        }
    }
}
