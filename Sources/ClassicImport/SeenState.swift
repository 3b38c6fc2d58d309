// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What the old programs wrote down of the messages that they fetched.
enum SeenState {
    /// The longest unique identifier that is taken over; RFC 1939 §7 allows 70 octets.
    static let maximumIdentifier = 255

    /// Whose a line of `.fetchids` is; fetchmail compares both in any case.
    struct Owner: Hashable {
        let user: String
        let host: String

        init(_ user: String, _ host: String) {
            self.user = user.lowercased()
            self.host = host.lowercased()
        }
    }

    /// A line of fetchmail's `.fetchids`.
    struct Fetched: Hashable {
        /// The login.
        var user: String
        /// The server as fetchmail names it.
        var host: String
        var uniqueID: String
    }

    /// Reads `.fetchids`: `login@host identifier` a line. The login may have blanks and `@` in it, the identifier an `@`; a line of an
    /// older fetchmail without a host, or with remarks, is left out.
    static func fetchids(_ text: String) -> [Fetched] {
        text.textLines.compactMap { line in
            let content = line.trimmed
            guard let at = content.firstIndex(of: "@"), let space = content[at...].firstIndex(of: " ") else {
                return nil
            }
            let owner = content[..<space]
            guard let host = owner.lastIndex(of: "@"), host > owner.startIndex else { return nil }
            let rest = String(content[space...]).trimmed
            let identifier = rest.unicodeScalars.prefix { $0 != " " && $0 != "\t" }
            let name = String(owner[owner.index(after: host)...])
            guard isIdentifier(String(identifier)), !name.isEmpty else { return nil }
            return Fetched(user: String(owner[..<host]), host: name, uniqueID: String(identifier))
        }
    }

    /// Reads an `oldmail-…` of getmail: identifier, NUL, time, a line each.
    static func oldmail(_ text: String) -> [String] {
        text.textLines.compactMap { line in
            let parts = line.unicodeScalars.split(separator: "\0", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let identifier = String(parts[0]).trimmed
            return isIdentifier(identifier) ? identifier : nil
        }
    }

    /// The name of getmail's file for a mailbox: characters that are no good in names are dashes.
    static func oldmailNames(server: String, port: Int, login: String) -> Set<String> {
        let name = "oldmail-\(server)-\(port)-\(login)"
        var stripped = ""
        var wasStripped = false
        for character in name {
            let isStripped = "/\\:;<>|".contains(character)
            if !isStripped { stripped.append(character) } else if !wasStripped { stripped.append("-") }
            wasStripped = isStripped
        }
        return [stripped, name.replacing("/", with: "-").replacing(":", with: "-")]
    }

    private static func isIdentifier(_ text: String) -> Bool {
        (1...maximumIdentifier).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
}
