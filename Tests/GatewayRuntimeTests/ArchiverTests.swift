// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import Foundation
import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import Testing

@testable import GatewayRuntime

@Suite struct ArchiverTests {
    private let traffic: CertifiedTraffic
    private let archiver: Archiver

    init() throws {
        traffic = try CertifiedTraffic()
        archiver = Archiver(
            store: traffic.store,
            alerts: traffic.board,
            clock: traffic.clock,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private func packs() -> [String] {
        let found = FileManager.default.enumerator(atPath: "\(traffic.directory)/archive")?.allObjects as? [String]
        return (found ?? []).filter { $0.hasSuffix(".pack") }
    }

    private func look(after: Duration, keep: Duration? = nil) async {
        traffic.clock.set(after)
        await archiver.round(ArchiveConfiguration(keep: keep))
    }

    @Test func `what has ended is moved into the archive's file, and still reads as it was handed over`() async throws {
        let id = try await traffic.submit("uno")
        let body = try await traffic.body(id)
        await look(after: .seconds(5))
        #expect(packs().isEmpty)
        try await traffic.settle(.delivered, after: .seconds(10))
        await look(after: .seconds(3 * 86_400))
        #expect(packs() == ["2026/2026-11-23.pack"])
        let entries = try await traffic.store.archiveEntries(ArchiveSelection(), after: nil, limit: 10)
        #expect(entries.map(\.id) == [id])
        let reader = try await traffic.store.readArchived(try #require(entries.first))
        var octets: [UInt8] = []
        while let piece = try await reader.read(upTo: 1000) { octets += Array(piece.readableBytesView) }
        await reader.close()
        #expect(String(decoding: octets, as: UTF8.self) == body)
        #expect(await traffic.board.open.isEmpty)
    }

    @Test func `mail that is due goes first, and not for ever`() async throws {
        try await traffic.submit("uno")
        try await traffic.settle(.delivered, after: .seconds(10))
        let late = Duration.seconds(3 * 86_400)
        try await traffic.submit("due", after: late)
        await look(after: late)
        await look(after: late + .seconds(14 * 60))
        #expect(packs().isEmpty)
        await look(after: late + .seconds(15 * 60))
        #expect(packs().count == 1)
    }

    @Test func `what had its time goes, once a day, and for ever keeps all`() async throws {
        try await traffic.submit("uno")
        try await traffic.settle(.delivered, after: .seconds(10))
        await look(after: .seconds(20 * 86_400), keep: .seconds(20 * 86_400))
        #expect(try await traffic.store.archiveDays().map(\.expired) == [nil])
        await look(after: .seconds(40 * 86_400))
        #expect(try await traffic.store.archiveDays().map(\.expired) == [nil])
        await look(after: .seconds(21 * 86_400), keep: .seconds(20 * 86_400))
        let days = try await traffic.store.archiveDays()
        #expect(days.map(\.day) == ["2026-11-23"])
        #expect(days.allSatisfy { $0.expired != nil })
        #expect(try await traffic.store.archiveEntries(ArchiveSelection(), after: nil, limit: 10).isEmpty)
        #expect(packs().isEmpty)
    }

    @Test func `an archive that cannot be written is told, nothing is lost, and the alert ends by itself`() async throws
    {
        let id = try await traffic.submit("uno")
        let body = try await traffic.body(id)
        try await traffic.settle(.delivered, after: .seconds(10))
        let path = "\(traffic.directory)/archive"
        try? FileManager.default.removeItem(atPath: path)
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        await look(after: .seconds(3 * 86_400))
        #expect(await traffic.board.open[Archiver.key]?.contains("archive") == true)
        #expect(try await traffic.body(id) == body)
        try FileManager.default.removeItem(atPath: path)
        await look(after: .seconds(3 * 86_400 + 60))
        #expect(await traffic.board.open.isEmpty)
        #expect(packs().count == 1)
    }
}
