// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import GRDB
import MailModel
import MailQueue

/// The archive's ledger, inside one operation of the writer.
enum ArchiveRows {
    /// The day of a moment, in UTC: `2026-11-24`.
    static func day(of moment: Timestamp) -> String {
        String(MailDate.formatISO8601(moment).prefix { $0 != "T" })
    }

    /// Adds the entry of a message that is being stored.
    ///
    /// The chain is one line: what is stored when a later day has begun (a long transmission over midnight, a clock that was put back) is
    /// entered on that later day, with its own time of arrival.
    ///
    /// `octets` are those of the body, as it was handed over.
    static func append(
        _ message: QueuedMessage,
        _ facts: CertifiedFacts,
        octets: Int,
        _ database: Database
    ) throws {
        let place = try nextPlace(day(of: message.arrival), database)
        var entry = ArchiveEntry(
            day: place.day,
            number: place.number,
            id: message.id,
            arrival: message.arrival,
            account: facts.account,
            kind: facts.kind,
            digest: facts.digest,
            size: octets,
            subject: message.subject,
            messageID: message.messageID,
            chain: ""
        )
        entry.chain = Hexadecimal.lowerCase(SHA256.hash(data: Array(entry.chained(after: place.chain).utf8)))
        try database.run(
            """
            INSERT INTO archive_entry (\(ArchiveEntry.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                entry.day, entry.number, entry.id.rawValue, entry.arrival.milliseconds, entry.account, entry.kind,
                entry.digest, entry.size, entry.subject, entry.messageID, entry.chain,
            ]
        )
        try database.run(
            """
            INSERT INTO archive_day (day, entries, chain) VALUES (?1, ?2, ?3) \
            ON CONFLICT (day) DO UPDATE SET entries = ?2, chain = ?3
            """,
            [entry.day, entry.number, entry.chain]
        )
    }

    /// Day and number of the next entry, and the chain that it follows.
    private static func nextPlace(
        _ today: String,
        _ database: Database
    ) throws -> (day: String, number: Int, chain: String) {
        let last = try database.first(
            "SELECT day, entries, chain, expired FROM archive_day ORDER BY day DESC LIMIT 1"
        ) { row in (day: row[0] as String, entries: row[1] as Int, chain: row[2] as String, isExpired: !row.isNull(3)) }
        guard let last else { return (today, 1, ArchiveEntry.firstChain) }
        if today > last.day { return (today, 1, last.chain) }
        guard last.isExpired else { return (last.day, last.entries + 1, last.chain) }
        // A day that was taken out stays so.
        let next = try database.first("SELECT date(?, '+1 day')", [last.day]) { row in row[0] as String? }
        return (next.flatMap { $0 } ?? last.day, 1, last.chain)
    }
}

extension ArchiveEntry {
    /// The columns that `init(row:from:)` reads, in its order.
    static let columns =
        "day, number, id, arrival, account, kind, digest, size, subject, message_id, chain"

    /// The entry of a row of `columns`, of which the first is `first`.
    init(row: Columns, from first: Int = 0) throws {
        let identifier: String = row[first + 2]
        guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
        self.init(
            day: row[first],
            number: row[first + 1],
            id: id,
            arrival: Timestamp(milliseconds: row[first + 3]),
            account: row[first + 4],
            kind: row[first + 5],
            digest: row[first + 6],
            size: row[first + 7],
            subject: row[first + 8],
            messageID: row[first + 9],
            chain: row[first + 10]
        )
    }
}
