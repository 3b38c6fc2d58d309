// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A status response or the end of a command (RFC 3501 §7.1), with its response code.
///
/// ```text
/// S: A3 NO [OVERQUOTA] Quota exceeded
/// ```
public struct IMAPStatus: Hashable, Sendable, CustomStringConvertible {
    /// What the status says.
    public enum Condition: String, Hashable, Sendable {
        /// It went well, or is information.
        case ok = "OK"
        /// It did not, or is a warning.
        case no = "NO"
        /// The command was not understood.
        case bad = "BAD"
        /// The session is logged in already; a greeting alone says so.
        case preAuthenticated = "PREAUTH"
        /// The server closes the connection.
        case bye = "BYE"
    }

    /// A response code: `[UIDVALIDITY 3857529045]`.
    public struct Code: Hashable, Sendable {
        /// Its name in capitals.
        public var name: String
        /// What stands behind the name, control characters replaced; empty where nothing does.
        public var argument: String

        /// A code.
        public init(_ name: String, _ argument: String = "") {
            self.name = name
            self.argument = argument
        }
    }

    /// What it says.
    public var condition: Condition
    /// The response code, if there is one.
    public var code: Code?
    /// The text behind, control characters replaced, shortened to 500 characters.
    public var text: String

    /// A status.
    public init(_ condition: Condition, code: Code? = nil, _ text: String = "") {
        self.condition = condition
        self.code = code
        self.text = text
    }

    /// Reads what stands behind the tag or star; nil when it is no status.
    init?(line: Substring) {
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let condition = Condition(rawValue: parts[0].uppercased()) else { return nil }
        self.condition = condition
        var rest = parts.count == 2 ? parts[1] : ""
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            let words = rest[rest.index(after: rest.startIndex)..<end]
                .split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            if let name = words.first {
                code = Code(
                    Self.printable(name.prefix(60).uppercased()),
                    words.count == 2 ? Self.printable(String(words[1].prefix(8000))) : ""
                )
            }
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
        }
        text = Self.printable(String(rest.unicodeScalars.prefix(500)))
    }

    /// True for OK.
    public var isOK: Bool { condition == .ok }

    /// As the server wrote it, without tag and line end.
    public var description: String {
        let code = code.map { "[\($0.name)\($0.argument.isEmpty ? "" : " \($0.argument.prefix(200))")]" }
        return [condition.rawValue, code ?? "", text].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// True when the words say that the mailbox is full (RFC 5530 §3, OVERQUOTA).
    public var saysMailboxFull: Bool {
        if code?.name == "OVERQUOTA" { return true }
        let words = text.lowercased()
        return ["over quota", "overquota", "quota exceeded", "mailbox full", "mailbox is full", "casella piena"]
            .contains { words.contains($0) }
    }

    /// `text` with a question mark for each control character: what a server says never steers a terminal.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }
}
