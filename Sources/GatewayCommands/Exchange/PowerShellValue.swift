// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A value in the source of a PowerShell script.
///
/// What it prints is ASCII and cannot end the literal that it stands in, whatever the text: the ASCII apostrophe is doubled, and all that is
/// not printable ASCII is named by its number, the typographic apostrophes among it, which PowerShell takes for quotes.
///
/// ```text
/// d’Este$(x)    ->    ('d' + [char]0x2019 + 'Este$(x)')
/// ```
indirect enum PowerShellValue: Equatable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case list([Self])
    /// A hash table; its keys are names of the program's own.
    case table([Entry])

    /// One pair of a hash table.
    struct Entry: Equatable {
        let key: String
        let value: PowerShellValue

        init(_ key: String, _ value: PowerShellValue) {
            self.key = key
            self.value = value
        }
    }

    static func strings(_ texts: [String]) -> Self { .list(texts.map(Self.string)) }

    /// The source, its further lines indented by `indentation` spaces.
    func source(indentation: Int = 0) -> String {
        let margin = String(repeating: " ", count: indentation)
        switch self {
        case .string(let text): return Self.literal(text)
        case .integer(let number): return "\(number)"
        case .boolean(let value): return value ? "$true" : "$false"
        case .list(let values) where values.isEmpty: return "@()"
        case .list(let values):
            let items = values.map { "\(margin)    \($0.source(indentation: indentation + 4))\n" }
            return "@(\n\(items.joined())\(margin))"
        case .table(let entries):
            let items = entries.map { "\(margin)    \($0.key) = \($0.value.source(indentation: indentation + 4))\n" }
            return "@{\n\(items.joined())\(margin)}"
        }
    }

    /// A single-quoted string, in which PowerShell expands nothing.
    private static func literal(_ text: String) -> String {
        var pieces: [String] = []
        var run = ""
        for unit in text.utf16 {
            if (0x20...0x7E).contains(unit) {
                run.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
                if unit == UInt16(UInt8(ascii: "'")) { run += "'" }
            } else {
                // A string comes first, so that + joins strings and does not add numbers.
                if pieces.isEmpty || !run.isEmpty { pieces.append("'\(run)'") }
                pieces.append("[char]0x" + hexadecimal(unit))
                run = ""
            }
        }
        if pieces.isEmpty { return "'\(run)'" }
        if !run.isEmpty { pieces.append("'\(run)'") }
        return "(\(pieces.joined(separator: " + ")))"
    }

    private static func hexadecimal(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
