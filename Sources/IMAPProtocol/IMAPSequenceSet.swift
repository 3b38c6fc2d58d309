// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Unique identifiers as commands name them: `1:3,5` (RFC 3501 §9, `sequence-set`).
public struct IMAPSequenceSet: Hashable, Sendable, CustomStringConvertible {
    /// The identifiers, ascending, each once; one at least.
    public let identifiers: [IMAPUID]
    /// The words of the set.
    public let description: String

    /// Cuts `identifiers` into sets whose words have `maximumOctets` at most, so that no command line grows without a bound.
    public static func sets(of identifiers: some Sequence<IMAPUID>, maximumOctets: Int = 4000) -> [IMAPSequenceSet] {
        var sets: [IMAPSequenceSet] = []
        var members: [IMAPUID] = []
        var words = ""
        for range in ranges(Set(identifiers).sorted()) {
            let word = range.count == 1 ? "\(range[0])" : "\(range[0]):\(range[range.count - 1])"
            if !words.isEmpty, words.utf8.count + word.utf8.count >= maximumOctets {
                sets.append(Self(identifiers: members, description: words))
                (members, words) = ([], "")
            }
            members += range
            words += words.isEmpty ? word : ",\(word)"
        }
        if !members.isEmpty { sets.append(Self(identifiers: members, description: words)) }
        return sets
    }

    private static func ranges(_ sorted: [IMAPUID]) -> [[IMAPUID]] {
        var ranges: [[IMAPUID]] = []
        for identifier in sorted {
            if let last = ranges.last?.last, last.rawValue &+ 1 == identifier.rawValue {
                ranges[ranges.count - 1].append(identifier)
            } else {
                ranges.append([identifier])
            }
        }
        return ranges
    }
}
