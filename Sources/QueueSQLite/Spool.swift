// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MailQueue
import Synchronization

/// The directory of the bodies that are too large for the database: `spool/xx/NAME`, a file a message.
///
/// ```text
/// begin ──▶ being written ──finish──▶ awaited ──insert──▶ named by a message ──all recipients at their end──▶ removed
///                │                       │
///                └── abandon: removed ◀──┘            a file that no message names is removed by purge, an hour after its last write
/// ```
final class Spool: Sendable {
    private struct Files {
        var written: Set<String> = []
        var awaited: Set<String> = []
    }

    /// How long a file that nobody names is left alone: its message may still come from another process.
    static let patience = Duration.seconds(3600)

    /// The directory.
    let path: String
    private let files = Mutex(Files())

    /// The spool in the directory `path`, which is made unless it is there.
    init(path: String) throws(QueueError) {
        self.path = path
        try Directory.make(path)
    }

    /// A reference for a new file, known as being written from now on; its directory exists.
    func begin() throws(QueueError) -> String {
        let number = UInt64.random(in: .min ... .max)
        let name = String(number | 1 << 63, radix: 16) + String(UInt64.random(in: .min ... .max) | 1 << 63, radix: 16)
        let folder = String(number & 0x3F | 0x40, radix: 16)
        try Directory.make("\(path)/\(folder)")
        let reference = "\(folder)/\(name)"
        files.withLock { _ = $0.written.insert(reference) }
        return reference
    }

    /// The file of a reference.
    func file(_ reference: String) -> String { "\(path)/\(reference)" }

    /// The directory of a reference.
    func folder(_ reference: String) -> String { "\(path)/\(reference.prefix { $0 != "/" })" }

    /// The file is whole and durable, and waits for its message.
    func finished(_ reference: String) {
        files.withLock { files in
            files.written.remove(reference)
            files.awaited.insert(reference)
        }
    }

    /// The file is named by a message that is committed.
    func inserted(_ reference: String) {
        files.withLock { _ = $0.awaited.remove(reference) }
    }

    /// Removes a file that no message names: being written, or awaited; anything else is left alone.
    func abandon(_ reference: String) throws(QueueError) {
        let isOurs = files.withLock { files in
            files.written.remove(reference) != nil || files.awaited.remove(reference) != nil
        }
        if isOurs { try remove(reference) }
    }

    /// Removes the file; one that is gone already is no error.
    func remove(_ reference: String) throws(QueueError) {
        guard unlink(file(reference)) == 0 || errno == ENOENT else { throw .posix("remove", file(reference)) }
    }

    /// True for a file that is being written here or waits for its message here.
    func isInUse(_ reference: String) -> Bool {
        files.withLock { $0.written.contains(reference) || $0.awaited.contains(reference) }
    }

    /// The files last written before `moment`, in seconds since 1970, that are not in use here.
    func stale(before moment: Int) throws(QueueError) -> [String] {
        var references: [String] = []
        for folder in try Directory.names(in: path) {
            for name in try Directory.names(in: "\(path)/\(folder)") {
                let reference = "\(folder)/\(name)"
                var facts = stat()
                // A file that has gone meanwhile is no concern of ours.
                guard stat(file(reference), &facts) == 0, facts.st_mtim.tv_sec < moment, !isInUse(reference) else {
                    continue
                }
                references.append(reference)
            }
        }
        return references
    }
}

/// Directories of the state, for its owner alone.
enum Directory {
    /// Makes a directory of mode 0700 and its entry durable, unless it is there.
    static func make(_ path: String) throws(QueueError) {
        if mkdir(path, 0o700) == 0 {
            let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            try synchronize(parent.isEmpty ? "/" : parent)
        } else if errno != EEXIST {
            throw .posix("make the directory", path)
        }
    }

    /// Makes the entries of a directory durable.
    static func synchronize(_ path: String) throws(QueueError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .posix("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .posix("synchronize", path) }
    }

    /// The names in a directory, hidden ones left out.
    static func names(in path: String) throws(QueueError) -> [String] {
        guard let directory = opendir(path) else { throw .posix("list", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
