// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Values as they are written into YAML.
package enum YAMLText {
    /// Words that YAML 1.1 takes for something else than text.
    private static let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]

    /// A text, in quotes unless it reads as itself without, in lists and mappings on one line too.
    package static func scalar(_ text: String) -> String {
        func isLetter(_ octet: UInt8) -> Bool { (0x61...0x7A).contains(octet | 0x20) }
        let isPlain =
            text.utf8.first.map { isLetter($0) || $0 == UInt8(ascii: "/") } == true
            && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "/_.@+-".utf8.contains($0) }
        return isPlain && !words.contains(text.lowercased()) ? text : quoted(text)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
            default:
                let hex = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - hex.utf8.count) + hex
            }
        }
        return result + "\""
    }

    /// True for what a reader sees as it is; not for controls, marks of direction, joiners, fillers, separators of lines, blanks but the usual
    /// one, and what alters the sign before it.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value > 0x7E else { return scalar.value >= 0x20 }
        guard !scalar.properties.isDefaultIgnorableCodePoint else { return false }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .otherSymbol:
            return true
        case .nonspacingMark, .spacingMark, .enclosingMark, .modifierSymbol, .spaceSeparator, .lineSeparator,
            .paragraphSeparator, .control, .format, .surrogate, .privateUse, .unassigned:
            return false
        @unknown default: return false
        }
    }

    /// Whole seconds in the largest unit that leaves no rest: `7d`, `90s`.
    package static func duration(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60)] as [(String, Int64)]
        where seconds % length == 0 && seconds >= length {
            return "\(seconds / length)\(unit)"
        }
        return seconds == 0 ? "0d" : "\(seconds)s"
    }
}
