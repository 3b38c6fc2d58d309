// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Turns the octets of a document into text (XML 1.0 §4.3.3, appendix F).
enum XMLText {
    /// The text, what stands before the first `<` left out.
    static func decode(_ octets: [UInt8], warnings: inout Warnings) -> String {
        if octets.starts(with: [0xFF, 0xFE]) { return wide(octets.dropFirst(2), isBigEndian: false) }
        if octets.starts(with: [0xFE, 0xFF]) { return wide(octets.dropFirst(2), isBigEndian: true) }
        if octets.starts(with: [0x3C, 0x00]) { return wide(octets[...], isBigEndian: false) }
        if octets.starts(with: [0x00, 0x3C]) { return wide(octets[...], isBigEndian: true) }
        var body = octets[...]
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) {
            warnings.add(.leadingText, "a byte order mark")
            body = body.dropFirst(3)
        }
        let start = body.firstIndex(of: UInt8(ascii: "<")) ?? body.endIndex
        if start > body.startIndex, start < body.endIndex {
            let isBlank = body[..<start].allSatisfy(\.isSpace)
            warnings.add(.leadingText, isBlank ? "white space before the document" : "text before the document")
        }
        return decode(body[start...], declared: declaredCharset(body[start...]), warnings: &warnings)
    }

    private static func decode(_ body: ArraySlice<UInt8>, declared: String?, warnings: inout Warnings) -> String {
        let charset = declared.map { Charset($0.utf8) } ?? .utf8
        if let charset, charset != .utf8 {
            // Letters of Latin-1 that are UTF-8 by chance are no words: the document was converted, its declaration was not.
            guard body.contains(where: { $0 >= 0x80 }), let text = String(validating: body, as: UTF8.self) else {
                return charset.decode(Array(body))
            }
            warnings.add(.charsetWrong, "UTF-8, not \(declared ?? "")")
            return text
        }
        if charset == nil { warnings.add(.charsetWrong, "unknown character set \(declared ?? "")") }
        if let text = String(validating: body, as: UTF8.self) { return text }
        warnings.add(.charsetWrong, "not \(declared ?? "UTF-8"): read as windows-1252")
        return Charset.windows1252.decode(Array(body))
    }

    /// The value of `encoding` in the XML declaration.
    private static func declaredCharset(_ body: ArraySlice<UInt8>) -> String? {
        let head = body.prefix(200)
        guard head.starts(with: "<?xml".utf8), let end = head.firstIndex(of: UInt8(ascii: ">")) else { return nil }
        let text = String(decoding: head[..<end], as: UTF8.self)
        let wanted = "encoding"
        var rest = text[...]
        while !rest.isEmpty, !rest.hasPrefix(wanted) { rest = rest.dropFirst() }
        let value = rest.dropFirst(wanted.count).drop { $0 == " " || $0 == "=" }
        guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
        return String(value.dropFirst().prefix { $0 != quote })
    }

    private static func wide(_ octets: ArraySlice<UInt8>, isBigEndian: Bool) -> String {
        var units: [UInt16] = []
        units.reserveCapacity(octets.count / 2)
        var place = octets.startIndex
        while place + 1 < octets.endIndex {
            let first = UInt16(octets[place])
            let second = UInt16(octets[place + 1])
            units.append(isBigEndian ? first << 8 | second : second << 8 | first)
            place += 2
        }
        return String(decoding: units, as: UTF16.self)
    }
}
