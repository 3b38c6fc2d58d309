// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The base 64 encoding of RFC 4648 §4, as SASL exchanges and MIME use it: padded, on one line.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    /// The octets in base 64, padded, without line ends.
    public static func encode(_ octets: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((octets.underestimatedCount + 2) / 3 * 4)
        var bits: UInt32 = 0
        var count = 0
        for octet in octets {
            bits = bits << 8 | UInt32(octet)
            count += 1
            if count == 3 {
                append(bits, digits: 4, to: &text)
                bits = 0
                count = 0
            }
        }
        if count > 0 {
            append(bits << UInt32(8 * (3 - count)), digits: count + 1, to: &text)
            text.append(contentsOf: repeatElement(padding, count: 3 - count))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The octets that `text` encodes; nil when it is not canonical.
    ///
    /// That is a character outside the alphabet, wrong padding, or bits left over that are not zero (RFC 4648 §3.5). Line ends and blanks are refused.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 4) else { return nil }
        var padded = 0
        while padded < 2, padded < characters.count, characters[characters.count - 1 - padded] == padding {
            padded += 1
        }
        var octets: [UInt8] = []
        octets.reserveCapacity(characters.count / 4 * 3)
        var bits: UInt32 = 0
        var digits = 0
        for character in characters.dropLast(padded) {
            guard let value = value(of: character) else { return nil }
            bits = bits << 6 | value
            digits += 1
            if digits == 4 {
                octets.append(UInt8(truncatingIfNeeded: bits >> 16))
                octets.append(UInt8(truncatingIfNeeded: bits >> 8))
                octets.append(UInt8(truncatingIfNeeded: bits))
                bits = 0
                digits = 0
            }
        }
        return finish(&octets, bits: bits, digits: digits) ? octets : nil
    }

    private static func append(_ bits: UInt32, digits: Int, to text: inout [UInt8]) {
        for position in 0..<digits {
            text.append(alphabet[Int(bits >> UInt32(18 - 6 * position) & 0x3F)])
        }
    }

    /// Appends the one or two octets of a padded last group; false when bits beyond them are set.
    private static func finish(_ octets: inout [UInt8], bits: UInt32, digits: Int) -> Bool {
        switch digits {
        case 2:
            octets.append(UInt8(truncatingIfNeeded: bits >> 4))
            return bits & 0xF == 0
        case 3:
            octets.append(UInt8(truncatingIfNeeded: bits >> 10))
            octets.append(UInt8(truncatingIfNeeded: bits >> 2))
            return bits & 0x3 == 0
        default: return digits == 0
        }
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
