// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What `main.cf` says: parameters with their places, and their values with every `$name` filled in.
///
/// ```text
/// relay_domains = azienda.it,
///     azienda.eu
/// mydestination = localhost.$mydomain, ${relay_domains?{none}:{localhost}}
/// ```
struct PostfixParameters {
    /// How deep parameters may name each other.
    static let maximumDepth = 20
    /// How long a value may become, what it is made of included.
    static let maximumCharacters = 65_536
    /// The most parameters; Postfix itself has about a thousand.
    static let maximumParameters = 5000

    /// Why a value cannot be told.
    enum Failure: Error, Hashable {
        case tooDeep
        case tooLong
        case unfinished
    }

    let file: String
    private(set) var entries: [String: LogicalLine] = [:]
    /// Lines that are no parameters.
    private(set) var strayLines: [Int] = []
    /// The names that values name: `b` in `a = $b`.
    private(set) var named: Set<String> = []

    /// What Postfix takes unless told otherwise, of what is asked for here.
    private static let defaults = [
        "myorigin": "$myhostname", "inet_interfaces": "all", "queue_directory": "/var/spool/postfix",
        "default_database_type": "hash", "relay_transport": "relay",
    ]

    init(_ text: String, file: String, directory: String) {
        self.file = file
        entries["config_directory"] = LogicalLine(text: directory, line: 0)
        for line in PostfixLines.split(text) {
            let scalars = line.text.unicodeScalars
            guard let equals = scalars.firstIndex(of: "=") else {
                strayLines.append(line.line)
                continue
            }
            let name = String(scalars[..<equals]).trimmed
            guard !name.isEmpty, name.unicodeScalars.allSatisfy(Self.isNameScalar) else {
                strayLines.append(line.line)
                continue
            }
            entries[name] = LogicalLine(
                text: String(scalars[scalars.index(after: equals)...]).trimmed,
                line: line.line
            )
        }
        for entry in entries.values { named.formUnion(Self.names(in: entry.text)) }
    }

    /// What stands behind a `$`, in braces or not.
    private static func names(in text: String) -> [String] {
        text.unicodeScalars.split(separator: "$", omittingEmptySubsequences: false).dropFirst().map { part in
            String(part.drop { $0 == "{" || $0 == "(" }.prefix(while: isNameScalar))
        }
    }

    /// Where the parameter is set.
    func place(_ name: String) -> SourcePlace { SourcePlace(file, entries[name]?.line ?? 0) }

    /// True when the file itself sets it.
    func isSet(_ name: String) -> Bool { (entries[name]?.line ?? 0) > 0 }

    /// The value; empty when nothing is known of the parameter.
    func value(_ name: String) throws(Failure) -> String {
        var budget = Self.maximumCharacters
        return try value(name, depth: 0, &budget)
    }

    static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }

    private func value(_ name: String, depth: Int, _ budget: inout Int) throws(Failure) -> String {
        if let entry = entries[name] { return try expand(entry.text, depth: depth, &budget) }
        if name == "mydomain" {
            let host = try value("myhostname", depth: depth + 1, &budget).split(separator: ".")
            return host.count > 2 ? host.dropFirst().joined(separator: ".") : host.joined(separator: ".")
        }
        return try expand(Self.defaults[name] ?? "", depth: depth, &budget)
    }

    private func expand(_ text: String, depth: Int, _ budget: inout Int) throws(Failure) -> String {
        guard depth <= Self.maximumDepth else { throw .tooDeep }
        budget -= text.utf8.count
        guard budget > 0 else { throw .tooLong }
        let scalars = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        var index = 0
        while index < scalars.count {
            guard scalars[index] == "$", index + 1 < scalars.count else {
                result.append(scalars[index])
                index += 1
                continue
            }
            index += 1
            switch scalars[index] {
            case "$":
                result.append("$")
                index += 1
            case "{", "(":
                guard let end = Self.closing(scalars, from: index) else { throw .unfinished }
                result += try conditional(Array(scalars[(index + 1)..<end]), depth: depth, &budget).unicodeScalars
                index = end + 1
            default:
                let end = scalars[index...].firstIndex { !Self.isNameScalar($0) } ?? scalars.count
                let name = String(String.UnicodeScalarView(scalars[index..<end]))
                result += try value(name, depth: depth + 1, &budget).unicodeScalars
                index = end
            }
        }
        return String(result)
    }

    /// `name`, `name?text`, `name:text`, `name?{text}:{text}`.
    private func conditional(
        _ scalars: [Unicode.Scalar],
        depth: Int,
        _ budget: inout Int
    ) throws(Failure) -> String {
        let end = scalars.firstIndex { !Self.isNameScalar($0) } ?? scalars.count
        let value = try value(String(String.UnicodeScalarView(scalars[..<end])), depth: depth + 1, &budget)
        guard end < scalars.count else { return value }
        var choices: [[Unicode.Scalar]] = []
        let rest = Array(scalars[(end + 1)...])
        if rest.first == "{", let close = Self.closing(rest, from: 0) {
            choices = [Array(rest[1..<close])]
            let tail = Array(rest[(close + 1)...].drop { $0 == " " })
            if tail.first == ":", tail.count > 1, tail[1] == "{", let other = Self.closing(tail, from: 1) {
                choices.append(Array(tail[2..<other]))
            }
        } else {
            choices = [rest]
        }
        let isChosen = (scalars[end] == "?") == !value.isEmpty
        guard scalars[end] == "?" || scalars[end] == ":",
            let choice = isChosen ? choices.first : choices.dropFirst().first
        else { return "" }
        return try expand(String(String.UnicodeScalarView(choice)), depth: depth + 1, &budget).trimmed
    }

    private static func closing(_ scalars: [Unicode.Scalar], from start: Int) -> Int? {
        let (open, close): (Unicode.Scalar, Unicode.Scalar) = scalars[start] == "{" ? ("{", "}") : ("(", ")")
        var depth = 0
        for index in start..<scalars.count {
            if scalars[index] == open { depth += 1 }
            if scalars[index] == close {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }
}
