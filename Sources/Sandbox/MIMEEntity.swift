// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore

/// One MIME entity, a slice of a message whose octets stay as they are (RFC 2045, RFC 2046).
struct MIMEEntity {
    /// Header section and body.
    let octets: ArraySlice<UInt8>
    /// The header section.
    let header: HeaderSection

    /// The entity that `octets` hold.
    init(_ octets: ArraySlice<UInt8>) {
        self.octets = octets
        header = HeaderSection(ByteBuffer(bytes: octets.prefix(HeaderSection.maximumOctets)))
    }

    /// What follows the empty line.
    var body: ArraySlice<UInt8> { octets.dropFirst(header.octets) }

    /// Type and subtype in lower case; `text/plain` where nothing is said.
    var mediaType: String {
        guard let field = header.first("Content-Type") else { return "text/plain" }
        return field.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
    }

    /// A parameter of a field, unquoted: `boundary` of Content-Type. Names compare without case.
    func parameter(_ name: String, of field: String) -> String? {
        guard let body = header.first(field) else { return nil }
        var rest = Array(body.unicodeScalars)[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[(semicolon + 1)...].drop { $0.properties.isWhitespace }
            let found = String(String.UnicodeScalarView(rest.prefix { $0 != "=" && $0 != ";" }))
            rest = rest.drop { $0 != "=" && $0 != ";" }
            guard rest.first == "=" else { continue }
            let value = Self.value(&rest)
            if found.lowercased() == name { return value }
        }
        return nil
    }

    /// The parts of a multipart entity, octet for octet what lies between the delimiter lines; empty for all else.
    var parts: [MIMEEntity] {
        guard mediaType.hasPrefix("multipart/"), let boundary = parameter("boundary", of: "Content-Type"),
            !boundary.isEmpty
        else { return [] }
        var parts: [MIMEEntity] = []
        var start: Int?
        for delimiter in delimiters(Array("--\(boundary)".utf8)) {
            if let start, start <= delimiter.before { parts.append(MIMEEntity(octets[start..<delimiter.before])) }
            guard !delimiter.isLast else { return parts }
            start = delimiter.after
        }
        return parts
    }
}

extension MIMEEntity {
    private struct Delimiter {
        /// Where the octets in front of it end; the line end in front belongs to the delimiter (RFC 2046 §5.1.1).
        var before: Int
        /// Where the octets behind it begin.
        var after: Int
        var isLast: Bool
    }

    private func delimiters(_ delimiter: [UInt8]) -> [Delimiter] {
        var found: [Delimiter] = []
        let body = body
        var line = body.startIndex
        while line < body.endIndex {
            let end = body[line...].firstIndex(of: 0x0A) ?? body.endIndex - 1
            let text = body[line...end]
            if text.starts(with: delimiter) {
                var before = max(line - 1, body.startIndex)
                if before > body.startIndex, line > body.startIndex, body[before - 1] == 0x0D { before -= 1 }
                let rest = text.dropFirst(delimiter.count)
                let isLast = rest.starts(with: [0x2D, 0x2D])
                let tail = isLast ? rest.dropFirst(2) : rest
                if tail.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }) {
                    found.append(Delimiter(before: before, after: end + 1, isLast: isLast))
                }
            }
            line = end + 1
        }
        return found
    }

    /// Takes `=value` or `="quoted value"` off the front.
    private static func value(_ rest: inout ArraySlice<Unicode.Scalar>) -> String {
        rest = rest.dropFirst()
        var value = String.UnicodeScalarView()
        guard rest.first == "\"" else {
            value.append(contentsOf: rest.prefix { $0 != ";" && !$0.properties.isWhitespace })
            rest = rest.drop { $0 != ";" }
            return String(value)
        }
        rest = rest.dropFirst()
        while let scalar = rest.popFirst(), scalar != "\"" {
            if scalar == "\\", let escaped = rest.popFirst() { value.append(escaped) } else { value.append(scalar) }
        }
        return String(value)
    }
}
