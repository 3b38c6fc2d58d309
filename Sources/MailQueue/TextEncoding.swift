// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Text in the forms in which a message carries it.
enum TextEncoding {
    /// `text` in quoted-printable (RFC 2045 §6.7), lines of at most 76 octets that end with CRLF; a newline of any kind ends a line.
    static func quotedPrintable(_ text: String) -> String {
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { String(decoding: QuotedPrintable.encodeLine($0.utf8), as: UTF8.self) + "\r\n" }
            .joined()
    }

    /// `text` as encoded words of RFC 2047 §2 in UTF-8 where it is not plain ASCII; a newline or control becomes a space.
    ///
    /// The words are separated by a space, each at most 75 octets, none cuts a character.
    static func encodeWords(_ text: String) -> String {
        let clean = PlainText.oneLine(text)
        guard !clean.utf8.allSatisfy({ $0 < 0x80 }) else { return clean }
        var words: [String] = []
        var word = ""
        for scalar in clean.unicodeScalars {
            let token = String(scalar).utf8.map { octet in
                isWordLiteral(octet) ? String(UnicodeScalar(octet)) : "=" + hexadecimal(octet)
            }.joined()
            if word.utf8.count + token.utf8.count > 60 {
                words.append(word)
                word = ""
            }
            word += token
        }
        return (words + [word]).map { "=?utf-8?Q?\($0)?=" }.joined(separator: " ")
    }

    private static func isWordLiteral(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// The two upper-case digits of an octet.
    static func hexadecimal(_ octet: UInt8) -> String { String(decoding: Hexadecimal.upperCase(octet), as: UTF8.self) }
}

/// Text from outside, made fit for a line.
enum PlainText {
    /// `text` on one line: every newline, control and bidirectional control character is a space.
    static func oneLine(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: output.append(" ")
            default: output.append(scalar)
            }
        }
        return String(output)
    }

    /// `text` on one line of ASCII, every other character as `?`, at most `limit` octets.
    static func ascii(_ text: String, limit: Int = 700) -> String {
        var output = ""
        for scalar in oneLine(text).unicodeScalars.prefix(limit) {
            output.unicodeScalars.append(scalar.isASCII ? scalar : "?")
        }
        return output
    }

    /// A header field folded at spaces so that its lines stay within 76 octets where spaces allow it, and within 990 always.
    ///
    /// - SeeAlso: RFC 5322 §2.2.3.
    static func field(_ name: String, _ body: String) -> String {
        var output = "\(name):"
        var length = output.utf8.count
        for word in body.split(separator: " ") {
            if length + 1 + word.utf8.count > 76 && length > name.utf8.count + 1 {
                output += "\r\n"
                length = 0
            }
            output += " "
            length += 1
            for scalar in word.unicodeScalars {
                // Nowhere to fold: the word is cut, which is better than a line that no server takes.
                if length >= 900 {
                    output += "\r\n "
                    length = 1
                }
                output.unicodeScalars.append(scalar)
                length += String(scalar).utf8.count
            }
        }
        return output + "\r\n"
    }
}
