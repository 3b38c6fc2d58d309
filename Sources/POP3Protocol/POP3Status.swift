// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The first line of a response (RFC 1939 §3) with its response code (RFC 2449 §8).
///
/// ```text
/// S: -ERR [IN-USE] Do you have another POP session running?
/// ```
public struct POP3Status: Hashable, Sendable, CustomStringConvertible {
    /// What a response code says.
    public enum Code: Hashable, Sendable {
        /// `IN-USE`: another session holds the maildrop (RFC 2449 §8.1.2).
        case inUse
        /// `LOGIN-DELAY`: the last login was too short a time ago (RFC 2449 §8.1.1).
        case loginDelay
        /// `SYS/TEMP`: the server's own trouble, for now (RFC 3206 §4).
        case systemTemporary
        /// `SYS/PERM`: the server's own trouble, until a person mends it (RFC 3206 §4).
        case systemPermanent
        /// `AUTH`: the credentials are the trouble (RFC 3206 §5).
        case authentication
        /// Any other, upper case.
        case other(String)
    }

    /// True for `+OK`, false for `-ERR`.
    public var isPositive: Bool
    /// The response code, if there is one.
    public var code: Code?
    /// The text behind, without the code, control characters replaced.
    public var text: String

    /// A status.
    public init(isPositive: Bool, code: Code? = nil, text: String) {
        self.isPositive = isPositive
        self.code = code
        self.text = text
    }

    /// Reads a line without its end; nil unless it begins with `+OK` or `-ERR`.
    public init?(line: String) {
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        switch parts[0].uppercased() {
        case "+OK": isPositive = true
        case "-ERR": isPositive = false
        default: return nil
        }
        var rest = parts.count == 2 ? parts[1] : ""
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            code = Self.code(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
        }
        text = POP3ServerMachine.printable(String(rest.prefix(500)))
    }

    /// The line as the server wrote it, without its end.
    public var description: String {
        let sign = isPositive ? "+OK" : "-ERR"
        let words = [sign, code.map { "[\(Self.word($0))]" } ?? "", text]
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func code(_ word: Substring) -> Code {
        switch word.uppercased() {
        case "IN-USE": .inUse
        case "LOGIN-DELAY": .loginDelay
        case "SYS/TEMP": .systemTemporary
        case "SYS/PERM": .systemPermanent
        case "AUTH": .authentication
        case let other: .other(POP3ServerMachine.printable(String(other.prefix(40))))
        }
    }

    private static func word(_ code: Code) -> String {
        switch code {
        case .inUse: "IN-USE"
        case .loginDelay: "LOGIN-DELAY"
        case .systemTemporary: "SYS/TEMP"
        case .systemPermanent: "SYS/PERM"
        case .authentication: "AUTH"
        case .other(let word): word
        }
    }
}

extension POP3Status {
    /// True when the words say that the mailbox is full. Providers say it in greetings, logins and refusals alike.
    public var saysMailboxFull: Bool {
        let words = description.lowercased()
        return [
            "[quota", "over quota", "overquota", "quota exceeded", "mailbox full", "mailbox is full", "casella piena",
        ]
        .contains { words.contains($0) }
    }

    /// What a refusal of greeting or login means. Without a response code the words decide; what they do not settle is a refused
    /// login only when it answers a password.
    func failureCode(answersPassword: Bool) -> POP3Failure.Code {
        switch code {
        case .inUse: return .inUse
        case .loginDelay: return .loginDelay
        case .systemTemporary, .systemPermanent: return .refused
        case .authentication: return .loginRefused
        case .other, nil: break
        }
        let words = text.lowercased()
        func says(_ phrases: String...) -> Bool { phrases.contains { words.contains($0) } }
        if says("lock", "in use", "already", "busy", "another session") { return .inUse }
        if says("too often", "too frequent", "login delay", "minimum interval") { return .loginDelay }
        if says("temporar", "try again", "try later", "unavailable", "too many", "internal", "riprova") {
            return .refused
        }
        return answersPassword ? .loginRefused : .refused
    }
}
