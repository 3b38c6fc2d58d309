// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// Text of others, made fit for a terminal or a log.
enum PlainText {
    /// True for characters that end a line, move the cursor or turn the direction of writing. All lie in the first plane.
    static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0x200E, 0x200F, 0x061C, 0xFEFF: true
        default: false
        }
    }

    /// The text on one line: what is harmful becomes a space, runs of spaces one, and what is too long ends in `…`.
    static func line(_ text: String, limit: Int = 4096) -> String {
        var result = String.UnicodeScalarView()
        var count = 0
        var wasSpace = true
        for scalar in text.unicodeScalars {
            let isSpace = scalar == " " || isHarmful(scalar)
            if isSpace && wasSpace { continue }
            wasSpace = isSpace
            guard count < limit else {
                result.removeLast()
                result.append("…")
                return String(result)
            }
            result.append(isSpace ? " " : scalar)
            count += 1
        }
        if result.last == " " { result.removeLast() }
        return String(result)
    }

    /// `1 message`, `2 messages`.
    static func count(_ number: Int, _ one: String, _ several: String? = nil) -> String {
        "\(number) \(number == 1 ? one : several ?? one + "s")"
    }
}
