// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import MailModel
import MailQueue
import NIOCore

/// One batch on its way into the archive.
struct ArchiveBatch {
    /// Where an entry's octets are, once the batch is committed.
    private enum Placement: Sendable {
        /// Where nobody's were.
        case new(ArchivePlace)
        /// With the same octets, which were there before.
        case shared(Int64)
        /// With the same octets, which are in this batch.
        case sharedInBatch(Int)
    }

    /// Octets as they lie in the queue.
    private enum Octets {
        case memory(ByteBuffer)
        case file(String)

        func reader() async throws(QueueError) -> any BodyReader {
            switch self {
            case .memory(let octets): InlineReader(trace: "", octets)
            case .file(let path): try await SpoolReader(path: path)
            }
        }
    }

    private struct Key: Hashable {
        let digest: String
        let size: Int
    }

    private let store: SQLiteQueue
    private var packs: [String: ArchivePack] = [:]
    private var folders: Set<String> = []
    private var placed: [(message: KeptMessage, placement: Placement)] = []
    private var placements: [Key: Int] = [:]
    /// The entries whose octets are nowhere.
    private(set) var missing: [String] = []

    init(store: SQLiteQueue) {
        self.store = store
    }

    /// Brings the octets of one message into the archive's files, unless the same ones are there.
    mutating func add(_ message: KeptMessage) async throws(QueueError) {
        guard let octets = try await octets(of: message) else {
            guard try ArchiveFiles.exists(store.archive.ownFile(message.entry)) else {
                missing.append("\(message.entry.day)/\(message.entry.number) (\(message.entry.id))")
                return
            }
            // It has its second name already, and lost the first: a copy of the state was made in between.
            return place(message, .new(ownPlace(message.entry)))
        }
        if let shared = try await equal(to: octets, message.entry) { return place(message, shared) }
        switch octets {
        case .memory:
            let pack = try await pack(message.entry.day)
            place(message, .new(try await pack.append(message.entry, try await octets.reader())))
        case .file(let path):
            try await link(path, message.entry)
            place(message, .new(ownPlace(message.entry)))
        }
    }

    /// Makes the files durable, then says in one commit where everything lies, and removes what the queue had of it.
    mutating func commit(now: Timestamp) async throws(QueueError) {
        for pack in packs.values { try await pack.synchronize(isNew: isNew(pack), store.archive) }
        for folder in folders {
            try await FileWorkers(seed: folder).run { () throws(QueueError) in try Directory.synchronize(folder) }
        }
        guard !placed.isEmpty else { return }
        let placed = placed
        try await store.writer.run { database in
            var contents: [Int64] = []
            for (message, placement) in placed {
                let known: Int64? =
                    switch placement {
                    case .new: nil
                    case .shared(let seq): seq
                    case .sharedInBatch(let index): contents[index]
                    }
                var place: ArchivePlace?
                if case .new(let new) = placement { place = new }
                contents.append(try Self.write(message, place, known, database, now: now))
            }
        }
        packs = [:]
        await store.discard(placed.compactMap(\.message.file))
    }

    /// Takes back what the batch added to packs, unless a commit refers to it after all.
    mutating func takeBack() async {
        for pack in packs.values {
            do throws(QueueError) {
                let (day, begin) = (pack.day, pack.begin)
                let isUsed = try await store.readOnce { database in
                    try database.first(
                        "SELECT 1 FROM archive_content WHERE day = ? AND position >= ?",
                        [day, begin]
                    ) { _ in true } ?? false
                }
                if !isUsed { await pack.takeBack() }
            } catch {
                // What stays at a pack's end does no harm there.
                continue
            }
        }
        packs = [:]
    }

    // MARK: Octets

    private func octets(of message: KeptMessage) async throws(QueueError) -> Octets? {
        if let file = message.file {
            let path = store.spool.file(file)
            return try ArchiveFiles.exists(path) ? .file(path) : nil
        }
        let seq = message.seq
        let octets = try await store.readOnce { database in
            try database.first("SELECT octets FROM body WHERE message = ?", [seq]) { row in row.octets(0) }
        }
        return octets.map { .memory($0) }
    }

    /// Where the very same octets are already: not a digest alone, but every octet is compared, so that a damaged copy replaces none.
    private mutating func equal(to octets: Octets, _ entry: ArchiveEntry) async throws(QueueError) -> Placement? {
        if let index = placements[Key(digest: entry.digest, size: entry.size)],
            case .new(let place) = placed[index].placement
        {
            try await packs[place.day]?.flush()
            if try await isEqual(place, octets) { return .sharedInBatch(index) }
        }
        let (digest, size) = (entry.digest, entry.size)
        let known = try await store.readOnce { database in
            try database.rows(
                "SELECT seq, day, position, file, size FROM archive_content WHERE digest = ? AND size = ? ORDER BY seq DESC LIMIT 3",
                [digest, size]
            ) { row in
                (seq: row[0] as Int64, place: ArchivePlace(day: row[1], position: row[2], file: row[3], size: row[4]))
            }
        }
        for content in known where try await isEqual(content.place, octets) { return .shared(content.seq) }
        return nil
    }

    private func isEqual(_ place: ArchivePlace, _ octets: Octets) async throws(QueueError) -> Bool {
        let present = try await octets.reader()
        do throws(QueueError) {
            let known = try await store.archive.reader(place)
            let isEqual = try await FileOctets.areEqual(known, present)
            await known.close()
            await present.close()
            return isEqual
        } catch  where error.code == .notFound || error.code == .inputOutput {
            await present.close()
            return false
        }
    }

    private mutating func pack(_ day: String) async throws(QueueError) -> ArchivePack {
        if let pack = packs[day] { return pack }
        let pack = try await ArchivePack(day: day, files: store.archive, room: store.room)
        packs[day] = pack
        return pack
    }

    /// Gives a file of the spool its name in the archive; a copy where the archive is another file system.
    private mutating func link(_ path: String, _ entry: ArchiveEntry) async throws(QueueError) {
        let (files, target) = (store.archive, store.archive.ownFile(entry))
        folders.insert(files.folder(entry.day))
        let isLinked = try await FileWorkers(seed: target).run { () throws(QueueError) in
            try files.make(entry.day, forOwnFiles: true)
            return try files.link(path, as: target)
        }
        guard !isLinked else { return }
        let reader = try await SpoolReader(path: path)
        do throws(QueueError) {
            try await FileOctets.copy(reader, to: target, store.room)
            await reader.close()
        } catch {
            await reader.close()
            throw error
        }
    }

    private func ownPlace(_ entry: ArchiveEntry) -> ArchivePlace {
        ArchivePlace(day: entry.day, position: nil, file: ArchiveFiles.name(entry), size: entry.size)
    }

    private mutating func place(_ message: KeptMessage, _ placement: Placement) {
        if case .new = placement {
            placements[Key(digest: message.entry.digest, size: message.entry.size)] = placed.count
        }
        placed.append((message, placement))
    }

    // MARK: Rows

    /// True while the database knows nothing of a pack.
    private func isNew(_ pack: ArchivePack) async throws(QueueError) -> Bool {
        let day = pack.day
        return try await store.readOnce { database in
            try database.first(
                "SELECT 1 FROM archive_content WHERE day = ? AND position IS NOT NULL LIMIT 1",
                [day]
            ) { _ in false } ?? true
        }
    }

    /// Writes where the octets of a message are, and takes them out of the queue.
    ///
    /// - Returns: the row of the octets.
    private static func write(
        _ message: KeptMessage,
        _ place: ArchivePlace?,
        _ known: Int64?,
        _ database: Database,
        now: Timestamp
    ) throws -> Int64 {
        let entry = message.entry
        var content = known ?? 0
        if let place {
            try database.run(
                """
                INSERT INTO archive_content (digest, size, day, position, file, last_day, moved) \
                VALUES (?1, ?2, ?3, ?4, ?5, ?3, ?6)
                """,
                [entry.digest, place.size, place.day, place.position, place.file, now.milliseconds]
            )
            content = database.lastInsertedRowID
        } else {
            try database.run(
                "UPDATE archive_content SET last_day = MAX(last_day, ?) WHERE seq = ?",
                [entry.day, content]
            )
        }
        try database.run(
            "UPDATE archive_entry SET content = ? WHERE day = ? AND number = ?",
            [content, entry.day, entry.number]
        )
        try database.run("UPDATE message SET kept = 0, file = NULL WHERE seq = ?", [message.seq])
        if message.file == nil { try database.run("DELETE FROM body WHERE message = ?", [message.seq]) }
        return content
    }
}
