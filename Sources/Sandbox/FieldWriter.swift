// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Writes header fields as lines of mail.
enum FieldWriter {
    /// `Name: body` with its CRLF, folded at spaces where it exceeds 76 octets (RFC 5322 §2.2.3).
    ///
    /// Control characters in `body` are dropped: what a peer wrote cannot begin another field.
    static func field(_ name: String, _ body: String) -> String {
        let safe = String(String.UnicodeScalarView(body.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
        var line = "\(name):"
        var result = ""
        for word in safe.split(separator: " ") {
            if line.utf8.count + 1 + word.utf8.count > 76, line.utf8.count > name.utf8.count + 1 {
                result += line + "\r\n"
                line = ""
            }
            line += " " + word
        }
        return result + line + "\r\n"
    }

    /// A display name that may hold any character, as it stands before an angle address.
    static func displayName(_ text: String) -> String {
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return EncodedWords.encode(text) }
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(escaped)\""
    }

    /// Octets in base 64, in lines of 76 with their CRLF.
    static func lines(ofBase64 text: String) -> [UInt8] {
        var result: [UInt8] = []
        for (index, octet) in text.utf8.enumerated() {
            if index > 0, index.isMultiple(of: 76) { result += [0x0D, 0x0A] }
            result.append(octet)
        }
        return result + [0x0D, 0x0A]
    }
}
