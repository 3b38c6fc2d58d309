// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Finds what somebody meant who mistyped a word.
package enum Similarity {
    /// The known word that is nearest to `word`; nil when none is near enough.
    package static func nearest(to word: String, among known: [String]) -> String? {
        guard word.utf8.count <= 40 else { return nil }
        let lower = Array(word.lowercased().utf8)
        let near = known.map { ($0, distance(lower, Array($0.lowercased().utf8))) }
            .filter { $0.1 <= max(1, min(3, $0.0.utf8.count / 3)) }
        return near.min { $0.1 < $1.1 }?.0
    }

    /// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var rows = [Array(0...right.count)]
        for (i, octet) in left.enumerated() {
            var row = [i + 1]
            for (j, other) in right.enumerated() {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (octet == other ? 0 : 1))
                if i > 0, j > 0, octet == right[j - 1], left[i - 1] == other {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
