// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The encoding of an internationalized address in ORCPT: `\x{E0}` for what is not printable ASCII (RFC 6533 §3).
///
/// ```text
/// ORCPT=utf-8;per\x{F2}@azienda.it
/// ```
enum UnicodeXText {
    /// The text that `encoded` stands for, UTF-8 characters taken as they are; nil for an escape that is none, for
    /// control characters, escaped or not, and for the `+` and `=` that must be escaped.
    static func decode(_ encoded: Substring) -> String? {
        var scalars = String.UnicodeScalarView()
        var rest = encoded.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\\":
                guard rest.popFirst() == "x", rest.popFirst() == "{", let end = rest.firstIndex(of: "}"),
                    let value = hexadecimal(rest[..<end]), let decoded = Unicode.Scalar(value), !isControl(decoded)
                else { return nil }
                scalars.append(decoded)
                rest = rest[rest.index(after: end)...]
            case "+", "=", " ": return nil
            default:
                guard !isControl(scalar) else { return nil }
                scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    private static func hexadecimal(_ digits: Substring.UnicodeScalarView) -> UInt32? {
        guard (2...6).contains(digits.count), digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
        return UInt32(String(digits), radix: 16)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
