// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One value of a response's data (RFC 3501 §4).
enum IMAPValue: Hashable, Sendable {
    /// An atom or number, as it stands.
    case atom(String)
    /// A quoted string or literal.
    case string([UInt8])
    /// A parenthesised list.
    case list([IMAPValue])
    /// A literal that was handed on while it came.
    case streamed

    /// The octets of a string or atom; nil for NIL and all else.
    var text: String? {
        switch self {
        case .atom(let word): word.uppercased() == "NIL" ? nil : word
        case .string(let octets): String(decoding: octets, as: UTF8.self)
        case .list, .streamed: nil
        }
    }

    var number: Int? {
        guard case .atom(let word) = self else { return nil }
        return IMAPNumber.read(word)
    }
}

/// A part of a response as the decoder has cut it.
enum IMAPPart: Hashable, Sendable {
    /// Text between literals, without line ends.
    case text([UInt8])
    /// The octets of a literal.
    case literal([UInt8])
    /// A literal that was handed on while it came.
    case streamed
}

/// Reads values out of the parts of a response; lists are nested up to a bound.
struct IMAPValueReader {
    /// Lists within lists at most.
    static let maximumDepth = 16

    private var stack: [[IMAPValue]] = [[]]

    static func read(_ parts: some Sequence<IMAPPart>) throws(IMAPFailure) -> [IMAPValue] {
        var reader = Self()
        for part in parts {
            switch part {
            case .literal(let octets): reader.add(.string(octets))
            case .streamed: reader.add(.streamed)
            case .text(let text): try reader.read(text[...])
            }
        }
        guard reader.stack.count == 1 else { throw IMAPFailure(.malformed, "the server sent a list without its end") }
        return reader.stack[0]
    }

    private mutating func add(_ value: IMAPValue) { stack[stack.count - 1].append(value) }

    private mutating func read(_ text: ArraySlice<UInt8>) throws(IMAPFailure) {
        var text = text
        while let octet = text.popFirst() {
            switch octet {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): break
            case UInt8(ascii: "("):
                guard stack.count <= Self.maximumDepth else {
                    throw IMAPFailure(.limit, "the server nested lists deeper than \(Self.maximumDepth)")
                }
                stack.append([])
            case UInt8(ascii: ")"):
                guard stack.count > 1, let list = stack.popLast() else {
                    throw IMAPFailure(.malformed, "the server closed a list that it had not opened")
                }
                add(.list(list))
            case UInt8(ascii: "\""): add(.string(try Self.quoted(&text)))
            default: add(.atom(Self.atom(octet, &text)))
            }
        }
    }

    private static func quoted(_ text: inout ArraySlice<UInt8>) throws(IMAPFailure) -> [UInt8] {
        var octets: [UInt8] = []
        while let octet = text.popFirst() {
            switch octet {
            case UInt8(ascii: "\""): return octets
            case UInt8(ascii: "\\"):
                guard let next = text.popFirst() else { break }
                octets.append(next)
            default: octets.append(octet)
            }
        }
        throw IMAPFailure(.malformed, "the server sent a quoted string without its end")
    }

    /// An atom; what stands between brackets, as in `BODY[HEADER.FIELDS (From)]`, belongs to it.
    private static func atom(_ first: UInt8, _ text: inout ArraySlice<UInt8>) -> String {
        var octets = [first]
        var isInBrackets = first == UInt8(ascii: "[")
        while let octet = text.first {
            if !isInBrackets,
                [UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\"")].contains(octet)
            {
                break
            }
            text.removeFirst()
            octets.append(octet)
            if octet == UInt8(ascii: "[") { isInBrackets = true }
            if octet == UInt8(ascii: "]") { isInBrackets = false }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
