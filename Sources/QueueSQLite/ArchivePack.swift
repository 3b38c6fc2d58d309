// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MailQueue
import NIOCore

/// Appends messages to the pack of one day.
///
/// ```text
/// Ceralacca archive of 2026-11-24 …
///
/// == 2026-11-24/17 octets=4711 sha256=… id=… kind=accettazione account=azienda@pec.example.it
/// (4711 octets)
/// ```
/// A pack is only added to, at its very end. What a crash left there that the database does not know of does no harm: the next record
/// begins with a line of its own behind it.
final class ArchivePack {
    private static let pieceOctets = 1_048_576

    /// Its day.
    let day: String
    private let path: String
    private let descriptor: Int32
    private let room: RoomGauge
    private let workers: FileWorkers
    /// Where it ended when it was opened.
    let begin: Int
    /// Where what was written ends.
    private var end: Int
    /// What was not written yet.
    private var gathered = ByteBuffer()

    /// Opens the pack of `day`, and makes it unless it is there.
    init(day: String, files: ArchiveFiles, room: RoomGauge) async throws(QueueError) {
        let path = files.pack(day)
        self.day = day
        self.path = path
        self.room = room
        workers = FileWorkers(seed: path)
        (descriptor, begin) = try await workers.run { () throws(QueueError) in
            try files.make(day, forOwnFiles: false)
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw .posix("open", path) }
            var facts = stat()
            guard fstat(descriptor, &facts) == 0 else {
                let error = QueueError.posix("examine", path)
                close(descriptor)
                throw error
            }
            return (descriptor, Int(facts.st_size))
        }
        end = begin
        guard begin == 0 else { return }
        gathered.writeString(
            "Ceralacca archive of \(day) (UTC). Each message stands behind a line that begins with ==, which says how many octets it has.\n"
        )
    }

    deinit {
        close(descriptor)
    }

    /// Adds one message.
    ///
    /// - Returns: where its octets begin, and how many they are.
    func append(_ entry: ArchiveEntry, _ octets: any BodyReader) async throws(QueueError) -> ArchivePlace {
        gathered.writeString(Self.line(entry, octets: octets.size))
        let position = end + gathered.readableBytes
        while let piece = try await octets.read(upTo: Self.pieceOctets) {
            gathered.writeImmutableBuffer(piece)
            if gathered.readableBytes >= Self.pieceOctets { try await flush() }
        }
        return ArchivePlace(
            day: day,
            position: position,
            file: nil,
            size: end + gathered.readableBytes - position
        )
    }

    /// Writes what was gathered, so that it can be read.
    func flush() async throws(QueueError) {
        let (piece, offset) = (gathered, end)
        guard piece.readableBytes > 0 else { return }
        try room.check(for: piece.readableBytes)
        try await workers.run { [descriptor, path, room] () throws(QueueError) in
            try FileOctets.write(piece, to: descriptor, at: offset, path, room)
        }
        room.subtract(piece.readableBytes)
        end += piece.readableBytes
        gathered.clear()
    }

    /// Makes all that was added durable, the pack's name as well where `isNew`.
    func synchronize(isNew: Bool, _ files: ArchiveFiles) async throws(QueueError) {
        try await flush()
        try await workers.run { [descriptor, path, room, day] () throws(QueueError) in
            guard fsync(descriptor) == 0 else { throw FileOctets.failure("synchronize", path, room) }
            if isNew { try Directory.synchronize(files.year(day)) }
        }
    }

    /// Takes back what was added, which nothing refers to.
    func takeBack() async {
        gathered.clear()
        let (descriptor, begin) = (descriptor, begin)
        do {
            try await workers.run { () throws(QueueError) in
                guard ftruncate(descriptor, off_t(begin)) == 0 else { throw .posix("shorten", "the pack") }
            }
            end = begin
        } catch {
            // What stays at the pack's end does no harm there.
        }
    }

    /// The line in front of a message, behind an empty one.
    static func line(_ entry: ArchiveEntry, octets: Int) -> String {
        let account = String(decoding: entry.account.utf8.map { $0 < 0x20 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
        return
            "\n== \(entry.day)/\(entry.number) octets=\(octets) sha256=\(entry.digest) id=\(entry.id) kind=\(entry.kind) account=\(account)\n"
    }
}

/// Octets into files, by a file thread.
enum FileOctets {
    /// Writes all of `piece`.
    static func write(
        _ piece: ByteBuffer,
        to descriptor: Int32,
        at offset: Int,
        _ path: String,
        _ room: RoomGauge
    ) throws(QueueError) {
        var written = 0
        while written < piece.readableBytes {
            let count = piece.withUnsafeReadableBytes { bytes in
                pwrite(
                    descriptor,
                    bytes.baseAddress?.advanced(by: written),
                    bytes.count - written,
                    off_t(offset + written)
                )
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path, room) }
            written += count
        }
    }

    /// Writes what `reader` gives into a new file, durable when this returns, under its name when it is whole.
    static func copy(_ reader: any BodyReader, to path: String, _ room: RoomGauge) async throws(QueueError) {
        let partial = "\(path).partial"
        let workers = FileWorkers(seed: path)
        let descriptor = try await workers.run { () throws(QueueError) in
            let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw .posix("create", partial) }
            return descriptor
        }
        defer { close(descriptor) }
        do throws(QueueError) {
            var offset = 0
            while let piece = try await reader.read(upTo: 262_144) {
                try room.check(for: piece.readableBytes)
                let place = offset
                try await workers.run { () throws(QueueError) in
                    try write(piece, to: descriptor, at: place, partial, room)
                }
                room.subtract(piece.readableBytes)
                offset += piece.readableBytes
            }
            try await workers.run { () throws(QueueError) in
                guard fsync(descriptor) == 0 else { throw failure("synchronize", partial, room) }
                guard rename(partial, path) == 0 else { throw .posix("rename", partial) }
            }
        } catch {
            // What cannot be removed is overwritten by the next attempt.
            unlink(partial)
            throw error
        }
    }

    /// True when both give the same octets; they are read as far as they do.
    static func areEqual(_ first: any BodyReader, _ second: any BodyReader) async throws(QueueError) -> Bool {
        guard first.size == second.size else { return false }
        var (left, right) = (ByteBuffer(), ByteBuffer())
        while true {
            if left.readableBytes == 0 { left = try await first.read(upTo: 262_144) ?? ByteBuffer() }
            if right.readableBytes == 0 { right = try await second.read(upTo: 262_144) ?? ByteBuffer() }
            let count = min(left.readableBytes, right.readableBytes)
            guard count > 0 else { return left.readableBytes == right.readableBytes }
            guard left.readSlice(length: count) == right.readSlice(length: count) else { return false }
        }
    }

    /// The error of a system call on `path`, with the room that is left where it was want of that.
    static func failure(_ verb: String, _ path: String, _ room: RoomGauge) -> QueueError {
        let error = QueueError.posix(verb, path)
        return error.code == .full ? room.full("cannot \(verb) \(path)") : error
    }
}
