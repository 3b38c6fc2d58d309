// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import MailModel
public import MailQueue
import NIOCore

extension SQLiteQueue: ArchiveStore {
    /// The entries of a selection by their day and number; days that had their time are none.
    public func archiveEntries(
        _ selection: ArchiveSelection,
        after cursor: ArchiveEntry?,
        limit: Int
    ) async throws(QueueError) -> [ArchiveEntry] {
        let query = ArchiveQuery(selection, after: cursor, limit: limit)
        return try await readOnce { database in
            try database.rows(query.sql, query.arguments) { row in try ArchiveEntry(row: row) }
        }
    }

    /// The days, by the ledger that each entry's commit keeps.
    public func archiveDays() async throws(QueueError) -> [ArchiveDay] {
        try await readOnce { database in
            try database.rows("SELECT day, entries, chain, expired FROM archive_day ORDER BY day") { row in
                let expired: Int64? = row[3]
                return ArchiveDay(
                    day: row[0],
                    entries: row[1],
                    chain: row[2],
                    expired: expired.map { Timestamp(milliseconds: $0) }
                )
            }
        }
    }

    /// The octets, from wherever they are by now: the queue's database, the spool, a pack, or a file of their own.
    public func readArchived(_ entry: ArchiveEntry) async throws(QueueError) -> any BodyReader {
        do {
            return try await openArchived(entry, trace: "")
        } catch  where error.code == .notFound {
            // They may have been moved between the look and the opening.
            return try await openArchived(entry, trace: "")
        }
    }

    /// A reader of an ended message, whose octets are the archive's: its trace fields, then the octets. Nil when the archive has none.
    func readEnded(_ id: QueueID) async throws(QueueError) -> (any BodyReader)? {
        let found = try await readOnce { database in
            try database.first(
                """
                SELECT \(ArchiveEntry.columns.split(separator: ", ").map { "e.\($0)" }.joined(separator: ", ")), m.trace \
                FROM archive_entry e INDEXED BY archive_entry_id JOIN message m ON m.id = e.id WHERE e.id = ?
                """,
                [id.rawValue]
            ) { row in (entry: try ArchiveEntry(row: row), trace: row[11] as String) }
        }
        guard let found else { return nil }
        return try await openArchived(found.entry, trace: found.trace)
    }

    private func openArchived(_ entry: ArchiveEntry, trace: String) async throws(QueueError) -> any BodyReader {
        enum Place: Sendable {
            case octets(ByteBuffer)
            case spooled(String)
            case archived(ArchivePlace)
        }
        let place = try await readOnce { database -> Place? in
            let found = try database.first(
                """
                SELECT c.day, c.position, c.file, c.size, m.file, b.octets FROM archive_entry e \
                LEFT JOIN archive_content c ON c.seq = e.content \
                LEFT JOIN message m ON e.content IS NULL AND m.id = e.id LEFT JOIN body b ON b.message = m.seq \
                WHERE e.day = ? AND e.number = ?
                """,
                [entry.day, entry.number]
            ) { row -> Place? in
                if let day: String = row[0] {
                    return .archived(ArchivePlace(day: day, position: row[1], file: row[2], size: row[3]))
                }
                if let file: String = row[4] { return .spooled(file) }
                return row.isNull(5) ? nil : .octets(row.octets(5))
            }
            return found.flatMap { $0 }
        }
        switch place {
        case .octets(let octets): return InlineReader(trace: trace, octets)
        case .archived(let place): return try await archive.reader(place, trace: trace)
        case .spooled(let reference):
            do {
                return try await SpoolReader(path: spool.file(reference), trace: trace)
            } catch  where error.code == .notFound {
                // A backup may have been made between the two names of a file.
                return try await SpoolReader(path: archive.ownFile(entry), trace: trace)
            }
        case nil:
            throw QueueError(
                .notFound,
                "the octets of \(entry.id) (\(entry.day)/\(entry.number)) are not in the archive."
            )
        }
    }
}

/// A page of entries.
struct ArchiveQuery {
    let sql: String
    let arguments: StatementArguments

    init(_ selection: ArchiveSelection, after cursor: ArchiveEntry?, limit: Int) {
        var conditions = [
            "+day > COALESCE((SELECT day FROM archive_day WHERE expired IS NOT NULL ORDER BY day DESC LIMIT 1), '')"
        ]
        var arguments = StatementArguments()
        // The `+` leave one condition for the index to begin at, so that a late page costs no more than the first.
        if let from = selection.from {
            conditions.append(cursor == nil ? "day >= ?" : "+day >= ?")
            arguments += [from]
        }
        if let to = selection.to {
            conditions.append("day <= ?")
            arguments += [to]
        }
        if let cursor {
            conditions.append("(day, number) > (?, ?)")
            arguments += [cursor.day, cursor.number]
        }
        if let account = selection.account {
            conditions.append("account = ?")
            arguments += [account]
        }
        var table = "archive_entry"
        if let message = selection.message {
            table += " INDEXED BY archive_entry_id"
            conditions.append("id IN (\(Self.story))")
            arguments += [message.rawValue, message.rawValue]
        }
        arguments += [limit]
        sql =
            "SELECT \(ArchiveEntry.columns) FROM \(table) WHERE \(conditions.joined(separator: " AND ")) ORDER BY day, number LIMIT ?"
        self.arguments = arguments
    }

    /// The identifiers of a message and of its receipts.
    private static let story = """
        SELECT ? UNION ALL SELECT r.id FROM tracked t JOIN receipt r ON r.message = t.seq WHERE t.id = ?
        """
}
