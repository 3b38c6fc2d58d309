// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A line of a Postfix file with what continues it.
struct LogicalLine: Hashable {
    var text: String
    /// The number of its first line.
    var line: Int
}

/// The lines of Postfix's files: one that begins with a blank goes on with the one before; remarks and empty lines between do not count.
enum PostfixLines {
    static func split(_ text: String) -> [LogicalLine] {
        var result: [LogicalLine] = []
        for (index, line) in text.textLines.enumerated() {
            let content = line.trimmed
            if content.isEmpty || content.hasPrefix("#") { continue }
            let continues = line.unicodeScalars.first == " " || line.unicodeScalars.first == "\t"
            if continues, !result.isEmpty {
                result[result.count - 1].text += " \(content)"
            } else {
                result.append(LogicalLine(text: content, line: index + 1))
            }
        }
        return result
    }

    /// The first word and the rest.
    static func pair(_ text: String) -> (key: String, value: String)? {
        let scalars = text.unicodeScalars
        guard let end = scalars.firstIndex(where: { $0 == " " || $0 == "\t" }) else { return nil }
        return (String(scalars[..<end]), String(scalars[end...]).trimmed)
    }

    /// The elements of a list: separated by commas and blanks, but not within braces.
    static func list(_ text: String) -> [String] {
        var result: [String] = []
        var current = String.UnicodeScalarView()
        var depth = 0
        for scalar in text.unicodeScalars {
            if scalar == "{" { depth += 1 }
            if scalar == "}" { depth = max(0, depth - 1) }
            if depth == 0, scalar == "," || scalar == " " || scalar == "\t" {
                if !current.isEmpty { result.append(String(current)) }
                current = .init()
            } else {
                current.append(scalar)
            }
        }
        if !current.isEmpty { result.append(String(current)) }
        return result
    }
}
