// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The form in which names of IMAP's mailboxes are on the wire (RFC 3501 §5.1.3). fetchmail hands them on as they are written, so its
/// files have them in this form; our configuration has them as people write them.
///
/// ```text
/// Posta gi&AOA- letta   ⇒   Posta già letta
/// ```
enum ModifiedUTF7 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".unicodeScalars
    )

    /// The name as people write it; letters beyond ASCII stay. Nil when what stands behind an `&` is not understood.
    static func decode(_ name: String) -> String? {
        var result = ""
        var rest = name.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "&" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            guard let end = rest.firstIndex(of: "-"), let letters = letters(rest[..<end]) else { return nil }
            result += rest.startIndex == end ? "&" : letters
            rest = rest[rest.index(after: end)...]
        }
        return result
    }

    /// What base 64 without padding says in UTF-16, network order; nil for what is none.
    private static func letters(_ text: Substring.UnicodeScalarView) -> String? {
        var units: [UInt16] = []
        var (bits, count) = (UInt32(0), 0)
        for scalar in text {
            guard let value = alphabet.firstIndex(of: scalar) else { return nil }
            bits = (bits << 6 | UInt32(value)) & 0x3F_FFFF
            count += 6
            guard count >= 16 else { continue }
            count -= 16
            units.append(UInt16(truncatingIfNeeded: bits >> UInt32(count)))
        }
        guard count < 6, bits & ((1 << UInt32(count)) - 1) == 0 else { return nil }
        return String(validating: units, as: UTF16.self)
    }
}
