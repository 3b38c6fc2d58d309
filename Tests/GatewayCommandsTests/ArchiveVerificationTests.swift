// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import MailModel
import MailQueue
import Testing

@testable import GatewayCommands

struct ArchiveVerificationTests {
    private static let start = Timestamp(milliseconds: 1_795_428_000_000)

    /// Three days with three entries each, chained as they are to be.
    private static func archive() -> (entries: [ArchiveEntry], days: [ArchiveDay]) {
        var (entries, days, chain): ([ArchiveEntry], [ArchiveDay], String) = ([], [], ArchiveEntry.firstChain)
        for day in ["2026-11-22", "2026-11-23", "2026-11-24"] {
            for number in 1...3 {
                var entry = ArchiveEntry(
                    day: day,
                    number: number,
                    id: QueueID(arrival: start + .seconds(entries.count)),
                    arrival: start,
                    account: "azienda@pec.it",
                    kind: "accettazione",
                    digest: "00",
                    size: 7,
                    subject: number == 2 ? nil : "x",
                    messageID: "1@pec.it",
                    chain: ""
                )
                chain = hash(entry, after: chain)
                entry.chain = chain
                entries.append(entry)
            }
            days.append(ArchiveDay(day: day, entries: 3, chain: chain, expired: nil))
        }
        return (entries, days)
    }

    private static func hash(_ entry: ArchiveEntry, after chain: String) -> String {
        SHA256.hash(data: Array(entry.chained(after: chain).utf8)).map { octet in
            (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }
        .joined()
    }

    private func verify(
        _ entries: [ArchiveEntry],
        _ days: [ArchiveDay],
        from: String? = nil,
        to: String? = nil,
        damaged: QueueID? = nil
    ) -> (lines: [String], count: Int, summary: [String]) {
        var verification = ArchiveVerification(days: days, from: from, to: to)
        var problems: [ArchiveVerification.Problem] = []
        for entry in entries where from.map({ entry.day >= $0 }) ?? true && to.map({ entry.day <= $0 }) ?? true {
            problems += verification.take(entry, problem: entry.id == damaged ? "damaged" : nil)
        }
        problems += verification.finish()
        return (problems.map(\.line), verification.problems, verification.summary)
    }

    @Test func `an archive that is whole has no problems, and says where its chain ends`() {
        let (entries, days) = Self.archive()
        let found = verify(entries, days)
        #expect(found.lines == [] && found.count == 0)
        #expect(
            found.summary == [
                "9 entries, 63 B: nothing is missing, nothing was changed", "the chain ends in \(days[2].chain)",
            ]
        )
        #expect(verify([], []).count == 0)
    }

    @Test func `part of it proves itself by the day before`() {
        let (entries, days) = Self.archive()
        #expect(verify(entries, days, from: "2026-11-23").count == 0)
        #expect(verify(entries, days, from: "2026-11-23", to: "2026-11-23").count == 0)
        #expect(verify(entries, days, to: "2026-11-22").count == 0)
    }

    @Test func `every single entry that is missing is named`() {
        let (entries, days) = Self.archive()
        for index in entries.indices {
            var fewer = entries
            let gone = fewer.remove(at: index)
            let found = verify(fewer, days)
            #expect(found.lines == ["\(gone.reference): missing"], "\(index)")
            #expect(found.count == 1)
        }
    }

    @Test func `a whole day, or several entries, that are missing count each`() {
        let (entries, days) = Self.archive()
        let without = verify(entries.filter { $0.day != "2026-11-23" }, days)
        #expect(without.lines == ["2026-11-23/1-3: missing"] && without.count == 3)
        let last = verify(entries.filter { $0.day != "2026-11-24" }, days)
        #expect(last.lines == ["2026-11-24/1-3: missing"] && last.count == 3)
        let none = verify([], days)
        #expect(none.count == 9 && none.lines.count == 3)
    }

    @Test func `whatever an entry says, a change of it shows at it`() {
        let (entries, days) = Self.archive()
        let changes: [(inout ArchiveEntry) -> Void] = [
            { $0.subject = "y" }, { $0.subject = nil }, { $0.messageID = nil }, { $0.digest = "01" }, { $0.size = 8 },
            { $0.account = "b@pec.it" }, { $0.kind = "x" }, { $0.arrival = Self.start + .seconds(1) },
            { $0.id = QueueID(arrival: Self.start) },
        ]
        for index in entries.indices {
            for (number, change) in changes.enumerated() {
                var changed = entries
                change(&changed[index])
                guard changed[index] != entries[index] else { continue }
                let found = verify(changed, days)
                #expect(found.count == 1, "\(index) \(number)")
                #expect(found.lines.first?.contains("its chain does not fit") == true)
                #expect(found.lines.first?.hasPrefix(entries[index].reference) == true)
            }
        }
    }

    @Test func `entries that changed places are named, in their day and across days`() {
        for (one, other) in [(0, 1), (3, 5), (2, 3), (0, 8)] {
            let (entries, days) = Self.archive()
            // Each takes the other's place: the day and the number stay, what it says goes along, its chain too or not.
            for keepsChain in [false, true] {
                var (first, second) = (entries[other], entries[one])
                (first.day, first.number) = (entries[one].day, entries[one].number)
                (second.day, second.number) = (entries[other].day, entries[other].number)
                if keepsChain { (first.chain, second.chain) = (entries[one].chain, entries[other].chain) }
                var changed = entries
                (changed[one], changed[other]) = (first, second)
                let lines = verify(changed, days).lines
                for place in [one, other] {
                    let reference = "\(changed[place].day)/\(changed[place].number)"
                    #expect(lines.contains { $0.hasPrefix(reference) }, "\(one) \(other): \(lines)")
                }
            }
        }
    }

    @Test func `an archive whose end is cut off, its list of days too, ends in another chain`() {
        let (entries, days) = Self.archive()
        let found = verify(Array(entries.prefix(6)), Array(days.prefix(2)))
        #expect(found.summary.last == "the chain ends in \(days[1].chain)" && days[1].chain != days[2].chain)
        #expect(verify(Array(entries.prefix(8)), days).lines == ["2026-11-24/3: missing"])
    }

    @Test func `a chain made again from a changed entry on ends elsewhere than the day did`() {
        var (entries, days) = Self.archive()
        entries[4].subject = "forged"
        var chain = entries[3].chain
        for index in 4..<6 {
            chain = Self.hash(entries[index], after: chain)
            entries[index].chain = chain
        }
        let lines = verify(entries, days).lines
        #expect(lines.contains { $0.hasPrefix("2026-11-23: its last chain") })
        // Even with the day's own row forged the next day does not fit.
        days[1].chain = chain
        #expect(verify(entries, days).lines.map { $0.prefix(12) } == ["2026-11-24/1"])
    }

    @Test func `octets that changed are told beside a chain that fits`() {
        let (entries, days) = Self.archive()
        let found = verify(entries, days, damaged: entries[5].id)
        #expect(found.lines == ["2026-11-23/3 \(entries[5].id): damaged"])
        #expect(found.summary == ["9 entries read, 63 B"])
    }

    @Test func `an entry that was slipped in is told`() {
        var (entries, days) = Self.archive()
        entries.insert(entries[1], at: 2)
        #expect(verify(entries, days).lines.contains { $0.contains("stands twice") })
        entries = Self.archive().entries
        var stranger = entries[8]
        stranger.day = "2026-11-25"
        stranger.number = 1
        days = Self.archive().days
        #expect(
            verify(entries + [stranger], days).lines.contains { $0.hasPrefix("2026-11-25: the archive's list of days") }
        )
    }

    @Test func `what came while it was read is left to the next time`() {
        let (entries, days) = Self.archive()
        let verification = ArchiveVerification(days: days, from: nil, to: nil)
        #expect(entries.allSatisfy(verification.knows))
        var more = entries[8]
        more.number = 4
        #expect(!verification.knows(more))
        (more.day, more.number) = ("2026-11-25", 1)
        #expect(!verification.knows(more))
        #expect(!ArchiveVerification(days: [], from: nil, to: nil).knows(entries[0]))
    }

    @Test func `a day that is taken out while it is read is no problem, one that is not is`() {
        let (entries, days) = Self.archive()
        var now = days
        now[0].expired = Self.start
        // The first day goes behind its first entry; the second lacks an entry.
        for (gone, count) in [([1, 2], 0), ([1, 2, 4], 1), ([0, 1, 2], 0)] {
            var verification = ArchiveVerification(days: days, from: nil, to: nil)
            var lines: [String] = []
            for (index, entry) in entries.enumerated() where !gone.contains(index) {
                lines += verification.excuse(verification.take(entry, problem: nil), now).map(\.line)
            }
            lines += verification.excuse(verification.finish(), now).map(\.line)
            #expect(verification.problems == count)
            #expect(lines == (count == 0 ? [] : ["2026-11-23/2: missing"]))
        }
    }

    @Test func `days taken out after their time are counted and their last chain goes on`() {
        let (entries, days) = Self.archive()
        var expired = days
        expired[0].expired = Self.start
        let found = verify(entries.filter { $0.day != "2026-11-22" }, expired)
        #expect(found.count == 0)
        #expect(found.summary[0].hasSuffix("nothing was changed; 1 day taken out after their time"))
        expired[0].chain = "00"
        #expect(verify(entries.filter { $0.day != "2026-11-22" }, expired).count == 1)
    }
}
