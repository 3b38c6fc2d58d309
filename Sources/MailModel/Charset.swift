// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The character sets that listings and certification data can read.
package enum Charset: Hashable {
    case utf8
    case latin1
    case latin9
    case windows1252

    /// The charset of a name, letters without case, a language after `*` left out (RFC 2231 §5); nil for another one.
    package init?(_ name: some Collection<UInt8>) {
        let name = String(decoding: name.prefix { $0 != UInt8(ascii: "*") }, as: UTF8.self).lowercased()
        switch name {
        case "utf-8", "utf8", "us-ascii", "ascii": self = .utf8
        case "iso-8859-1", "latin1": self = .latin1
        case "iso-8859-15", "latin9": self = .latin9
        case "windows-1252", "cp1252": self = .windows1252
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
        case .windows1252 where (0x80...0x9F).contains(octet): Self.windowsLetters[Int(octet) - 0x80]
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
