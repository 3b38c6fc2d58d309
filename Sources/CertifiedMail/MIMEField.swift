// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The body of Content-Type or Content-Disposition: a value and its parameters (RFC 2045 §5.1, RFC 2231), read with tolerance.
struct MIMEField: Equatable {
    /// Parameters that are read.
    static let maximumParameters = 64

    /// `multipart/signed`, lower case.
    let value: String
    private let parameters: [(name: String, value: String)]

    init(_ body: String) {
        var reader = Reader(octets: Array(body.utf8))
        value = reader.token(until: ";").lowercased()
        var parameters: [(name: String, value: String)] = []
        while parameters.count < Self.maximumParameters, let parameter = reader.parameter() {
            parameters.append(parameter)
        }
        self.parameters = parameters
    }

    /// The value of a parameter, in the plain form, the extended one, or in sections (RFC 2231 §3, §4); encoded words are decoded.
    func parameter(_ name: String) -> String? {
        if let plain = first(name) { return EncodedWord.decode(plain) }
        if let extended = first("\(name)*") { return Self.decodeExtended(extended) }
        guard first("\(name)*0") != nil || first("\(name)*0*") != nil else { return nil }
        var joined = ""
        for section in 0..<Self.maximumParameters {
            if let plain = first("\(name)*\(section)") {
                joined += plain
            } else if let extended = first("\(name)*\(section)*") {
                joined += section == 0 ? Self.decodeExtended(extended) : Self.decodePercent(extended, charset: .utf8)
            } else {
                break
            }
        }
        return joined
    }

    private func first(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// `charset'language'text` with percent signs.
    private static func decodeExtended(_ text: String) -> String {
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return decodePercent(text, charset: .utf8) }
        return decodePercent(String(parts[2]), charset: Charset(parts[0].utf8) ?? .utf8)
    }

    private static func decodePercent(_ text: String, charset: Charset) -> String {
        var octets: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let octet = rest.popFirst() {
            if octet == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                octets.append(value)
                rest = rest.dropFirst(2)
            } else {
                octets.append(octet)
            }
        }
        return charset.decode(octets).printable
    }

    static func == (left: Self, right: Self) -> Bool {
        left.value == right.value && left.parameters.elementsEqual(right.parameters, by: ==)
    }

    /// Walks over the octets of a field body.
    private struct Reader {
        let octets: [UInt8]
        var index = 0

        /// The text up to one of `ends`, blanks at its ends and comments left out; the end is passed.
        mutating func token(until ends: String) -> String {
            var text: [UInt8] = []
            while index < octets.count {
                let octet = octets[index]
                index += 1
                if ends.utf8.contains(octet) { break }
                if octet == UInt8(ascii: "(") { passComment() } else { text.append(octet) }
            }
            return String(decoding: text, as: UTF8.self).trimmingSpace
        }

        mutating func parameter() -> (name: String, value: String)? {
            while index < octets.count {
                let name = token(until: "=;").lowercased()
                guard index > 0, octets[index - 1] == UInt8(ascii: "=") else { continue }
                while index < octets.count, octets[index].isSpace { index += 1 }
                if index < octets.count, octets[index] == UInt8(ascii: "\"") {
                    let value = quoted()
                    _ = token(until: ";")
                    return (name, value)
                }
                return (name, token(until: ";"))
            }
            return nil
        }

        private mutating func quoted() -> String {
            var text: [UInt8] = []
            index += 1
            while index < octets.count {
                var octet = octets[index]
                index += 1
                if octet == UInt8(ascii: "\"") { break }
                if octet == UInt8(ascii: "\\"), index < octets.count {
                    octet = octets[index]
                    index += 1
                }
                text.append(octet)
            }
            return String(decoding: text, as: UTF8.self)
        }

        private mutating func passComment() {
            var depth = 1
            while index < octets.count, depth > 0 {
                switch octets[index] {
                case UInt8(ascii: "("): depth += 1
                case UInt8(ascii: ")"): depth -= 1
                case UInt8(ascii: "\\"): index += 1
                default: break
                }
                index += 1
            }
            index = min(index, octets.count)
        }
    }
}
