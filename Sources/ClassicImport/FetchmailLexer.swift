// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A word of a fetchmail control file.
struct FetchmailToken: Hashable {
    /// The text, quotes and escapes taken off.
    var text: String
    /// True when it stood in quotes: then it is never a keyword.
    var isQuoted: Bool
    var line: Int
}

/// Takes a fetchmail control file apart (fetchmail(1), "THE RUN CONTROL FILE"): words, texts in quotes, `=`; remarks, commas, semicolons and
/// colons between words are noise.
struct FetchmailLexer {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    /// True when a quote was not closed.
    private(set) var isUnfinished = false

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    /// The tokens of all of `text`.
    static func tokens(_ text: String) -> (tokens: [FetchmailToken], isUnfinished: Bool) {
        var lexer = Self(text)
        var tokens: [FetchmailToken] = []
        while let token = lexer.next() { tokens.append(token) }
        return (tokens, lexer.isUnfinished)
    }

    private mutating func next() -> FetchmailToken? {
        while index < scalars.count {
            let scalar = scalars[index]
            switch scalar {
            case "\n":
                line += 1
                index += 1
            case " ", "\t", "\r", ",", ";", ":": index += 1
            case "#": index = scalars[index...].firstIndex(of: "\n") ?? scalars.count
            case "\\" where index + 1 < scalars.count && (scalars[index + 1] == "\n" || scalars[index + 1] == "\r"):
                index += 1
            case "=":
                index += 1
                return FetchmailToken(text: "=", isQuoted: false, line: line)
            case "\"", "'": return quoted(scalar)
            default: return word()
            }
        }
        return nil
    }

    private mutating func quoted(_ quote: Unicode.Scalar) -> FetchmailToken? {
        let start = line
        index += 1
        guard let end = scalars[index...].firstIndex(of: quote) else {
            isUnfinished = true
            index = scalars.count
            return nil
        }
        // The longest of the two forms counts, as in fetchmail: `"a"b` is a word with its quotes.
        if wordEnd(from: index - 1) > end + 1 {
            index -= 1
            return word()
        }
        let content = Array(scalars[index..<end])
        line += content.count { $0 == "\n" }
        index = end + 1
        return FetchmailToken(text: Self.unescape(content), isQuoted: true, line: start)
    }

    private mutating func word() -> FetchmailToken {
        let end = wordEnd(from: index)
        let content = Array(scalars[index..<end])
        index = end
        return FetchmailToken(text: Self.unescape(content), isQuoted: false, line: line)
    }

    private func wordEnd(from start: Int) -> Int {
        scalars[start...].firstIndex { "=;:, \t\r\n".unicodeScalars.contains($0) } ?? scalars.count
    }

    /// The escapes of C, as fetchmail has them: `\n`, `\t`, `\b`, `\r`, `\x41`, `\065` octal, `\65` decimal; a line end behind `\` joins lines.
    static func unescape(_ content: [Unicode.Scalar]) -> String {
        var result = String.UnicodeScalarView()
        var index = 0
        while index < content.count {
            guard content[index] == "\\" else {
                result.append(content[index])
                index += 1
                continue
            }
            index += 1
            guard index < content.count else { break }
            switch content[index] {
            case "x", "X":
                index += 1
                append(number(content, &index, radix: 16, limit: 2), to: &result)
            case "0": append(number(content, &index, radix: 8, limit: 3), to: &result)
            case "1"..."9": append(number(content, &index, radix: 10, limit: 3), to: &result)
            default:
                let letters: [Unicode.Scalar: Unicode.Scalar] = ["n": "\n", "t": "\t", "b": "\u{8}", "r": "\r"]
                if content[index] != "\n" { result.append(letters[content[index]] ?? content[index]) }
                index += 1
            }
        }
        return String(result)
    }

    private static func append(_ value: UInt32, to result: inout String.UnicodeScalarView) {
        // A C string ends at a NUL.
        if value != 0 { result.append(Unicode.Scalar(UInt8(truncatingIfNeeded: value))) }
    }

    private static func number(_ content: [Unicode.Scalar], _ index: inout Int, radix: UInt32, limit: Int) -> UInt32 {
        var value: UInt32 = 0
        var count = 0
        while index < content.count, count < limit, let digit = Int(String(content[index]), radix: Int(radix)) {
            value = value * radix + UInt32(digit)
            index += 1
            count += 1
        }
        return value
    }
}
