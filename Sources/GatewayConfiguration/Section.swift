// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// A mapping of the file while it is read: keys are asked for, and those that nobody asked for are mistakes.
struct Section {
    let path: String
    let position: Position
    let findings: Findings
    private var fields: [String: Field] = [:]
    private var order: [String] = []
    private var known: [String] = []
    private var missing: [(key: String, expected: String)] = []

    init(_ mapping: Node.Mapping, path: String, position: Position, findings: Findings) {
        self.path = path
        self.position = position
        self.findings = findings
        for (key, value) in mapping {
            let place = Position(key.mark)
            guard case .scalar(let scalar) = key else {
                findings.mistake(place, path, "found a list or a mapping as a key, expected a name")
                continue
            }
            order.append(scalar.string)
            fields[scalar.string] = Field(
                path: joined(scalar.string),
                node: value,
                keyPosition: place,
                findings: findings
            )
        }
        reportDuplicates()
    }

    /// The field of this key, if it is there.
    mutating func field(_ key: String) -> Field? {
        if !known.contains(key) { known.append(key) }
        return fields[key]
    }

    /// The field of this key; its absence is a mistake.
    mutating func required(_ key: String, _ expected: String) -> Field? {
        if let field = field(key) { return field }
        missing.append((key, expected))
        return nil
    }

    /// Reports the keys that nobody asked for, and the required ones that are not there under any near spelling.
    func finish() {
        var mistyped: [String] = []
        for key in order where !known.contains(key) && findings.duplicates[key] == nil {
            guard let place = fields[key]?.keyPosition else { continue }
            if key == "<<" {
                findings.mistake(place, path, "found a merge key '<<', expected the keys themselves")
            } else if let near = Similarity.nearest(to: key, among: known) {
                mistyped.append(near)
                findings.mistake(place, joined(key), "unknown key (did you mean '\(near)'?)")
            } else {
                findings.mistake(place, joined(key), "unknown key, expected one of: \(known.joined(separator: ", "))")
            }
        }
        for (key, expected) in missing where !mistyped.contains(key) {
            findings.mistake(position, path, "found no key '\(key)', expected it with \(expected)")
        }
    }

    /// The names in the order of the file, where the author chooses them.
    mutating func everyField() -> [(name: String, field: Field)] {
        let names = order.filter { findings.duplicates[$0] == nil }
        known += names
        return names.compactMap { name in fields[name].map { (name, $0) } }
    }

    private func joined(_ key: String) -> String {
        // A key that looks like none may be a part of something else that slipped here.
        let isWord = key.utf8.allSatisfy { octet in
            (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet | 0x20) || "-_.<".utf8.contains(octet)
        }
        let isShown = isWord && key.utf8.count <= 60 && !findings.concealed.contains(key)
        let name = isShown ? key : "(a key, not shown)"
        return path.isEmpty ? name : "\(path).\(name)"
    }

    private func reportDuplicates() {
        for (alias, key) in findings.duplicates {
            guard let first = fields[alias], let second = fields[key] else { continue }
            findings.mistake(
                second.keyPosition,
                joined(key),
                "found the key twice (first in line \(first.keyPosition.line)), expected it once"
            )
        }
    }
}
