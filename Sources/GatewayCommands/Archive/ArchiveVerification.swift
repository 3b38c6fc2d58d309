// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Crypto
internal import MailModel
internal import MailQueue

/// Follows the entries of an archive in their order and finds what is missing or changed.
struct ArchiveVerification {
    /// Something that is not as it was written.
    struct Problem: Hashable {
        var day: String
        /// The first entry's number; nil for the day as a whole.
        var number: Int?
        /// The last one's, where several are missing.
        var last: Int?
        var id: QueueID?
        var words: String

        var line: String {
            let place = number.map { "\(day)/\($0)\(last.map { "-\($0)" } ?? "")" } ?? day
            return "\(place)\(id.map { " \($0)" } ?? ""): \(PlainText.line(words, limit: 400))"
        }

        var json: JSONValue {
            .object([
                ("day", .string(day)), ("number", number.map { .integer($0) } ?? .null),
                ("last", (last ?? number).map { .integer($0) } ?? .null), ("id", .optional(id?.description)),
                ("problem", .string(words)),
            ])
        }

        /// How many entries it is about.
        var count: Int { (last ?? number ?? 1) - (number ?? 1) + 1 }
    }

    private var days: ArraySlice<ArchiveDay>
    private let expired: [ArchiveDay]
    /// The last day with entries when the list of days was read.
    private let last: ArchiveDay?
    /// The day whose entries come, and what is known of it.
    private var day: ArchiveDay?
    private var next = 1
    private var chain: String
    private var entries = 0
    private var octets = 0
    private(set) var problems = 0

    /// Follows the entries of `days` (all that the archive knows, oldest first) from one day to another; nil for its ends.
    init(days: [ArchiveDay], from: String?, to: String?) {
        let asked = days.filter { day in (from.map { day.day >= $0 } ?? true) && (to.map { day.day <= $0 } ?? true) }
        expired = asked.filter { $0.expired != nil }
        self.days = asked.filter { $0.expired == nil }[...]
        last = self.days.last
        let first = self.days.first?.day
        chain = days.last { day in first.map { day.day < $0 } ?? false }?.chain ?? ArchiveEntry.firstChain
    }

    /// False for an entry that came after the list of days was read: the next verification takes it.
    func knows(_ entry: ArchiveEntry) -> Bool {
        guard let last else { return false }
        return (entry.day, entry.number) <= (last.day, last.entries)
    }

    /// Leaves out of `found` what is about days that were taken out after their time while the archive was read, as `days` say by now.
    mutating func excuse(_ found: [Problem], _ days: [ArchiveDay]) -> [Problem] {
        let expired = Set(days.filter { $0.expired != nil }.map(\.day))
        let left = found.filter { !expired.contains($0.day) }
        problems -= found.reduce(0) { $0 + $1.count } - left.reduce(0) { $0 + $1.count }
        return left
    }

    /// Takes the next entry; `problem` is what was found in its octets.
    mutating func take(_ entry: ArchiveEntry, problem: String?) -> [Problem] {
        var found: [Problem] = []
        while day?.day != entry.day {
            found += endDay()
            // A day that ended without its entries is told of by `endDay`.
            guard let known = days.first, known.day <= entry.day else {
                found.append(Problem(day: entry.day, words: "the archive's list of days does not know this day"))
                day = ArchiveDay(day: entry.day, entries: 0, chain: "", expired: nil)
                break
            }
            day = days.removeFirst()
        }
        if entry.number > next { found.append(missing(next, entry.number - 1, of: entry.day)) }
        if entry.number < next {
            found.append(Problem(day: entry.day, number: entry.number, id: entry.id, words: "its number stands twice"))
        }
        let isChained = Hexadecimal.lowerCase(SHA256.hash(data: Array(entry.chained(after: chain).utf8))) == entry.chain
        // Behind a gap a chain that does not fit says nothing of the entry itself.
        if !isChained, entry.number == next {
            found.append(
                Problem(
                    day: entry.day,
                    number: entry.number,
                    id: entry.id,
                    words: "its chain does not fit: what it says was changed, or an entry before it was"
                )
            )
        }
        if let problem { found.append(Problem(day: entry.day, number: entry.number, id: entry.id, words: problem)) }
        if let day, entry.number == day.entries, entry.chain != day.chain {
            found.append(
                Problem(day: day.day, words: "its last chain is not the one that the archive's list of days has")
            )
        }
        (next, chain, entries, octets) = (entry.number + 1, entry.chain, entries + 1, octets + entry.size)
        problems += found.reduce(0) { $0 + $1.count }
        return found
    }

    /// No more entries come.
    mutating func finish() -> [Problem] {
        var found = endDay()
        while !days.isEmpty {
            day = days.removeFirst()
            found += endDay()
        }
        problems += found.reduce(0) { $0 + $1.count }
        return found
    }

    /// What is said at the end to a person.
    var summary: [String] {
        let gone = expired.isEmpty ? "" : "; \(PlainText.count(expired.count, "day")) taken out after their time"
        let words = PlainText.count(entries, "entry", "entries")
        guard problems == 0 else { return ["\(words) read, \(ByteCount(octets: octets))\(gone)"] }
        return [
            "\(words), \(ByteCount(octets: octets)): nothing is missing, nothing was changed\(gone)",
            "the chain ends in \(chain)",
        ]
    }

    private mutating func endDay() -> [Problem] {
        guard let ended = day else { return [] }
        day = nil
        defer { next = 1 }
        guard next <= ended.entries else { return [] }
        let problem = missing(next, ended.entries, of: ended.day)
        chain = ended.chain
        return [problem]
    }

    private func missing(_ first: Int, _ last: Int, of day: String) -> Problem {
        Problem(day: day, number: first, last: last > first ? last : nil, words: "missing")
    }
}
