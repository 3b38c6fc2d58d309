// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// Turns the text into a tree of nodes with their places.
///
/// Yams stops at a key that stands twice, and its message shows the whole file, passwords included. So the first of the two is given another
/// name of the same width and the text is read again: the other mistakes are then reported too, at their right places.
enum YAMLDocument {
    /// How many doubled keys are followed before the rest of the file is left unread.
    static let maximumDuplicates = 50

    /// The tree; nil when there is none, with the reason among the findings.
    static func compose(_ text: String, findings: Findings) -> Node? {
        var scalars = Array(text.unicodeScalars)
        for round in 0..<maximumDuplicates {
            do {
                let node = try Yams.compose(yaml: round == 0 ? text : string(scalars))
                if node == nil { findings.mistake(.start, "", "found nothing, expected a configuration") }
                return node
            } catch let error as YamlError {
                guard case .duplicatedKeysInMapping(let keys, let context) = error else {
                    report(error, findings)
                    return nil
                }
                let position = Position(context.mark)
                guard let key = keys.first, rename(key, at: position, round, &scalars, findings) else {
                    findings.mistake(position, "", "found a key that stands twice in one mapping, expected it once")
                    return nil
                }
            } catch {
                findings.mistake(.start, "", "cannot be read as YAML")
                return nil
            }
        }
        findings.mistake(.start, "", "found more than \(maximumDuplicates) keys that stand twice")
        return nil
    }

    /// Puts a name that stands nowhere else over the key at `position`; false when the key is not spelt there as it is read.
    private static func rename(
        _ key: String,
        at position: Position,
        _ round: Int,
        _ scalars: inout [Unicode.Scalar],
        _ findings: Findings
    ) -> Bool {
        guard var start = offset(of: position, in: scalars), !key.isEmpty, let mark = Unicode.Scalar(0xE000 + round)
        else {
            return false
        }
        if start < scalars.count, scalars[start] == "\"" || scalars[start] == "'" { start += 1 }
        let width = key.unicodeScalars.count
        guard start + width <= scalars.count, scalars[start..<start + width].elementsEqual(key.unicodeScalars) else {
            return false
        }
        let name = [Unicode.Scalar](repeating: mark, count: width)
        scalars.replaceSubrange(start..<start + width, with: name)
        findings.duplicates[string(name)] = key
        return true
    }

    private static func offset(of position: Position, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var start = 0
        while line < position.line {
            guard let end = scalars[start...].firstIndex(of: "\n") else { return nil }
            start = end + 1
            line += 1
        }
        let result = start + position.column - 1
        return result < scalars.count ? result : nil
    }

    private static func string(_ scalars: [Unicode.Scalar]) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    /// Reports what Yams says, without what it shows of the file.
    private static func report(_ error: YamlError, _ findings: Findings) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = context.map { " (\($0.text) in line \($0.mark.line))" } ?? ""
            let hint =
                problem.contains("cannot start any token")
                ? "; indent with spaces, not tabs, and put such text into quotes" : ""
            findings.mistake(Position(mark), "", "not YAML: \(problem)\(place)\(hint)")
        case .reader(let problem, _, _, _): findings.mistake(.start, "", "not YAML: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, .duplicatedKeysInMapping:
            findings.mistake(.start, "", "cannot be read as YAML")
        }
    }
}

extension Position {
    init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }

    init(_ mark: Mark?) {
        self = mark.map(Position.init) ?? .start
    }
}
