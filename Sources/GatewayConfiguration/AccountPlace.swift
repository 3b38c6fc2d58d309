// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Yams

/// Where in a configuration's text a further account is put.
///
/// Only block style can be added to line by line; `accounts: []` is made one. What this misjudges the reader of the result sees.
struct AccountPlace {
    /// The line before which the entry is put, from 0; the number of lines for the end.
    var line: Int
    /// Spaces before its dash.
    var indentation: Int
    /// True when the key itself has to be written.
    var needsKey = false
    /// The line whose `[]` is taken away.
    var emptyList: Int?

    /// The place; nil when there is none.
    static func find(in text: String, path: String) -> Self? {
        let findings = Findings(file: path, text: text, checksFiles: false)
        guard case .mapping(let mapping) = YAMLDocument.compose(text, findings: findings) else { return nil }
        let lines = Self.lines(text)
        let keys = mapping.keys.compactMap { key in key.mark.map { (key.string, $0.line - 1) } }
        guard let key = keys.first(where: { $0.0 == "accounts" })?.1, let value = mapping["accounts"] else {
            return Self(line: end(lines, from: keys.map(\.1).max() ?? 0, before: nil), indentation: 2, needsKey: true)
        }
        guard case .sequence(let sequence) = value, let mark = sequence.mark else { return nil }
        if sequence.isEmpty {
            // YAML ends lines at a lone CR too, and counts other lines than these.
            return lines.indices.contains(key) ? Self(line: key + 1, indentation: 2, emptyList: key) : nil
        }
        guard lines.indices.contains(mark.line - 1) else { return nil }
        // In block style nothing but spaces stands before the first dash.
        let line = lines[mark.line - 1]
        guard line.prefix(while: { $0 == 0x20 }).count == mark.column - 1,
            line.dropFirst(mark.column - 1).first == UInt8(ascii: "-")
        else { return nil }
        let next = keys.map(\.1).filter { $0 > key }.min()
        return Self(line: end(lines, from: mark.line - 1, before: next), indentation: mark.column - 1)
    }

    /// The line behind the last one, from `start` to `next`, that is neither empty nor a comment.
    private static func end(_ lines: [ArraySlice<UInt8>], from start: Int, before next: Int?) -> Int {
        var end = start
        for number in start..<max(start, min(next ?? lines.count, lines.count)) {
            let content = lines[number].drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            if lines[number].starts(with: "...".utf8) { break }
            if let first = content.first, first != UInt8(ascii: "#") { end = number }
        }
        return min(end + 1, lines.count)
    }

    private static func lines(_ text: String) -> [ArraySlice<UInt8>] {
        var lines = Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// The text with the entry at this place, its lines ended as the first one is.
    func inserting(_ entry: [String], into text: String) -> String {
        var lines = Self.lines(text)
        let ending: [UInt8] = lines.first?.last == 0x0D ? [0x0D] : []
        if let emptyList { Self.removeBrackets(&lines[emptyList]) }
        if !lines.isEmpty, text.utf8.last != 0x0A { lines[lines.count - 1] += ending }
        let margin = String(repeating: " ", count: indentation)
        let key = needsKey ? ["accounts:"] : []
        let added = key + entry.map { margin + $0 }
        lines.insert(contentsOf: added.map { ArraySlice(Array($0.utf8) + ending) }, at: line)
        return String(decoding: lines.joined(separator: [0x0A]) + [0x0A], as: UTF8.self)
    }

    /// `accounts: []  # none` becomes `accounts:   # none`.
    private static func removeBrackets(_ line: inout ArraySlice<UInt8>) {
        guard let open = line.firstIndex(of: UInt8(ascii: "[")), let close = line.firstIndex(of: UInt8(ascii: "]")),
            open < close
        else { return }
        line.removeSubrange(open...close)
    }
}
