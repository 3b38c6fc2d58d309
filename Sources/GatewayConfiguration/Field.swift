// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// One value of the file with its place and the path of its key.
struct Field {
    let path: String
    let node: Node
    let keyPosition: Position
    let findings: Findings

    var position: Position { Position(node.mark) }

    func mistake(_ message: String) { findings.mistake(position, path, message) }

    func warning(_ message: String) { findings.warning(position, path, message) }

    /// Reports that what stands here is not what is expected; for use as the last step of a reader that then has nothing.
    func wrong<Value>(_ expected: String, as type: Value.Type = Value.self) -> Value? {
        mistake("found \(found), expected \(expected)")
        return nil
    }

    /// What stands here, in words.
    var found: String {
        switch node {
        case .scalar(let scalar): isNothing ? "nothing" : findings.show(scalar.string, at: position)
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    var isNothing: Bool {
        guard case .scalar(let scalar) = node else { return false }
        return scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// A scalar's text, whatever its type in YAML.
    func text(_ expected: String) -> String? {
        guard case .scalar(let scalar) = node, !isNothing, !scalar.string.isEmpty else { return wrong(expected) }
        guard scalar.string.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            mistake("found a text with line ends or control characters, expected \(expected)")
            return nil
        }
        return scalar.string
    }

    /// A mapping, to be read key by key.
    func section(_ expected: String) -> Section? {
        guard case .mapping(let mapping) = node else { return wrong(expected) }
        return Section(mapping, path: path, position: position, findings: findings)
    }

    /// The elements of a list, which may be empty.
    func list(_ expected: String) -> [Field]? {
        guard case .sequence(let sequence) = node else { return wrong(expected) }
        return sequence.enumerated().map { index, node in
            Field(path: "\(path)[\(index)]", node: node, keyPosition: Position(node.mark), findings: findings)
        }
    }

    func boolean() -> Bool? {
        switch text("true or false") {
        case "true": true
        case "false": false
        case nil: nil
        default: wrong("true or false")
        }
    }

    func integer(_ range: ClosedRange<Int>) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = text(expected) else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text), range.contains(value) else {
            return wrong(expected)
        }
        return value
    }

    /// One of the words that `Choice` knows.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type = Choice.self) -> Choice? {
        let words = Choice.allCases.map(\.rawValue)
        let expected = "one of: \(words.joined(separator: ", "))"
        guard let text = text(expected) else { return nil }
        if let value = Choice(rawValue: text) { return value }
        let near = Similarity.nearest(to: text, among: words).map { " (did you mean '\($0)'?)" } ?? ""
        return wrong(expected + near)
    }
}
