// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Cuts an address field into its lexical tokens (RFC 5322 §3.2); comments and folding white space vanish here.
struct AddressLexer {
    enum Token: Equatable {
        /// A run of `atext`; dots are specials.
        case atom([UInt8])
        /// A quoted string, without quotes and backslashes.
        case quoted([UInt8])
        /// A domain literal with its brackets.
        case literal([UInt8])
        /// One of `< > @ , : ; .`
        case special(UInt8)
        case end
    }

    private let octets: [UInt8]
    /// The octet that is read next.
    private(set) var offset = 0
    private var pushedBack: Token?

    init(_ octets: [UInt8]) {
        self.octets = octets
    }

    /// Makes `token` the next one again.
    mutating func pushBack(_ token: Token) { pushedBack = token }

    mutating func next() throws(AddressSyntaxError) -> Token {
        if let token = pushedBack {
            pushedBack = nil
            return token
        }
        try skipSpaceAndComments()
        guard offset < octets.count else { return .end }
        let octet = octets[offset]
        switch octet {
        case UInt8(ascii: "\""):
            return .quoted(try quotedString())
        case UInt8(ascii: "["):
            return .literal(try domainLiteral())
        case _ where "<>@,:;.".utf8.contains(octet):
            offset += 1
            return .special(octet)
        default:
            let start = offset
            while offset < octets.count, AddrSpec.isAtomText(octets[offset]) { offset += 1 }
            guard offset > start else { throw error("a character stands where none may") }
            return .atom(Array(octets[start..<offset]))
        }
    }

    func error(_ message: String) -> AddressSyntaxError { AddressSyntaxError(message: message, offset: offset) }

    private mutating func skipSpaceAndComments() throws(AddressSyntaxError) {
        var depth = 0
        while offset < octets.count {
            switch octets[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: break
            case UInt8(ascii: "("):
                depth += 1
                guard depth <= AddressList.maximumCommentDepth else { throw error("comments nest too deep") }
            case UInt8(ascii: ")") where depth > 0: depth -= 1
            case UInt8(ascii: "\\") where depth > 0: offset += 1
            default: guard depth > 0 else { return }
            }
            offset += 1
        }
        guard depth == 0 else { throw error("a comment is not closed") }
    }

    private mutating func quotedString() throws(AddressSyntaxError) -> [UInt8] {
        var content: [UInt8] = []
        offset += 1
        while offset < octets.count {
            switch octets[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return content
            case UInt8(ascii: "\\") where offset + 1 < octets.count:
                offset += 1
                content.append(octets[offset])
            case 0x0A, 0x0D: break  // folding
            case let octet: content.append(octet)
            }
            offset += 1
        }
        throw error("a quoted string is not closed")
    }

    private mutating func domainLiteral() throws(AddressSyntaxError) -> [UInt8] {
        let start = offset
        while offset < octets.count {
            offset += 1
            if octets[offset - 1] == UInt8(ascii: "]") { return octets[start..<offset].filter { $0 > 0x20 } }
        }
        throw error("a domain literal is not closed")
    }
}
