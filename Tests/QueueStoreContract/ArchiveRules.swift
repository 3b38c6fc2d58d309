// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import MailModel
import MailQueue

import struct NIOCore.ByteBuffer

extension QueueStoreContract {
    static let archiveRules = entryRules + packingRules + expiryRules

    private static let entryRules = [
        Rule("a certified message makes an entry that says what it is, other mail makes none") { open in
            let store = try await open()
            var arrival = Certified.arrival("uno")
            arrival.message.trace = "X-Ceralacca-PEC: kind=accettazione\r\n"
            arrival.message.size += arrival.message.trace.utf8.count
            arrival.message.subject = "=?utf-8?Q?citt=C3=A0?="
            arrival.message.messageID = "uno@azienda.it"
            _ = try await store.insert(Sample.arrival())
            _ = try await store.insert(arrival)
            let entries = try await Certified.entries(store)
            try expectEqual(entries.count, 1)
            let entry = entries[0]
            try expectEqual([entry.day, entry.account, entry.kind], ["2026-11-23", Certified.account, "accettazione"])
            try expectEqual(entry.number, 1)
            try expectEqual(entry.id, arrival.message.id)
            try expectEqual(entry.arrival, arrival.message.arrival)
            try expectEqual(entry.size, arrival.message.size - arrival.message.trace.utf8.count)
            try expectEqual(entry.digest, arrival.certified?.digest)
            try expectEqual([entry.subject, entry.messageID], [arrival.message.subject, arrival.message.messageID])
            try expectEqual(entry.chain, Certified.digest(entry.chained(after: ArchiveEntry.firstChain)))
            let days = [ArchiveDay(day: "2026-11-23", entries: 1, chain: entry.chain, expired: nil)]
            try expectEqual(try await store.archiveDays(), days)
            await store.close()
        },
        Rule("what is refused or known already makes no entry") { open in
            let store = try await open()
            var empty = Certified.arrival("uno")
            empty.recipients = []
            let refused = empty
            try await expectError(.notAllowed) { _ = try await store.insert(refused) }
            for _ in 0..<2 {
                var arrival = Certified.arrival("due")
                arrival.retrieved = RetrievedIdentity(account: Certified.account, uniqueID: "u1", digest: "aa")
                _ = try await store.insert(arrival)
            }
            try expectEqual(try await Certified.entries(store).map(\.number), [1])
            await store.close()
        },
        Rule("entries are numbered within their day and chained over all days, by two gateways at once") { open in
            let (first, second) = (try await open(), try await open())
            for day in 0..<3 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<40 {
                        let arrival = Certified.arrival("\(day) \(number)", after: .seconds(day * 86_400))
                        group.addTask { _ = try await (number % 2 == 0 ? first : second).insert(arrival) }
                    }
                    try await group.waitForAll()
                }
            }
            let entries = try await Certified.entries(first)
            try expectEqual(entries.map(\.number), [[Int]](repeating: Array(1...40), count: 3).flatMap { $0 })
            try expectEqual(Set(entries.map(\.day)), ["2026-11-23", "2026-11-24", "2026-11-25"])
            try expectEqual(Set(entries.map(\.id)).count, 120)
            try await Certified.verify(second)
            try expectEqual(try await second.archiveDays().map(\.entries), [40, 40, 40])
            await first.close()
            await second.close()
        },
        Rule("what is stored late is entered on the day that has begun, with its own time of arrival") { open in
            let store = try await open()
            _ = try await store.insert(Certified.arrival("oggi", after: .seconds(86_400)))
            let late = Certified.arrival("ieri")
            _ = try await store.insert(late)
            let entries = try await Certified.entries(store)
            try expectEqual(entries.map(\.day), ["2026-11-24", "2026-11-24"])
            try expectEqual(entries.last?.arrival, late.message.arrival)
            try await Certified.verify(store)
            await store.close()
        },
        Rule("entries are selected by day, account and message, in pages") { open in
            let store = try await open()
            var ids: [QueueID] = []
            for number in 0..<9 {
                let account = number % 3 == 0 ? "altra@pec.example.it" : Certified.account
                let after = Duration.seconds(number / 3 * 86_400)
                let arrival = Certified.arrival("\(number)", after: after, account: account)
                ids.append(arrival.message.id)
                _ = try await store.insert(arrival)
            }
            func found(_ selection: ArchiveSelection, page: Int = 2) async throws -> [Int?] {
                var (cursor, found) = (ArchiveEntry?.none, [QueueID]())
                while true {
                    let entries = try await store.archiveEntries(selection, after: cursor, limit: page)
                    found += entries.map(\.id)
                    guard let last = entries.last else { return found.map { ids.firstIndex(of: $0) } }
                    cursor = last
                }
            }
            try expectEqual(try await found(ArchiveSelection()), Array(0..<9))
            try expectEqual(try await found(ArchiveSelection(from: "2026-11-24")), Array(3..<9))
            try expectEqual(try await found(ArchiveSelection(from: "2026-11-24", to: "2026-11-24")), [3, 4, 5])
            try expectEqual(try await found(ArchiveSelection(to: "2026-11-22")), [])
            try expectEqual(try await found(ArchiveSelection(account: "altra@pec.example.it")), [0, 3, 6])
            try expectEqual(try await found(ArchiveSelection(message: ids[4])), [4])
            try expectEqual(try await found(ArchiveSelection(to: "2026-11-23", message: ids[4])), [])
            await store.close()
        },
    ]

    private static let packingRules = [
        Rule("octets of any size are read as they were handed over: waiting, ended, moved, and after a restart") {
            open in
            let first = try await open()
            var bodies: [QueueID: ByteBuffer] = [:]
            for size in [0, 1, 10_000, first.inlineLimit, first.inlineLimit + 1, 3_000_000] {
                let octets = Sample.octets(size)
                let arrival = Certified.arrival(octets, trace: "X-A: b\r\n")
                bodies[arrival.message.id] = octets
                _ = try await first.insert(arrival)
            }
            let written = Sample.octets(1_234_567)
            let writer = try await first.makeBodyWriter()
            try await writer.write(written)
            var arrival = Certified.arrival(written)
            arrival.body = .stored(try await writer.finish())
            bodies[arrival.message.id] = written
            _ = try await first.insert(arrival)
            try await Certified.compare(bodies, first)
            try expectEqual(try await first.packArchive(limit: 100, now: Sample.start), 0, "what waits was moved")
            try await Certified.end(first)
            try await Certified.compare(bodies, first)
            try expectEqual(try await first.packArchive(limit: 100, now: Sample.start), 7)
            try expectEqual(try await first.packArchive(limit: 100, now: Sample.start), 0)
            try await Certified.compare(bodies, first)
            await first.close()
            let second = try await open()
            try await Certified.compare(bodies, second)
            try await Certified.verify(second)
            await second.close()
        },
        Rule("what has ended in any way is kept until it is moved, however long ago") { open in
            let store = try await open()
            var bodies: [QueueID: ByteBuffer] = [:]
            for size in [100, 400_000] {
                for outcome in [RecipientOutcome.delivered, .failed, nil] {
                    let octets = Certified.distinct(size, bodies.count)
                    let arrival = Certified.arrival(octets)
                    bodies[arrival.message.id] = octets
                    _ = try await store.insert(arrival)
                    if let outcome {
                        try await Certified.end(store, outcome)
                    } else {
                        _ = try await store.apply(.delete, to: arrival.message.id, now: Sample.start, by: "anna")
                    }
                }
            }
            let late = Timestamp.distant
            try await store.purge(endedBefore: late, now: late)
            try await Certified.compare(bodies, store)
            try expectEqual(try await store.packArchive(limit: 4, now: late), 4)
            try await store.purge(endedBefore: late, now: late)
            try await Certified.compare(bodies, store)
            try expectEqual(try await store.packArchive(limit: 4, now: late), 2)
            try await store.purge(endedBefore: late, now: late)
            try expectEqual(try await store.list(.all, limit: 10).count, 0)
            try await Certified.compare(bodies, store)
            await store.close()
        },
        Rule("a certified message that has ended can still be read with its trace fields while it is remembered") {
            open in
            let store = try await open()
            for size in [100, 400_000] {
                let octets = Certified.distinct(size, size)
                let arrival = Certified.arrival(octets, trace: "X-A: b\r\n")
                _ = try await store.insert(arrival)
                var expected = ByteBuffer(string: "X-A: b\r\n")
                expected.writeImmutableBuffer(octets)
                try await Certified.end(store)
                for _ in 0..<2 {
                    let read = try await Sample.readAll(try await store.readBody(arrival.message.id))
                    try expect(read == expected, "\(size) octets came back changed")
                    _ = try await store.packArchive(limit: 10, now: Sample.start)
                }
            }
            await store.close()
        },
        Rule("the same octets are read for each entry that has them, moved together or one after the other") { open in
            let store = try await open()
            var bodies: [QueueID: ByteBuffer] = [:]
            for day in 0..<2 {
                for _ in 0..<3 {
                    for size in [500, 300_000] {
                        let octets = Sample.octets(size)
                        let arrival = Certified.arrival(octets, after: .seconds(day * 86_400))
                        bodies[arrival.message.id] = octets
                        _ = try await store.insert(arrival)
                    }
                }
                try await Certified.end(store, after: .seconds(day * 86_400))
                try expectEqual(try await store.packArchive(limit: 100, now: Sample.start), 6)
            }
            try await Certified.compare(bodies, store)
            try await Certified.verify(store)
            await store.close()
        },
    ]

    private static let expiryRules = [
        Rule("days that had their time go, their chains stay, and the next day still proves itself") { open in
            let store = try await open()
            var bodies: [QueueID: ByteBuffer] = [:]
            for day in 0..<4 {
                for number in 0..<3 {
                    let octets = Certified.distinct(number == 2 ? 300_000 : 200, day * 10 + number)
                    let arrival = Certified.arrival(octets, after: .seconds(day * 86_400))
                    if day >= 2 { bodies[arrival.message.id] = octets }
                    _ = try await store.insert(arrival)
                }
            }
            try await Certified.end(store, after: .seconds(4 * 86_400))
            _ = try await store.packArchive(limit: 100, now: Sample.start)
            let before = try await store.archiveDays()
            let gone = try await Certified.entries(store)[0]
            try expectEqual(try await store.expireArchive(before: "2026-11-23"), 0)
            try expectEqual(try await store.archiveDays(), before)
            try expectEqual(try await store.expireArchive(before: "2026-11-25"), 6)
            try expectEqual(try await store.expireArchive(before: "2026-11-25"), 0)
            let days = try await store.archiveDays()
            try expectEqual(days.map(\.chain), before.map(\.chain))
            try expectEqual(days.map(\.entries), [3, 3, 3, 3])
            try expectEqual(days.map { $0.expired != nil }, [true, true, false, false])
            try await expectError(.notFound) { _ = try await store.readArchived(gone) }
            try expectEqual(try await Certified.entries(store).count, 6)
            try await Certified.compare(bodies, store)
            try await Certified.verify(store)
            await store.close()
        },
        Rule("a day with a message that is open, or not moved yet, is not taken out, nor are those behind it") { open in
            let store = try await open()
            for day in 0..<3 {
                let arrival = Certified.arrival("\(day)", after: .seconds(day * 86_400))
                _ = try await store.insert(arrival)
                if day != 1 {
                    _ = try await store.apply(.delete, to: arrival.message.id, now: Sample.start, by: "anna")
                }
            }
            try expectEqual(try await store.expireArchive(before: "2027-01-01"), 0)
            _ = try await store.packArchive(limit: 100, now: Sample.start)
            try expectEqual(try await store.expireArchive(before: "2027-01-01"), 1)
            try expectEqual(try await Certified.entries(store).map(\.day), ["2026-11-24", "2026-11-25"])
            try await Certified.verify(store)
            try await Certified.end(store, after: .seconds(86_400))
            try expectEqual(try await store.expireArchive(before: "2027-01-01"), 0)
            _ = try await store.packArchive(limit: 100, now: Sample.start)
            try expectEqual(try await store.expireArchive(before: "2027-01-01"), 2)
            await store.close()
        },
        Rule("octets that a later day shares outlive the day that they came on") { open in
            let store = try await open()
            var bodies: [QueueID: ByteBuffer] = [:]
            for day in 0..<3 {
                for size in [700, 300_000] {
                    let octets = Sample.octets(size)
                    let arrival = Certified.arrival(octets, after: .seconds(day * 86_400))
                    if day > 0 { bodies[arrival.message.id] = octets }
                    _ = try await store.insert(arrival)
                }
                try await Certified.end(store, after: .seconds(day * 86_400))
                _ = try await store.packArchive(limit: 100, now: Sample.start)
            }
            try expectEqual(try await store.expireArchive(before: "2026-11-24"), 2)
            try await Certified.compare(bodies, store)
            try expectEqual(try await store.expireArchive(before: "2026-11-25"), 2)
            bodies = bodies.filter { $0.key > QueueID(arrival: Sample.start + .seconds(2 * 86_400 - 1)) }
            try expectEqual(bodies.count, 2)
            try await Certified.compare(bodies, store)
            try await Certified.verify(store)
            await store.close()
        },
        Rule("the chain goes on when all days are gone, and a day that is gone is not begun anew") { open in
            let store = try await open()
            let arrival = Certified.arrival("uno")
            _ = try await store.insert(arrival)
            _ = try await store.apply(.delete, to: arrival.message.id, now: Sample.start, by: "anna")
            _ = try await store.packArchive(limit: 1, now: Sample.start)
            try expectEqual(try await store.expireArchive(before: "2027-01-01"), 1)
            try expectEqual(try await Certified.entries(store), [])
            _ = try await store.insert(Certified.arrival("due"))
            try expectEqual(try await Certified.entries(store).map(\.day), ["2026-11-24"])
            try await Certified.verify(store)
            await store.close()
        },
    ]
}

/// Certified messages, and what is asked of their archive.
enum Certified {
    static let account = "azienda@pec.example.it"

    static func arrival(_ text: String, after: Duration = .zero, account: String = account) -> Arrival {
        arrival(ByteBuffer(string: "Subject: \(text)\r\n\r\n"), after: after, account: account)
    }

    static func arrival(
        _ octets: ByteBuffer,
        after: Duration = .zero,
        account: String = account,
        trace: String = ""
    ) -> Arrival {
        let moment = Sample.start + after
        return Arrival(
            message: QueuedMessage(
                id: QueueID(arrival: moment),
                origin: .account(account),
                arrival: moment,
                reversePath: .null,
                size: trace.utf8.count + octets.readableBytes,
                trace: trace
            ),
            recipients: [Sample.recipient(due: moment)],
            body: .octets(octets),
            certified: CertifiedFacts(digest: digest(octets), kind: "accettazione", account: account)
        )
    }

    /// Octets that no other number has.
    static func distinct(_ count: Int, _ number: Int) -> ByteBuffer {
        var octets = Sample.octets(count)
        octets.setInteger(UInt64(number), at: count / 2)
        return octets
    }

    static func digest(_ octets: ByteBuffer) -> String {
        octets.withUnsafeReadableBytes { Hexadecimal.lowerCase(SHA256.hash(data: $0)) }
    }

    static func digest(_ text: String) -> String { digest(ByteBuffer(string: text)) }

    static func entries(_ store: any ArchiveStore) async throws -> [ArchiveEntry] {
        try await store.archiveEntries(ArchiveSelection(), after: nil, limit: 1000)
    }

    /// Every message that waits ends.
    static func end(
        _ store: any WholeStore,
        _ outcome: RecipientOutcome = .delivered,
        after: Duration = .zero
    ) async throws {
        let now = Sample.start + after
        let lease = Lease(owner: "one", until: now + .seconds(60))
        for claim in try await store.claim(.exchange, limit: 1000, now: now, lease: lease) {
            try await store.settle(Sample.settlement(claim.message.id, outcome))
        }
    }

    /// The archive gives exactly these octets for these messages.
    static func compare(_ bodies: [QueueID: ByteBuffer], _ store: any ArchiveStore) async throws {
        let entries = try await entries(store).filter { bodies[$0.id] != nil }
        try expectEqual(entries.count, bodies.count)
        for entry in entries {
            let reader = try await store.readArchived(entry)
            try expectEqual(reader.size, entry.size)
            let read = try await Sample.readAll(reader)
            try expect(
                read == bodies[entry.id],
                "\(entry.size) octets of \(entry.day)/\(entry.number) came back changed"
            )
            try expectEqual(digest(read), entry.digest)
        }
    }

    /// Entries and days prove themselves.
    static func verify(_ store: any ArchiveStore) async throws {
        let days = try await store.archiveDays()
        var chain = days.last { $0.expired != nil }?.chain ?? ArchiveEntry.firstChain
        let entries = try await entries(store)
        for day in days where day.expired == nil {
            let own = entries.filter { $0.day == day.day }
            try expectEqual(own.map(\.number), Array(1...day.entries), day.day)
            for entry in own {
                try expectEqual(entry.chain, digest(entry.chained(after: chain)), "\(entry.day)/\(entry.number)")
                chain = entry.chain
            }
            try expectEqual(day.chain, chain, day.day)
        }
        try expectEqual(entries.count, days.reduce(0) { $0 + ($1.expired == nil ? $1.entries : 0) })
    }
}

extension Timestamp {
    /// Behind everything that the rules do.
    static let distant = Timestamp(milliseconds: 4_000_000_000_000)
}
