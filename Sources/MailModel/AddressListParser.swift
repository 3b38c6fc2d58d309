// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Puts the tokens of an address field together; one pass, no recursion.
struct AddressListParser {
    private enum Word {
        case atom([UInt8])
        case quoted([UInt8])
        case dot
    }

    /// What one element turned out to be.
    private enum Element {
        case mailbox(AddressEntry)
        case groupStart(String)
    }

    var lexer: AddressLexer

    mutating func parse() throws(AddressSyntaxError) -> [AddressEntry] {
        var entries: [AddressEntry] = []
        var group: (name: String, members: [AddressEntry])?
        while true {
            let token = try lexer.next()
            switch token {
            case .special(UInt8(ascii: ",")): continue
            case .special(UInt8(ascii: ";")), .end:
                if let (name, members) = group {
                    entries.append(.group(name: name, members: members))
                    group = nil
                } else if token != .end {
                    throw lexer.error("a semicolon ends no group")
                }
                if token == .end { return entries }
            case .atom, .quoted, .literal, .special:
                lexer.pushBack(token)
                switch try element(isInGroup: group != nil) {
                case .groupStart(let name): group = (name, [])
                case .mailbox(let entry):
                    if group == nil { entries.append(entry) } else { group?.members.append(entry) }
                }
            }
        }
    }

    private mutating func element(isInGroup: Bool) throws(AddressSyntaxError) -> Element {
        var words: [Word] = []
        while true {
            switch try lexer.next() {
            case .atom(let text): words.append(.atom(text))
            case .quoted(let text): words.append(.quoted(text))
            case .special(UInt8(ascii: ".")): words.append(.dot)
            case .special(UInt8(ascii: "@")):
                let address = try addrSpec(words)
                try expectSeparator()
                return .mailbox(.mailbox(name: nil, address: address))
            case .special(UInt8(ascii: "<")):
                let address = try angleAddress()
                try expectSeparator()
                return .mailbox(.mailbox(name: words.isEmpty ? nil : Self.phrase(words), address: address))
            case .special(UInt8(ascii: ":")) where !isInGroup && !words.isEmpty:
                return .groupStart(Self.phrase(words))
            case .special, .literal, .end: throw lexer.error("an address has no @ with a domain after it")
            }
        }
    }

    /// After `<`: an optional obsolete route, the address, `>`.
    private mutating func angleAddress() throws(AddressSyntaxError) -> AddrSpec {
        var token = try lexer.next()
        if token == .special(UInt8(ascii: "@")) || token == .special(UInt8(ascii: ",")) {
            try skipRoute(from: token)
            token = try lexer.next()
        }
        var words: [Word] = []
        while true {
            switch token {
            case .atom(let text): words.append(.atom(text))
            case .quoted(let text): words.append(.quoted(text))
            case .special(UInt8(ascii: ".")): words.append(.dot)
            case .special(UInt8(ascii: "@")):
                let address = try addrSpec(words)
                guard try lexer.next() == .special(UInt8(ascii: ">")) else { throw lexer.error("a > is missing") }
                return address
            case .special, .literal, .end: throw lexer.error("angle brackets hold no address")
            }
            token = try lexer.next()
        }
    }

    /// `@a.it,@b.it:` in front of an address (RFC 5322 §4.4), read and forgotten.
    private mutating func skipRoute(from first: AddressLexer.Token) throws(AddressSyntaxError) {
        var token = first
        while true {
            switch token {
            case .special(UInt8(ascii: ",")): token = try lexer.next()
            case .special(UInt8(ascii: "@")):
                _ = try domain()
                token = try lexer.next()
            case .special(UInt8(ascii: ":")): return
            case .atom, .quoted, .literal, .special, .end: throw lexer.error("a route has no colon after it")
            }
        }
    }

    /// The address whose local part was read and whose `@` just was.
    private mutating func addrSpec(_ words: [Word]) throws(AddressSyntaxError) -> AddrSpec {
        var local: [UInt8] = []
        var isWordNext = true
        for word in words {
            switch word {
            case .atom(let text) where isWordNext, .quoted(let text) where isWordNext: local += text
            case .dot where !isWordNext: local.append(UInt8(ascii: "."))
            case .atom, .quoted, .dot: throw lexer.error("the local part of an address is not one word")
            }
            isWordNext.toggle()
        }
        guard !isWordNext, !local.isEmpty, local.count <= AddrSpec.maximumLocalPartOctets else {
            throw lexer.error("the local part of an address is empty, ends with a dot or is too long")
        }
        guard local.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw lexer.error("the local part of an address holds a control character")
        }
        return AddrSpec(
            localPart: String(decoding: local, as: UTF8.self),
            domain: String(decoding: try domain(), as: UTF8.self)
        )
    }

    private mutating func domain() throws(AddressSyntaxError) -> [UInt8] {
        var domain: [UInt8] = []
        var token = try lexer.next()
        if case .literal(let text) = token {
            domain = text
        } else {
            while case .atom(let label) = token {
                domain += label
                token = try lexer.next()
                guard token == .special(UInt8(ascii: ".")) else { break }
                domain.append(UInt8(ascii: "."))
                token = try lexer.next()
            }
            lexer.pushBack(token)
        }
        guard DomainSyntax.isValid(domain) else { throw lexer.error("the domain of an address is none") }
        return domain
    }

    private mutating func expectSeparator() throws(AddressSyntaxError) {
        let token = try lexer.next()
        switch token {
        case .special(UInt8(ascii: ",")), .special(UInt8(ascii: ";")), .end: lexer.pushBack(token)
        case .atom, .quoted, .literal, .special: throw lexer.error("an address is followed by something else")
        }
    }

    /// A display name: its words with one space between, dots where they stood (RFC 5322 §4.1 allows them).
    private static func phrase(_ words: [Word]) -> String {
        var text: [UInt8] = []
        for word in words {
            switch word {
            case .dot: text.append(UInt8(ascii: "."))
            case .atom(let part), .quoted(let part):
                if !text.isEmpty { text.append(UInt8(ascii: " ")) }
                text += part
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
