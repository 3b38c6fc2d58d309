// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A maildir that a test fills or reads.
package struct Maildir: Sendable {
    /// Where it lies.
    package let path: String
    private let owner: (uid: uid_t, gid: gid_t)

    /// The maildir at `path`, made when it is not there, for the user `owner`.
    package init(_ path: String, owner: String) throws(LabError) {
        self.path = path
        guard let entry = getpwnam(owner) else { throw LabError("no user \(owner)") }
        self.owner = (entry.pointee.pw_uid, entry.pointee.pw_gid)
        for part in ["", "/cur", "/new", "/tmp"] {
            try Files.makeDirectory(path + part)
            chown(path + part, self.owner.uid, self.owner.gid)
            chmod(path + part, 0o700)
        }
    }

    /// Puts `octets` into it as a new message, whole at once.
    package func add(_ octets: [UInt8], name: Int) throws(LabError) {
        let padded = String(repeating: "0", count: max(0, 8 - "\(name)".count)) + "\(name)"
        let file = "\(time(nil)).M\(padded)P\(getpid())R\(UInt16.random(in: 0...65535)).lab,S=\(octets.count)"
        try Files.write(octets, to: "\(path)/tmp/\(file)", mode: 0o600)
        chown("\(path)/tmp/\(file)", owner.uid, owner.gid)
        guard rename("\(path)/tmp/\(file)", "\(path)/new/\(file)") == 0 else {
            throw LabError("cannot put a message into \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// The files of its messages, in order of their names.
    package var files: [String] {
        ["new", "cur"].flatMap { part in names("\(path)/\(part)").map { "\(path)/\(part)/\($0)" } }.sorted()
    }

    /// How many messages lie in it.
    package var count: Int { names("\(path)/new").count + names("\(path)/cur").count }

    /// Waits until `count` or more messages lie in it, at most `limit`; false when they do not come.
    package func wait(for count: Int, within limit: Duration) async throws -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end {
            if self.count >= count { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return self.count >= count
    }

    /// Waits until no message lies in it, at most `limit`; false when some stay.
    package func waitUntilEmpty(within limit: Duration) async throws -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while clock.now < end {
            if self.count == 0 { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return self.count == 0
    }

    /// Its messages as records: what stood before X-Seq apart, the rest hashed.
    package var records: [SinkRecord] {
        files.map { file in
            var recorder = ContentRecorder()
            let octets = Files.read(file)
            octets.withUnsafeBytes { recorder.take($0) }
            return SinkRecord(
                time: .now,
                session: 0,
                sessionBegan: .now,
                login: nil,
                sender: "",
                parameters: "",
                recipients: [],
                isChunked: false,
                octets: octets.count,
                trace: String(decoding: recorder.trace, as: UTF8.self),
                header: String(decoding: recorder.header, as: UTF8.self),
                digest: recorder.digest(),
                answer: .accepted
            )
        }
    }

    private func names(_ directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
