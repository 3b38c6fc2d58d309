// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The quoted-printable encoding (RFC 2045 §6.7).
enum QuotedPrintable {
    /// `text` in ISO-8859-1, quoted-printable, in lines of at most 76 octets that end with CRLF.
    ///
    /// Lines of `text` end with LF; a character that ISO-8859-1 lacks becomes a question mark, as providers write it.
    static func encodeLatin1(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var column = 0
        let octets = text.unicodeScalars.map { $0.value <= 0xFF ? UInt8($0.value) : UInt8(ascii: "?") }
        for (index, octet) in octets.enumerated() {
            if octet == 0x0A {
                result += [0x0D, 0x0A]
                column = 0
                continue
            }
            let isLast = index + 1 == octets.count || octets[index + 1] == 0x0A
            let isBlank = octet == 0x20 || octet == 0x09
            let isPlain = isBlank ? !isLast : (0x21...0x7E).contains(octet) && octet != UInt8(ascii: "=")
            let width = isPlain ? 1 : 3
            if column + width > 75 {
                result += [UInt8(ascii: "="), 0x0D, 0x0A]
                column = 0
            }
            result += isPlain ? [octet] : escape(octet)
            column += width
        }
        return result
    }

    private static func escape(_ octet: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "="), digits[Int(octet >> 4)], digits[Int(octet & 0xF)]]
    }
}
