// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A command of POP3 (RFC 1939 §5–7, RFC 2449, RFC 2595, RFC 5034).
///
/// ```text
/// C: TOP 1 10
/// S: +OK
/// ```
public enum POP3Command: Hashable, Sendable {
    /// CAPA.
    case capabilities
    /// STLS.
    case startTLS
    /// USER.
    case user(String)
    /// PASS; the password is everything behind the blank, blanks included.
    case pass(Secret)
    /// AUTH with a mechanism and, in base 64, an initial response; `=` stands for an empty one (RFC 5034 §4).
    case authenticate(mechanism: String, initialResponse: Secret?)
    /// STAT.
    case status
    /// LIST, of one message or of all.
    case list(Int?)
    /// UIDL, of one message or of all.
    case uniqueIDs(Int?)
    /// RETR.
    case retrieve(Int)
    /// TOP: the header and so many lines of the body.
    case top(Int, lines: Int)
    /// DELE.
    case delete(Int)
    /// RSET.
    case reset
    /// NOOP.
    case noOperation
    /// QUIT.
    case quit
    /// A command that is known, with arguments that are not right.
    case malformed(String)
    /// Anything else; the word, shortened.
    case unknown(String)
}

extension POP3Command {
    /// Reads a line without its end. Keywords may be in any case.
    public init(line: String) {
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let keyword = parts[0].uppercased()
        let argument = parts.count == 2 ? String(parts[1]) : nil
        let words = argument?.split(separator: " ").map(String.init) ?? []
        switch (keyword, words.count) {
        case ("CAPA", 0): self = .capabilities
        case ("STLS", 0): self = .startTLS
        case ("USER", 1...): self = .user(argument ?? "")
        case ("PASS", _) where argument != nil: self = .pass(Secret(argument ?? ""))
        case ("AUTH", 1): self = .authenticate(mechanism: words[0].uppercased(), initialResponse: nil)
        case ("AUTH", 2): self = .authenticate(mechanism: words[0].uppercased(), initialResponse: Secret(words[1]))
        case ("STAT", 0): self = .status
        case ("LIST", 0): self = .list(nil)
        case ("UIDL", 0): self = .uniqueIDs(nil)
        case ("RSET", 0): self = .reset
        case ("NOOP", 0): self = .noOperation
        case ("QUIT", 0): self = .quit
        case ("LIST", 1), ("UIDL", 1), ("RETR", 1), ("DELE", 1), ("TOP", 2):
            self = Self.numbered(keyword, words.map(Self.number))
        case ("CAPA", _), ("STLS", _), ("USER", _), ("PASS", _), ("AUTH", _), ("STAT", _), ("LIST", _), ("UIDL", _),
            ("RETR", _), ("DELE", _), ("TOP", _), ("RSET", _), ("NOOP", _), ("QUIT", _):
            self = .malformed(keyword)
        default: self = .unknown(String(keyword.prefix(20)))
        }
    }

    /// The line that goes on the wire, without its end; it may show a password.
    public var line: String {
        switch self {
        case .capabilities: "CAPA"
        case .startTLS: "STLS"
        case .user(let login): "USER \(login)"
        case .pass(let password): "PASS \(password.reveal())"
        case .authenticate(let mechanism, nil): "AUTH \(mechanism)"
        case .authenticate(let mechanism, let response?): "AUTH \(mechanism) \(response.reveal())"
        case .status: "STAT"
        case .list(nil): "LIST"
        case .list(let number?): "LIST \(number)"
        case .uniqueIDs(nil): "UIDL"
        case .uniqueIDs(let number?): "UIDL \(number)"
        case .retrieve(let number): "RETR \(number)"
        case .top(let number, let lines): "TOP \(number) \(lines)"
        case .delete(let number): "DELE \(number)"
        case .reset: "RSET"
        case .noOperation: "NOOP"
        case .quit: "QUIT"
        case .malformed(let keyword), .unknown(let keyword): keyword
        }
    }

    private static func numbered(_ keyword: String, _ numbers: [Int?]) -> Self {
        guard let first = numbers[0], first > 0 else { return .malformed(keyword) }
        switch keyword {
        case "LIST": return .list(first)
        case "UIDL": return .uniqueIDs(first)
        case "RETR": return .retrieve(first)
        case "DELE": return .delete(first)
        default:
            guard let lines = numbers[1] else { return .malformed(keyword) }
            return .top(first, lines: lines)
        }
    }

    /// A decimal number without a sign, of nine digits at most; nil for anything else.
    static func number(_ text: String) -> Int? {
        guard (1...9).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
