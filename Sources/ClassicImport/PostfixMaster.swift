// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What `master.cf` says of the ports on which Postfix's `smtpd` listens, or `postscreen` for it.
///
/// ```text
/// smtp      inet  n       -       y       -       -       smtpd
/// 10.0.0.2:2525 inet n    -       n       -       -       smtpd -o smtpd_relay_restrictions=permit_mynetworks,reject
/// ```
struct PostfixMaster {
    /// A port.
    struct Port: Hashable {
        /// The address; nil for those of `inet_interfaces`.
        var host: String?
        var port: Int
        /// Parameters that stand behind `-o`.
        var options: [String: String]
        var line: Int
    }

    private(set) var ports: [Port] = []
    /// Lines with a port that could not be understood.
    private(set) var strayLines: [Int] = []

    private static let services = ["smtp": 25, "smtps": 465, "submissions": 465, "submission": 587]

    init(_ text: String) {
        for line in PostfixLines.split(text) {
            let words = PostfixLines.list(line.text.replacing(",", with: "\u{1}"))
                .map { $0.replacing("\u{1}", with: ",") }
            guard words.count >= 8, words[1] == "inet", ["smtpd", "postscreen"].contains(words[7]) else { continue }
            guard let (host, port) = Self.address(words[0]) else {
                strayLines.append(line.line)
                continue
            }
            ports.append(
                Port(host: host, port: port, options: Self.options(words.dropFirst(8)), line: line.line)
            )
        }
    }

    private static func address(_ text: String) -> (String?, Int)? {
        let colon = text.lastIndex(of: ":")
        let name = colon.map { String(text[text.index(after: $0)...]) } ?? text
        guard let port = services[name] ?? Int(name), (1...65_535).contains(port) else { return nil }
        guard let colon else { return (nil, port) }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return (host.isEmpty ? nil : String(host), port)
    }

    private static func options(_ words: ArraySlice<String>) -> [String: String] {
        var options: [String: String] = [:]
        var isOption = false
        for word in words {
            if word == "-o" {
                isOption = true
                continue
            }
            var text = word
            if !isOption, word.hasPrefix("-o") { text = String(word.dropFirst(2)) } else if !isOption { continue }
            isOption = false
            if text.hasPrefix("{"), text.hasSuffix("}") { text = String(text.dropFirst().dropLast()).trimmed }
            guard let equals = text.firstIndex(of: "=") else { continue }
            options[String(text[..<equals]).trimmed] = String(text[text.index(after: equals)...]).trimmed
        }
        return options
    }
}
