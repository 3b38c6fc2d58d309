// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MailModel
import MailQueue
import Synchronization

/// How much room the file system of the state directory has, above a reserve for outcomes that must be written when mail is refused.
///
/// The file system is asked at most four times a second; what is written meanwhile is subtracted.
final class RoomGauge: Sendable {
    private struct Reading {
        /// Octets that stay free.
        var minimumFree: Int
        var available = 0
        var taken: ContinuousClock.Instant?
    }

    private static let validity = Duration.milliseconds(250)

    /// The directory whose file system counts.
    let directory: String
    private let reading: Mutex<Reading>

    init(directory: String, minimumFree: Int) {
        self.directory = directory
        reading = Mutex(Reading(minimumFree: minimumFree))
    }

    /// Changes how much stays free.
    func keepFree(_ octets: Int) {
        reading.withLock { $0.minimumFree = octets }
    }

    /// Throws `full` unless `octets` fit above the reserve.
    func check(for octets: Int) throws(QueueError) {
        let available = try current()
        let needed = octets + reading.withLock { $0.minimumFree }
        guard available < needed else { return }
        throw QueueError(
            .full,
            "cannot store message: \(ByteCount(octets: available)) free, \(ByteCount(octets: needed)) needed.",
            remedy: QueueError.roomRemedy(directory)
        )
    }

    /// Notes that `octets` were written, until the file system is asked again.
    func subtract(_ octets: Int) {
        reading.withLock { $0.available -= octets }
    }

    /// The error for a write that the file system or the database refused for want of room.
    func full(_ what: String) -> QueueError {
        reading.withLock { $0.taken = nil }
        let free: String
        do {
            free = "\(ByteCount(octets: try current())) free"
        } catch {
            free = error.message
        }
        return QueueError(.full, "\(what): \(free).", remedy: QueueError.roomRemedy(directory))
    }

    private func current() throws(QueueError) -> Int {
        let now = ContinuousClock.now
        let known = reading.withLock { reading -> Int? in
            guard let taken = reading.taken, taken.duration(to: now) < Self.validity else { return nil }
            return max(reading.available, 0)
        }
        if let known { return known }
        var figures = statvfs()
        guard statvfs(directory, &figures) == 0 else { throw .posix("ask for the free space of", directory) }
        let available = Int(figures.f_bavail) * Int(figures.f_frsize) - logOctets()
        reading.withLock { reading in
            reading.available = available
            reading.taken = now
        }
        return available
    }

    /// The size of the write-ahead log: a checkpoint needs as much again in the database before it can use the log anew. Without
    /// that room no outcome could be written any more, and nothing would ever leave a full disk.
    private func logOctets() -> Int {
        var facts = stat()
        return stat("\(directory)/queue.sqlite-wal", &facts) == 0 ? Int(facts.st_size) : 0
    }
}

extension QueueError {
    /// What to do about a full disk under the state directory.
    static func roomRemedy(_ directory: String) -> String {
        "Free space in the file system of \(directory), but delete nothing under it: spool and queue.sqlite* are the mail."
    }

    /// The failure of a system call on `path`, from `errno`.
    static func posix(_ verb: String, _ path: String, _ number: Int32 = errno) -> Self {
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        switch number {
        case ENOSPC, EDQUOT:
            return Self(
                .full,
                "cannot \(verb) \(path): \(reason).",
                remedy: "Free space on its file system, but delete nothing under the state directory: it is the mail."
            )
        case ENOENT: return Self(.notFound, "cannot \(verb) \(path): \(reason).")
        case EACCES, EPERM:
            return Self(
                .inputOutput,
                "cannot \(verb) \(path): \(reason).",
                remedy: "Run as the user that the directory belongs to."
            )
        default: return Self(.inputOutput, "cannot \(verb) \(path): \(reason).")
        }
    }
}
