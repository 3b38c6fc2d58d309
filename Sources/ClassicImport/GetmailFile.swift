// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// What a getmail file says: `[retriever]`, `[destination]`, `[options]`.
struct GetmailFile {
    /// A value with its line.
    struct Value {
        var text: String
        var line: Int
    }

    let file: String
    /// By section and key, both in lower case.
    private(set) var sections: [String: [String: Value]] = [:]
    /// The line of each section.
    private(set) var lines: [String: Int] = [:]
    private(set) var strayLines: [Int] = []

    /// Reads the INI file: `key = value` or `key: value`, lines that begin with a blank go on with the one before.
    init(_ text: String, file: String) {
        self.file = file
        var section = ""
        var key: String?
        for (index, line) in text.textLines.enumerated() {
            let content = line.trimmed
            if content.isEmpty || content.hasPrefix("#") || content.hasPrefix(";") { continue }
            let isBlank = line.unicodeScalars.first == " " || line.unicodeScalars.first == "\t"
            if isBlank, let key {
                sections[section]?[key]?.text += "\n\(content)"
                continue
            }
            if content.hasPrefix("["), content.hasSuffix("]") {
                section = String(content.dropFirst().dropLast()).trimmed.lowercased()
                lines[section] = index + 1
                key = nil
                continue
            }
            guard let mark = content.firstIndex(where: { $0 == "=" || $0 == ":" }), !section.isEmpty else {
                strayLines.append(index + 1)
                continue
            }
            let name = String(content[..<mark]).trimmed.lowercased()
            let value = String(content[content.index(after: mark)...]).trimmed
            sections[section, default: [:]][name] = Value(text: value, line: index + 1)
            key = name
        }
    }

    func text(_ section: String, _ key: String) -> String? { sections[section]?[key]?.text }

    func place(_ section: String, _ key: String? = nil) -> SourcePlace {
        SourcePlace(file, key.flatMap { sections[section]?[$0]?.line } ?? lines[section] ?? 0)
    }

    /// A value of `true`, `yes`, `on`, `1` or their contraries; nil for anything else.
    func flag(_ key: String) -> Bool? {
        switch text("options", key)?.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    /// The addresses among the arguments of a destination's command: `arguments = ("-i", "mario@azienda.it")`.
    var destinationAddresses: [AddrSpec] {
        guard let arguments = text("destination", "arguments") else { return [] }
        return arguments.unicodeScalars.split { "()[]\"', \t\n".unicodeScalars.contains($0) }
            .compactMap { AddrSpec(String($0)) }
    }

    /// The folders that a retriever of IMAP's names: `mailboxes = ("INBOX", "INBOX.Spam")`; none for the INBOX alone. A nil stands for what is
    /// not understood, such as `ALL`.
    var folders: [String?] {
        guard let text = text("retriever", "mailboxes") else { return [] }
        var rest = text.unicodeScalars[...]
        guard rest.popFirst() == "(", rest.popLast() == ")" else { return [nil] }
        var names: [String?] = []
        while let scalar = rest.popFirst() {
            if " \t\r\n,".unicodeScalars.contains(scalar) { continue }
            guard scalar == "\"" || scalar == "'", let end = rest.firstIndex(of: scalar) else { return [nil] }
            let name = String(rest[..<end])
            names.append(name.contains("\\") ? nil : name)
            rest = rest[rest.index(after: end)...]
        }
        return names
    }

    /// True when the command's arguments have places that getmail fills in for each message.
    var hasVariableDestination: Bool { text("destination", "arguments")?.contains("%(") == true }
}
