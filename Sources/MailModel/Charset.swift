// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The character sets that listings and certification data can read.
package enum Charset: Hashable {
    case utf8
    case latin1
    case latin9
    case windows1252

    /// The charset of a name or one of its aliases (IANA), letters without case, punctuation and a language after `*` (RFC 2231 §5) left out, as
    /// in `ISO8859_1`, which Java writes; nil for another one.
    package init?(_ name: some Collection<UInt8>) {
        let name = String(decoding: name.prefix { $0 != UInt8(ascii: "*") }, as: UTF8.self).lowercased()
        switch name.filter({ !"-_. :".contains($0) }) {
        case "utf8", "usascii", "ascii", "ansix341968", "iso646us": self = .utf8
        case "iso88591", "iso885911987", "latin1", "l1", "cp819", "ibm819": self = .latin1
        case "iso885915", "latin9", "l9": self = .latin9
        case "windows1252", "cp1252", "xcp1252": self = .windows1252
        default: return nil
        }
    }

    /// The text of the octets; what is no character becomes U+FFFD.
    package func decode(_ octets: [UInt8]) -> String {
        guard self != .utf8 else { return String(decoding: octets, as: UTF8.self) }
        var text = ""
        text.unicodeScalars.append(contentsOf: octets.lazy.map(scalar))
        return text
    }

    private func scalar(_ octet: UInt8) -> Unicode.Scalar {
        switch self {
        // Nobody writes the control characters that Latin-1 has there, and many call windows-1252 by its name.
        case .windows1252 where (0x80...0x9F).contains(octet), .latin1 where (0x80...0x9F).contains(octet):
            Self.windowsLetters[Int(octet) - 0x80]
        case .latin9: Self.latin9Letters[octet] ?? Unicode.Scalar(octet)
        case .utf8, .latin1, .windows1252: Unicode.Scalar(octet)
        }
    }

    /// What windows-1252 has where Latin-1 has control characters, 0x80...0x9F.
    private static let windowsLetters = Array(
        "€\u{FFFD}‚ƒ„…†‡ˆ‰Š‹Œ\u{FFFD}Ž\u{FFFD}\u{FFFD}‘’“”•–—˜™š›œ\u{FFFD}žŸ".unicodeScalars
    )

    /// Where ISO 8859-15 differs from Latin-1.
    private static let latin9Letters: [UInt8: Unicode.Scalar] = [
        0xA4: "€", 0xA6: "Š", 0xA8: "š", 0xB4: "Ž", 0xB8: "ž", 0xBC: "Œ", 0xBD: "œ", 0xBE: "Ÿ",
    ]
}
