// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Octets as hexadecimal digits (RFC 4648 §8).
package enum Hexadecimal {
    private static let lowerDigits = Array("0123456789abcdef".utf8)
    private static let upperDigits = Array("0123456789ABCDEF".utf8)

    /// Two lower-case digits for each octet, as digests are written.
    package static func lowerCase(_ octets: some Sequence<UInt8>) -> String {
        String(
            decoding: octets.flatMap { [lowerDigits[Int($0 >> 4)], lowerDigits[Int($0 & 0xF)]] },
            as: UTF8.self
        )
    }

    /// The two upper-case digits of one octet, as xtext, quoted-printable and encoded words escape it.
    package static func upperCase(_ octet: UInt8) -> [UInt8] {
        [upperDigits[Int(octet >> 4)], upperDigits[Int(octet & 0xF)]]
    }

    /// The value of one digit, 0...15, in either case; nil for what is none.
    package static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
