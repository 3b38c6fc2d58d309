// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

extension StringProtocol {
    /// The text without blanks, tabs and line ends at its ends.
    var trimmingSpace: String {
        var octets = Substring(self).utf8
        while let first = octets.first, first.isSpace { octets.removeFirst() }
        while let last = octets.last, last.isSpace { octets.removeLast() }
        return String(Substring(octets))
    }

    /// An identifier without white space and without the angle brackets around it; nil when nothing is left.
    var bareIdentifier: String? {
        var text = trimmingSpace[...]
        if let open = text.lastIndex(of: "<") { text = text[text.index(after: open)...] }
        if let close = text.firstIndex(of: ">") { text = text[..<close] }
        let bare = text.trimmingSpace
        return bare.isEmpty ? nil : bare
    }

    /// The text, or nil when it is blank.
    var unlessBlank: String? {
        let text = trimmingSpace
        return text.isEmpty ? nil : text
    }

    /// The text with control characters made blanks: what a stranger wrote must not steer a terminal.
    var printable: String {
        // Nearly all text has none; those above ASCII are of two octets and begin with C2.
        if utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0xC2 }) { return String(self) }
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            result.append(isControl ? " " : scalar)
        }
        return String(result)
    }
}

extension UInt8 {
    /// Blank, tab, carriage return, line feed.
    var isSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
}
