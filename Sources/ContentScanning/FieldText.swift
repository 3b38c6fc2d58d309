// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A header field made of what a scanner said: nothing in it begins another field, ends the section or is longer than a line may be.
enum FieldText {
    /// A line without its CRLF (RFC 5322 §2.1.1).
    private static let maximumLine = 998

    /// The field with its CRLF; nil when `name` is no field name or a line would be too long.
    ///
    /// Line ends of any kind fold the body; an octet that is none of a field becomes `?`, and what lies beyond ASCII where `isASCII`.
    static func make(_ name: String, _ body: String, isASCII: Bool) -> String? {
        guard !name.isEmpty, name.utf8.count <= 76, name.utf8.allSatisfy({ (33...126).contains($0) && $0 != 0x3A })
        else { return nil }
        var lines = body.unicodeScalars.split { $0 == "\r" || $0 == "\n" }
            .map { clean($0, isASCII: isASCII) }
            .filter { $0.contains { $0 != " " && $0 != "\t" } }
        if lines.isEmpty { lines = [""] }
        var text = "\(name):"
        for (place, line) in lines.enumerated() {
            let isSpaced = line.first == " " || line.first == "\t"
            let next = (place == 0 ? text : "") + (isSpaced ? "" : " ") + line
            guard next.utf8.count <= maximumLine else { return nil }
            text = place == 0 ? next : "\(text)\r\n\(next)"
        }
        return text + "\r\n"
    }

    private static func clean(_ line: Substring.UnicodeScalarView, isASCII: Bool) -> String {
        var text = String.UnicodeScalarView()
        for scalar in line {
            let isControl = scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7F
            text.append(isControl || isASCII && scalar.value > 0x7F ? "?" : scalar)
        }
        return String(text)
    }
}
