// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import MailModel
public import MailQueue
import NIOCore

extension SQLiteQueue {
    /// Takes out the days before `day`, up to the first with an entry whose octets are still in the queue.
    ///
    /// Octets in their files that an entry of a later day shares are first brought into that day's. What a crash interrupts is done by
    /// the next call: the days are marked in one commit, then their rows go, a few hundred a commit, then their files.
    public func expireArchive(before day: String) async throws(QueueError) -> Int {
        let (limit, isWork) = try await expiryLimit(before: day)
        guard isWork else { return 0 }
        let lock = try await archiveLock()
        defer { withExtendedLifetime(lock) {} }
        try await rescueShared(before: limit)
        let now = Timestamp.now
        let count = try await writer.run { database in
            let count = try database.first(
                "SELECT COALESCE(SUM(entries), 0) FROM archive_day WHERE day < ? AND expired IS NULL",
                [limit]
            ) { row in row[0] as Int }
            try database.run(
                "UPDATE archive_day SET expired = ? WHERE day < ? AND expired IS NULL",
                [now.milliseconds, limit]
            )
            return count ?? 0
        }
        try await removeExpired()
        return count
    }

    /// The first day that stays, and whether an earlier one is still to go.
    private func expiryLimit(before day: String) async throws(QueueError) -> (String, Bool) {
        try await read { database in
            let open = try database.first(
                "SELECT day FROM archive_entry WHERE day < ? AND content IS NULL ORDER BY day, number LIMIT 1",
                [day]
            ) { row in row[0] as String }
            let limit = min(day, open ?? day)
            let isWork = try database.first(
                """
                SELECT EXISTS (SELECT 1 FROM archive_day WHERE day < ?1 AND expired IS NULL) \
                OR EXISTS (SELECT 1 FROM archive_content WHERE day < ?1)
                """,
                [limit]
            ) { row in row[0] as Bool }
            return (limit, isWork ?? false)
        }
    }

    // MARK: Octets that later days share

    private struct Shared: Sendable {
        let seq: Int64
        let place: ArchivePlace
        /// An entry of the last day that refers to them.
        let entry: ArchiveEntry
    }

    /// Brings octets that entries from `limit` on refer to out of the files of days before it. Those that cannot be read stay where they
    /// are, with their day's files, for `archive verify` to name.
    private func rescueShared(before limit: String) async throws(QueueError) {
        let columns = ArchiveEntry.columns.split(separator: ", ").map { "e.\($0)" }.joined(separator: ", ")
        var last: Int64 = 0
        while true {
            let after = last
            let page = try await readOnce { database in
                try database.rows(
                    """
                    SELECT c.seq, c.day, c.position, c.file, c.size, \(columns) FROM archive_content c \
                    JOIN archive_entry e ON e.day = c.last_day AND e.content = c.seq \
                    WHERE c.day < ?1 AND c.last_day >= ?1 AND c.seq > ?2 GROUP BY c.seq ORDER BY c.seq LIMIT 100
                    """,
                    [limit, after]
                ) { row in
                    Shared(
                        seq: row[0],
                        place: ArchivePlace(day: row[1], position: row[2], file: row[3], size: row[4]),
                        entry: try ArchiveEntry(row: row, from: 5)
                    )
                }
            }
            guard let end = page.last else { return }
            last = end.seq
            for shared in page { try await rescue(shared) }
        }
    }

    /// They are few: each has a commit of its own.
    private func rescue(_ shared: Shared) async throws(QueueError) {
        let reader: any BodyReader
        do throws(QueueError) {
            reader = try await archive.reader(shared.place)
        } catch  where error.code == .notFound {
            return
        }
        var pack: ArchivePack?
        do throws(QueueError) {
            let place: ArchivePlace
            if let name = shared.place.file {
                place = try await rescueFile(name, shared)
            } else {
                let opened = try await ArchivePack(day: shared.entry.day, files: archive, room: room)
                pack = opened
                place = try await opened.append(shared.entry, reader)
                try await opened.synchronize(isNew: true, archive)
            }
            try await writer.run { database in
                try database.run(
                    "UPDATE archive_content SET day = ?, position = ? WHERE seq = ?",
                    [place.day, place.position, shared.seq]
                )
            }
            await reader.close()
        } catch {
            await reader.close()
            // What was added to the pack stays at its end, and does no harm there.
            if pack != nil, error.code == .inputOutput { return }
            throw error
        }
    }

    private func rescueFile(_ name: String, _ shared: Shared) async throws(QueueError) -> ArchivePlace {
        let day = shared.entry.day
        let source = archive.file(shared.place)
        let place = ArchivePlace(day: day, position: nil, file: name, size: shared.place.size)
        let target = archive.file(place)
        let isLinked = try await FileWorkers(seed: target).run { [archive] () throws(QueueError) in
            try archive.make(day, forOwnFiles: true)
            return try archive.link(source, as: target)
        }
        if !isLinked { try await FileOctets.copy(try await SpoolReader(path: source), to: target, room) }
        try await FileWorkers(seed: target).run { [archive] () throws(QueueError) in
            try Directory.synchronize(archive.folder(day))
        }
        return place
    }

    // MARK: What goes

    /// Removes rows and files of the days that are marked.
    private func removeExpired() async throws(QueueError) {
        let last = try await readOnce { database in
            try database.first("SELECT MAX(day) FROM archive_day WHERE expired IS NOT NULL") { row in row[0] as String?
            }
        }
        guard let last = last.flatMap({ $0 }) else { return }
        while try await writer.run({ database in
            let ids = try database.rows("SELECT id FROM archive_entry WHERE day <= ? LIMIT 500", [last]) { row in
                row[0] as String
            }
            for id in ids {
                try TrackedRows.remove(id, database)
                try database.run("DELETE FROM archive_entry WHERE id = ?", [id])
            }
            return !ids.isEmpty
        }) {}
        while try await writer.run({ database in
            try database.run(
                """
                DELETE FROM archive_content WHERE seq IN \
                (SELECT seq FROM archive_content WHERE day <= ?1 AND last_day <= ?1 LIMIT 500)
                """,
                [last]
            )
            return database.changesCount > 0
        }) {}
        let used = try await readOnce { database in
            try database.rows("SELECT DISTINCT day FROM archive_content WHERE day <= ?", [last]) { row in
                row[0] as String
            }
        }
        try await FileWorkers(seed: archive.path).run { [archive] () throws(QueueError) in
            for day in try archive.days(through: last) where !used.contains(day) { try archive.remove(day) }
        }
    }
}
