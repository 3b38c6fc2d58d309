// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
public import MailModel
public import MailQueue

extension SQLiteQueue {
    /// Moves the octets of ended messages, oldest end first, in batches: the packs are written, brought to the disk with one fsync each,
    /// and then one commit says where everything lies and takes it out of the queue. A crash before that commit leaves all as it was, but
    /// for octets at a pack's end, or a file's second name, that nobody knows of.
    ///
    /// - Throws: what stands in the way, `inputOutput` when octets are gone that should be here; what could be moved then was.
    public func packArchive(limit: Int, now: Timestamp) async throws(QueueError) -> Int {
        guard limit > 0, try await !keptMessages(after: nil, limit: 1).isEmpty else { return 0 }
        let lock = try await archiveLock()
        defer { withExtendedLifetime(lock) {} }
        var (moved, cursor) = (0, KeptMessage?.none)
        var missing: [String] = []
        while moved < limit {
            let page = try await keptMessages(after: cursor, limit: limit - moved)
            guard let last = page.last else { break }
            cursor = last
            var batch = ArchiveBatch(store: self)
            do throws(QueueError) {
                for message in page { try await batch.add(message) }
                try await batch.commit(now: now)
            } catch {
                await batch.takeBack()
                throw error
            }
            moved += page.count - batch.missing.count
            missing += batch.missing
        }
        guard missing.isEmpty || moved == limit else { throw Self.missing(missing) }
        return moved
    }

    /// Messages that ended and whose octets are not in the archive yet, in the order of their ends: at most `limit`, and 32 MB of them in
    /// the database.
    func keptMessages(after cursor: KeptMessage?, limit: Int) async throws(QueueError) -> [KeptMessage] {
        let columns = ArchiveEntry.columns.split(separator: ", ").map { "e.\($0)" }.joined(separator: ", ")
        let found = try await readOnce { database in
            try database.rows(
                """
                SELECT m.seq, m.ended_at, m.file, \(columns) FROM message m INDEXED BY message_kept \
                JOIN archive_entry e ON e.id = m.id WHERE m.kept = 1 AND m.ended_at IS NOT NULL \
                AND (m.ended_at, m.seq) > (?, ?) ORDER BY m.ended_at, m.seq LIMIT ?
                """,
                [cursor?.ended ?? .min, cursor?.seq ?? 0, limit]
            ) { row in
                KeptMessage(seq: row[0], ended: row[1], file: row[2], entry: try ArchiveEntry(row: row, from: 3))
            }
        }
        var octets = 0
        let count = found.prefix { message in
            defer { octets += message.file == nil ? message.entry.size : 0 }
            return octets < 32_000_000
        }.count
        return Array(found.prefix(count))
    }

    /// The lock that whoever changes the archive's files holds.
    func archiveLock() async throws(QueueError) -> FileLock {
        try await FileWorkers(seed: archive.path).run { [archive] () throws(QueueError) in
            try Directory.make(archive.path)
            return try FileLock(
                path: "\(archive.path)/.lock",
                refusal: QueueError(
                    .unavailable,
                    "another process is changing the files of \(archive.path).",
                    remedy: "It is tried again; was a command left running?"
                )
            )
        }
    }

    private static func missing(_ entries: [String]) -> QueueError {
        let named = entries.prefix(5).joined(separator: ", ") + (entries.count > 5 ? ", …" : "")
        return QueueError(
            .inputOutput,
            "the octets of \(entries.count) of the archive's entries are gone: \(named).",
            remedy:
                "Look for them in a backup of the state directory; `ceralacca archive verify` names all that is missing."
        )
    }
}

/// A message that ended and whose octets still lie in the queue.
struct KeptMessage: Sendable {
    let seq: Int64
    let ended: Int64
    /// The spool's reference; nil for one whose octets are in the database.
    let file: String?
    let entry: ArchiveEntry
}
