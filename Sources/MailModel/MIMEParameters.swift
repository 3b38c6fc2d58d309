// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The body of Content-Type or Content-Disposition: a value and its parameters (RFC 2045 §5.1, RFC 2231), read with tolerance for what
/// real programs write.
///
/// ```text
/// attachment; filename*0*=utf-8'it'perch%C3%A9; filename*1=".pdf"
/// ```
package struct MIMEParameters: Sendable {
    private struct Parameter: Sendable {
        /// In lower case: `filename`, `filename*`, `filename*0*`.
        var name: String
        var octets: [UInt8]
        var isQuoted = false
        /// The quoted string with the backslashes that stand in front of other than a quote or a backslash: a path of Windows.
        var path: [UInt8]?
    }

    /// The value in lower case: `multipart/mixed`, `attachment`.
    package let value: String
    private let parameters: [Parameter]

    /// Reads a field body; it never fails.
    package init(_ body: String) {
        var reader = Reader(octets: Array(body.utf8))
        value = String(decoding: reader.text(until: [Self.semicolon]), as: UTF8.self).lowercased()
        var parameters: [Parameter] = []
        while let parameter = reader.parameter() { parameters.append(parameter) }
        self.parameters = parameters
    }

    /// The octets of a parameter that is no text for people, percent signs of the extended form decoded; the plain form before the others, which
    /// without quotes ends at the first blank.
    package func octets(_ name: String) -> [UInt8]? {
        if let plain = parameters.first(where: { $0.name == name }) {
            return plain.isQuoted ? plain.octets : Array(plain.octets.prefix { $0 != 0x20 && $0 != 0x09 })
        }
        if let extended = parameters.first(where: { $0.name == "\(name)*" }) {
            return Self.percentDecoded(Self.split(extended.octets).text)
        }
        return sections(name)?.octets
    }

    /// The same as text: `boundary`, `protocol`, `micalg`.
    package func token(_ name: String) -> String? { octets(name).map { String(decoding: $0, as: UTF8.self) } }

    /// Every reading of a parameter as text, each once: plain ones with their encoded words (RFC 2047, which many programs write in a
    /// quoted string though it is not allowed there), extended ones (RFC 2231 §4), and the one in sections (RFC 2231 §3).
    package func readings(_ name: String) -> [String] {
        var readings: [String] = []
        // A field of 256 kB has room for thousands, so that none is compared with all others; and none is left out, which would hide the last.
        var seen: Set<[UInt8]> = []
        func add(_ text: String) {
            let decoded = EncodedWord.decode(text, unknown: .latin1)
            if !decoded.isEmpty, seen.insert(Array(decoded.utf8)).inserted { readings.append(decoded) }
        }
        for parameter in parameters where parameter.name == name {
            if let path = parameter.path { add(String(decoding: path, as: UTF8.self)) }
            add(String(decoding: parameter.octets, as: UTF8.self))
        }
        for parameter in parameters where parameter.name == "\(name)*" {
            let (charset, text) = Self.split(parameter.octets)
            add(charset.decode(Self.percentDecoded(text)))
        }
        if let (charset, octets) = sections(name) { add(charset.decode(octets)) }
        return readings
    }

    /// The sections of a parameter put together in the order of their numbers, gaps passed over; nil when there is none.
    private func sections(_ name: String) -> (charset: Charset, octets: [UInt8])? {
        let prefix = "\(name)*"
        var sections: [(number: Int, octets: [UInt8], isExtended: Bool)] = []
        for parameter in parameters where parameter.name.hasPrefix(prefix) {
            var digits = parameter.name.dropFirst(prefix.count)
            let isExtended = digits.last == "*"
            if isExtended { digits.removeLast() }
            guard digits.utf8.count <= 9, let number = Int(digits), number >= 0 else { continue }
            sections.append((number, parameter.octets, isExtended))
        }
        guard !sections.isEmpty else { return nil }
        sections.sort { $0.number < $1.number }
        var charset = Charset.utf8
        var octets: [UInt8] = []
        for (index, section) in sections.enumerated() {
            guard section.isExtended else {
                octets += section.octets
                continue
            }
            var text = section.octets[...]
            if index == 0 { (charset, text) = Self.split(section.octets) }
            octets += Self.percentDecoded(text)
        }
        return (charset, octets)
    }

    /// `charset'language'text` taken apart; a charset that is not known reads as Latin-1, which keeps what is ASCII in it.
    private static func split(_ octets: [UInt8]) -> (charset: Charset, text: ArraySlice<UInt8>) {
        let quote = UInt8(ascii: "'")
        guard let first = octets.firstIndex(of: quote), let second = octets[(first + 1)...].firstIndex(of: quote) else {
            return (.utf8, octets[...])
        }
        let charset = octets[..<first]
        return (charset.isEmpty ? .utf8 : Charset(charset) ?? .latin1, octets[(second + 1)...])
    }

    private static func percentDecoded(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        guard octets.contains(UInt8(ascii: "%")) else { return Array(octets) }
        var decoded: [UInt8] = []
        var index = octets.startIndex
        while index < octets.endIndex {
            if octets[index] == UInt8(ascii: "%"), index + 2 < octets.endIndex,
                let high = Hexadecimal.value(octets[index + 1]), let low = Hexadecimal.value(octets[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(octets[index])
                index += 1
            }
        }
        return decoded
    }

    private static let semicolon = UInt8(ascii: ";")

    /// Walks over the octets of a field body once.
    private struct Reader {
        let octets: [UInt8]
        var index = 0

        /// The text up to one of `ends`, which is not passed, without comments and without blanks at its ends.
        mutating func text(until ends: [UInt8]) -> ArraySlice<UInt8> {
            var text: [UInt8] = []
            while index < octets.count, !ends.contains(octets[index]) {
                if octets[index] == UInt8(ascii: "(") {
                    passComment()
                } else {
                    text.append(octets[index])
                    index += 1
                }
            }
            var trimmed = text[...]
            while let first = trimmed.first, Self.isBlank(first) { trimmed.removeFirst() }
            while let last = trimmed.last, Self.isBlank(last) { trimmed.removeLast() }
            return trimmed
        }

        /// The next parameter; what has no equals sign is passed over. A value without quotes goes to the next semicolon, blanks in it
        /// included: `filename=my file.exe`.
        mutating func parameter() -> Parameter? {
            while index < octets.count {
                if octets[index] == semicolon {
                    index += 1
                    continue
                }
                let name = String(decoding: text(until: [semicolon, UInt8(ascii: "=")]), as: UTF8.self).lowercased()
                guard index < octets.count, octets[index] == UInt8(ascii: "=") else { continue }
                index += 1
                while index < octets.count, Self.isBlank(octets[index]) { index += 1 }
                guard index < octets.count, octets[index] == UInt8(ascii: "\"") else {
                    return Parameter(name: name, octets: unquoted())
                }
                var (value, path) = quoted()
                // Some readers take the extension for a part of the name in: filename="setup".exe
                let isGlued = index < octets.count && octets[index] == UInt8(ascii: ".")
                let rest = unquoted()
                if isGlued {
                    value += rest
                    path += rest
                }
                return Parameter(name: name, octets: value, isQuoted: true, path: path == value ? nil : path)
            }
            return nil
        }

        /// Up to the next semicolon; an opening bracket is a character of a name here, as in `filename=a (1).pdf`.
        private mutating func unquoted() -> [UInt8] {
            let end = octets[index...].firstIndex(of: semicolon) ?? octets.count
            var value = octets[index..<end]
            index = end
            while let last = value.last, Self.isBlank(last) { value.removeLast() }
            return Array(value)
        }

        /// A quoted string (RFC 5322 §3.2.4), and what it is as a path.
        private mutating func quoted() -> (value: [UInt8], path: [UInt8]) {
            var value: [UInt8] = []
            var path: [UInt8] = []
            index += 1
            while index < octets.count, octets[index] != UInt8(ascii: "\"") {
                if octets[index] == UInt8(ascii: "\\"), index + 1 < octets.count {
                    index += 1
                    let isPair = octets[index] == UInt8(ascii: "\"") || octets[index] == UInt8(ascii: "\\")
                    if !isPair { path.append(UInt8(ascii: "\\")) }
                }
                value.append(octets[index])
                path.append(octets[index])
                index += 1
            }
            index = min(index + 1, octets.count)
            return (value, path)
        }

        private mutating func passComment() {
            var depth = 0
            while index < octets.count {
                switch octets[index] {
                case UInt8(ascii: "("): depth += 1
                case UInt8(ascii: ")"): depth -= 1
                case UInt8(ascii: "\\"): index += 1
                default: break
                }
                index = min(index + 1, octets.count)
                if depth == 0 { return }
            }
        }

        private static func isBlank(_ octet: UInt8) -> Bool {
            octet == 0x20 || octet == 0x09 || octet == 0x0A || octet == 0x0D
        }
    }
}
