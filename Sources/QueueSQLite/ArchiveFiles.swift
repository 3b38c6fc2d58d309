// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MailQueue

/// Where the archive's octets lie.
///
/// ```text
/// archive/2026/2026-11-24.pack               messages one behind the other, each behind a line that says what it is
/// archive/2026/2026-11-24/000017-ID.eml      one that came in a file of its own, as every large one does
/// ```
struct ArchiveFiles: Sendable {
    /// The directory `archive`.
    let path: String

    /// The pack of a day.
    func pack(_ day: String) -> String { "\(year(day))/\(day).pack" }

    /// The directory of a day's own files.
    func folder(_ day: String) -> String { "\(year(day))/\(day)" }

    /// The directory of a day's year.
    func year(_ day: String) -> String { "\(path)/\(day.prefix { $0 != "-" })" }

    /// The name of an entry's own file: known from the entry alone, so that it is found after a crash and in a backup.
    static func name(_ entry: ArchiveEntry) -> String {
        let digits = String(entry.number)
        return "\(String(repeating: "0", count: max(0, 6 - digits.utf8.count)))\(digits)-\(entry.id).eml"
    }

    /// The path of an entry's own file.
    func ownFile(_ entry: ArchiveEntry) -> String { "\(folder(entry.day))/\(Self.name(entry))" }

    /// The file of a place.
    func file(_ place: ArchivePlace) -> String {
        place.file.map { "\(folder(place.day))/\($0)" } ?? pack(place.day)
    }

    /// A reader of a place, behind `trace`.
    func reader(_ place: ArchivePlace, trace: String = "") async throws(QueueError) -> any BodyReader {
        let part = place.position.map { $0..<$0 + place.size }
        return try await SpoolReader(path: file(place), part: part, trace: trace)
    }

    /// Makes the directory of a day's year, or that of its own files as well.
    func make(_ day: String, forOwnFiles: Bool) throws(QueueError) {
        try Directory.make(path)
        try Directory.make(year(day))
        if forOwnFiles { try Directory.make(folder(day)) }
    }

    /// Gives the file `source` the second name `target`; false where the file system cannot.
    ///
    /// A file that has that name already is what is left of an attempt that was broken off: the same file, or a whole copy of it.
    func link(_ source: String, as target: String) throws(QueueError) -> Bool {
        for _ in 0..<2 {
            if Glibc.link(source, target) == 0 { return true }
            switch errno {
            case EEXIST:
                guard try !Self.isSame(source, target) else { return true }
                guard unlink(target) == 0 || errno == ENOENT else { throw .posix("remove", target) }
            case EXDEV, EPERM, EMLINK, EOPNOTSUPP, ENOSYS: return false
            default: throw .posix("link", "\(source) as \(target)")
            }
        }
        return false
    }

    /// True for a file that is there.
    static func exists(_ path: String) throws(QueueError) -> Bool {
        var facts = stat()
        if stat(path, &facts) == 0 { return true }
        guard errno == ENOENT else { throw .posix("examine", path) }
        return false
    }

    private static func isSame(_ first: String, _ second: String) throws(QueueError) -> Bool {
        var (left, right) = (stat(), stat())
        guard stat(first, &left) == 0 else { throw .posix("examine", first) }
        guard stat(second, &right) == 0 else { throw .posix("examine", second) }
        return left.st_dev == right.st_dev && left.st_ino == right.st_ino
    }

    // MARK: Days that had their time

    /// The days that have files here, oldest first, up to and with `last`.
    func days(through last: String) throws(QueueError) -> [String] {
        guard try Self.exists(path) else { return [] }
        var days: Set<String> = []
        for year in try Directory.names(in: path) where year.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            for name in try Directory.names(in: "\(path)/\(year)") {
                let day = String(name.prefix { $0 != "." })
                if day <= last && (name == day || name == "\(day).pack") { days.insert(day) }
            }
        }
        return days.sorted()
    }

    /// Removes the files of a day, and the directory of its year when it was the last.
    func remove(_ day: String) throws(QueueError) {
        guard unlink(pack(day)) == 0 || errno == ENOENT else { throw .posix("remove", pack(day)) }
        let folder = folder(day)
        if try Self.exists(folder) {
            for name in try Directory.names(in: folder) {
                guard unlink("\(folder)/\(name)") == 0 || errno == ENOENT else {
                    throw .posix("remove", "\(folder)/\(name)")
                }
            }
            guard rmdir(folder) == 0 || errno == ENOENT else { throw .posix("remove", folder) }
        }
        guard rmdir(year(day)) == 0 || errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT else {
            throw .posix("remove", year(day))
        }
    }
}

/// Where the octets of an entry lie in the archive.
struct ArchivePlace: Hashable, Sendable {
    /// The day whose pack, or whose directory, holds them.
    var day: String
    /// Where they begin in the pack; nil in a file of their own.
    var position: Int?
    /// The name of their own file; nil in a pack.
    var file: String?
    /// How many they are.
    var size: Int
}
