// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the tokens of a small XML document that came from a stranger.
///
/// Never fetches, never expands: document types and processing instructions are passed over, entities other than the five of XML stay as they are
/// written. Never fails either: what is not well formed becomes text and a warning. Its work is linear in the length of the document.
struct XMLScanner {
    /// Attributes that one tag may have; the rest is left out.
    static let maximumAttributes = 32

    private let octets: [UInt8]
    private var index = 0
    private(set) var warnings = Warnings()
    /// The end of the last document type or unfinished markup that was looked for and not found: nothing is searched twice.
    private var hopeless: Set<String> = []

    init(_ text: String) {
        octets = Array(text.utf8)
    }

    /// The next token; nil at the end.
    mutating func next() -> XMLToken? {
        while index < octets.count {
            guard octets[index] == UInt8(ascii: "<") else { return .text(characterData()) }
            if starts("<!--") {
                pass(until: "-->", warning: nil)
            } else if starts("<![CDATA[") {
                return .text(section())
            } else if starts("<?") {
                let isDeclaration = starts("<?xml ") || starts("<?xml?")
                pass(until: "?>", warning: isDeclaration ? nil : .processingInstruction)
            } else if starts("<!") {
                passDocumentType()
            } else if let token = tag() {
                return token
            } else {
                warnings.add(.malformedMarkup, "a < that begins no tag is read as text")
                index += 1
                return .text("<")
            }
        }
        return nil
    }

    private func starts(_ prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard octets.count - index >= count else { return false }
        for position in 0..<count where octets[index + position] != prefix.utf8Start[position] { return false }
        return true
    }

    /// Where `end` begins, from the current place on.
    private mutating func find(_ end: String) -> Int? {
        guard !hopeless.contains(end) else { return nil }
        let wanted = Array(end.utf8)
        var place = index
        while place + wanted.count <= octets.count {
            if octets[place] == wanted[0], octets[place..<place + wanted.count].elementsEqual(wanted) { return place }
            place += 1
        }
        hopeless.insert(end)
        return nil
    }

    private mutating func pass(until end: String, warning: Warning.Code?) {
        let start = index
        let found = find(end)
        index = found.map { $0 + end.utf8.count } ?? octets.count
        let excerpt = text(start..<min(index, start + 120))
        if let warning { warnings.add(warning, excerpt) }
        if found == nil { warnings.add(.malformedMarkup, "markup that never ends") }
    }

    private mutating func section() -> String {
        let start = index + 9
        guard let end = find("]]>") else {
            warnings.add(.malformedMarkup, "a CDATA section that never ends")
            index = octets.count
            return start < octets.count ? text(start..<octets.count) : ""
        }
        index = end + 3
        return start <= end ? text(start..<end) : ""
    }

    /// Passes over `<!DOCTYPE …>` with its internal subset; quotes hide what they hold.
    private mutating func passDocumentType() {
        let start = index
        var depth = 0
        var quote: UInt8?
        var isInSubset = false
        while index < octets.count {
            let octet = octets[index]
            if quote == nil, starts("<!--") {
                pass(until: "-->", warning: nil)
                continue
            }
            index += 1
            if let open = quote {
                if octet == open { quote = nil }
                continue
            }
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "'"): quote = octet
            case UInt8(ascii: "["): isInSubset = true
            case UInt8(ascii: "]"): isInSubset = false
            case UInt8(ascii: "<"): depth += 1
            case UInt8(ascii: ">"):
                depth -= 1
                if depth <= 0, !isInSubset {
                    let excerpt = text(start..<min(index, start + 120))
                    warnings.add(.documentType, excerpt)
                    return
                }
            default: break
            }
        }
        warnings.add(.documentType, "a declaration that never ends")
    }

    private mutating func characterData() -> String {
        let start = index
        var end = index
        while end < octets.count, octets[end] != UInt8(ascii: "<") { end += 1 }
        index = end
        return resolve(octets[start..<end])
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: octets[range], as: UTF8.self) }
}

// MARK: Tags

extension XMLScanner {
    /// The tag that begins here; nil, and nothing passed, when there is none.
    private mutating func tag() -> XMLToken? {
        var place = index + 1
        let isEnd = place < octets.count && octets[place] == UInt8(ascii: "/")
        if isEnd { place += 1 }
        guard let name = name(&place) else { return nil }
        var attributes: [XMLStart.Attribute] = []
        while true {
            let before = place
            skipSpace(&place)
            guard place < octets.count else { return nil }
            if octets[place] == UInt8(ascii: ">") {
                let raw = text(index..<place + 1)
                index = place + 1
                return isEnd
                    ? .end(name: name, raw: raw)
                    : .start(XMLStart(name: name, attributes: attributes, isEmpty: false, raw: raw))
            }
            if !isEnd, octets[place] == UInt8(ascii: "/"), place + 1 < octets.count,
                octets[place + 1] == UInt8(ascii: ">")
            {
                let raw = text(index..<place + 2)
                index = place + 2
                return .start(XMLStart(name: name, attributes: attributes, isEmpty: true, raw: raw))
            }
            guard !isEnd, place > before, let attribute = attribute(&place) else { return nil }
            if attributes.count < Self.maximumAttributes { attributes.append(attribute) }
        }
    }

    /// A name without its prefix; at most 100 octets.
    private func name(_ place: inout Int) -> String? {
        let start = place
        guard start < octets.count, octets[start].isLetter || octets[start] == 0x5F else { return nil }
        var local = start
        while place < octets.count, place - start <= 100 {
            let octet = octets[place]
            if octet == UInt8(ascii: ":") {
                local = place + 1
            } else if !octet.isLetter, !octet.isDigit, octet != 0x2D, octet != 0x2E, octet != 0x5F {
                break
            }
            place += 1
        }
        return local < place && place - start <= 100 ? text(local..<place) : nil
    }

    private mutating func attribute(_ place: inout Int) -> XMLStart.Attribute? {
        guard let name = name(&place) else { return nil }
        skipSpace(&place)
        guard place < octets.count, octets[place] == UInt8(ascii: "=") else { return nil }
        place += 1
        skipSpace(&place)
        guard place < octets.count, octets[place] == UInt8(ascii: "\"") || octets[place] == UInt8(ascii: "'") else {
            return nil
        }
        let quote = octets[place]
        let start = place + 1
        var end = start
        while end < octets.count, octets[end] != quote, octets[end] != UInt8(ascii: "<") { end += 1 }
        guard end < octets.count, octets[end] == quote else { return nil }
        place = end + 1
        return XMLStart.Attribute(name: name, value: resolve(octets[start..<end]))
    }

    private func skipSpace(_ place: inout Int) {
        while place < octets.count, octets[place].isSpace { place += 1 }
    }
}

// MARK: References

extension XMLScanner {
    /// The text with character references and the five entities of XML resolved (XML 1.0 §4.6); line ends become LF (§2.11).
    private mutating func resolve(_ slice: ArraySlice<UInt8>) -> String {
        guard slice.contains(where: { $0 == UInt8(ascii: "&") || $0 == 0x0D }) else {
            return String(decoding: slice, as: UTF8.self)
        }
        var result: [UInt8] = []
        result.reserveCapacity(slice.count)
        var place = slice.startIndex
        while place < slice.endIndex {
            let octet = slice[place]
            place += 1
            if octet == 0x0D {
                if place == slice.endIndex || slice[place] != 0x0A { result.append(0x0A) }
            } else if octet == UInt8(ascii: "&") {
                place = appendReference(slice, at: place, to: &result)
            } else {
                result.append(octet)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Appends what the reference behind an `&` stands for, or the `&` itself; returns where reading goes on.
    private mutating func appendReference(_ slice: ArraySlice<UInt8>, at place: Int, to result: inout [UInt8]) -> Int {
        let name = slice[place...].prefix(40).prefix {
            $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        let end = name.endIndex
        guard !name.isEmpty, end < slice.endIndex, slice[end] == UInt8(ascii: ";") else {
            warnings.add(.malformedMarkup, "an & that begins no reference is read as text")
            result.append(UInt8(ascii: "&"))
            return place
        }
        guard let scalar = Self.scalar(of: String(decoding: name, as: UTF8.self)) else {
            warnings.add(.unknownEntity, "&\(String(decoding: name, as: UTF8.self));")
            result.append(UInt8(ascii: "&"))
            return place
        }
        result.append(contentsOf: String(Character(scalar)).utf8)
        return end + 1
    }

    private static func scalar(of name: String) -> Unicode.Scalar? {
        switch name {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { return nil }
            let digits = name.dropFirst()
            let isHexadecimal = digits.hasPrefix("x") || digits.hasPrefix("X")
            let value = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            guard let value, value >= 0x20 || value == 9 || value == 10 || value == 13 else { return nil }
            return Unicode.Scalar(value)
        }
    }
}
