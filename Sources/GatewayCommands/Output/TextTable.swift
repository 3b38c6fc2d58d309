// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Rows with columns under each other.
struct TextTable {
    private var rows: [[String]]

    /// A table with a header; cells lose what would break its lines.
    init(_ header: [String]) {
        rows = [header]
    }

    mutating func add(_ row: [String]) { rows.append(row.map { PlainText.line($0, limit: 120) }) }

    /// A line without columns, below the row before.
    mutating func addNote(_ text: String) { rows.append(["    " + PlainText.line(text, limit: 400)]) }

    var isEmpty: Bool { rows.count == 1 }

    /// The lines, without spaces at their ends.
    var lines: [String] {
        let columns = rows[0].count
        let widths = (0..<columns).map { column in
            rows.filter { $0.count == columns }.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            guard row.count == columns else { return row.joined() }
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < columns - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
