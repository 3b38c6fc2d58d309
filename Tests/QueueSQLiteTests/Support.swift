// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import MailModel
import MailQueue
import NIOCore

@testable import QueueSQLite

/// A directory that goes when the test is over.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("queue-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The state directory in it, made by the store.
    var state: String { path + "/state" }

    /// The files of the spool, with their folders.
    func spoolFiles() throws -> [String] {
        let spool = state + "/spool"
        return try FileManager.default.subpathsOfDirectory(atPath: spool).filter { $0.contains("/") }
    }
}

let start = Timestamp(milliseconds: 1_795_428_000_000)

func sample(octets: Int = 100, at moment: Timestamp = start) -> Arrival {
    let address = AddrSpec(localPart: "mario", domain: "azienda.it")
    return Arrival(
        message: QueuedMessage(
            id: QueueID(arrival: moment),
            origin: .exchange,
            arrival: moment,
            reversePath: .mailbox(address),
            size: octets
        ),
        recipients: [
            QueuedRecipient(number: 0, recipient: EnvelopeRecipient(address), route: .exchange, nextAttempt: moment)
        ],
        body: .octets(ByteBuffer(repeating: 0x61, count: octets))
    )
}

/// A certified message of these octets.
func certified(_ octets: ByteBuffer, at moment: Timestamp = start) -> Arrival {
    var arrival = sample(at: moment)
    arrival.message.size = octets.readableBytes
    arrival.body = .octets(octets)
    let digest = octets.withUnsafeReadableBytes { Hexadecimal.lowerCase(SHA256.hash(data: $0)) }
    arrival.certified = CertifiedFacts(digest: digest, kind: "accettazione", account: "azienda@pec.example.it")
    return arrival
}

/// Octets that no other mark has.
func distinct(_ count: Int, _ mark: UInt32) -> ByteBuffer {
    var octets = ByteBuffer(repeating: 0x61, count: count)
    octets.setInteger(mark, at: count / 2)
    return octets
}

/// A store with an archive, and what is asked of it.
final class ArchiveWorld: Sendable {
    let directory: TemporaryDirectory
    let store: SQLiteQueue

    init(_ directory: TemporaryDirectory? = nil, minimumFree: Int = 64_000_000) throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        store = try SQLiteQueue.open(directory: directory.state, minimumFree: minimumFree)
    }

    var archive: String { directory.state + "/archive" }
    let pack = "2026/2026-11-23.pack"

    /// Stores a certified message that has ended.
    @discardableResult
    func ended(_ octets: ByteBuffer, at moment: Timestamp = start) async throws -> QueueID {
        let arrival = certified(octets, at: moment)
        _ = try await store.insert(arrival)
        _ = try await store.apply(.delete, to: arrival.message.id, now: moment, by: "anna")
        return arrival.message.id
    }

    func move(limit: Int = 1000) async throws -> Int { try await store.packArchive(limit: limit, now: start) }

    func entries() async throws -> [ArchiveEntry] {
        try await store.archiveEntries(ArchiveSelection(), after: nil, limit: 1000)
    }

    /// The octets that the archive gives for each entry, in their order.
    func octets() async throws -> [ByteBuffer] {
        var all: [ByteBuffer] = []
        for entry in try await entries() { all.append(try await octets(of: entry)) }
        return all
    }

    func octets(of entry: ArchiveEntry) async throws -> ByteBuffer {
        let reader = try await store.readArchived(entry)
        var whole = ByteBuffer()
        while let piece = try await reader.read(upTo: 262_144) { whole.writeImmutableBuffer(piece) }
        await reader.close()
        return whole
    }

    /// Every file of the archive with its size.
    func files() throws -> [String: Int] {
        guard FileManager.default.fileExists(atPath: archive) else { return [:] }
        var files: [String: Int] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: archive) where !name.hasPrefix(".") {
            let facts = try FileManager.default.attributesOfItem(atPath: "\(archive)/\(name)")
            if facts[.type] as? FileAttributeType == .typeRegular { files[name] = facts[.size] as? Int }
        }
        return files
    }

    func contents(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: "\(archive)/\(name)")) }

    func write(_ data: Data, _ name: String) throws {
        try data.write(to: URL(fileURLWithPath: "\(archive)/\(name)"))
    }
}
