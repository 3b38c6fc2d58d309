// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MailModel
import MailQueue
import QueueSQLite
import Testing

@testable import GatewayRuntime

@Suite struct GatewayAlertsTests {
    private func alerts(_ store: SQLiteQueue) -> GatewayAlerts {
        GatewayAlerts(
            store: store,
            sender: .init(
                hostname: "relay.azienda.it",
                postmaster: AddrSpec(localPart: "postmaster", domain: "azienda.it")
            ),
            clock: SystemClock(),
            wake: { _ in },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private func store() throws -> SQLiteQueue {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return try SQLiteQueue.open(directory: directory.path, minimumFree: 0)
    }

    private func raise(_ alerts: GatewayAlerts) async {
        await alerts.raise(key: "k", summary: "it is wrong", affects: "mail", remedy: "Mend it.")
    }

    @Test func `an alert is told once when it begins and once when it ends`() async throws {
        let store = try store()
        let alerts = alerts(store)
        for _ in 0..<3 { await raise(alerts) }
        #expect(try await store.openAlerts().map(\.key) == ["k"])
        #expect(try await store.list(.all, limit: 10).count == 1)
        for _ in 0..<3 { await alerts.clear(key: "k") }
        #expect(try await store.openAlerts().isEmpty)
        let notices = try await store.list(.all, limit: 10)
        #expect(notices.count == 2)
        #expect(notices.allSatisfy { $0.message.reversePath == .null && $0.message.origin == .notice })
        #expect(
            notices.allSatisfy { $0.recipients.map(\.recipient.forwardPath.description) == ["postmaster@azienda.it"] }
        )
        await store.close()
    }

    @Test func `an alert that was open before a restart is not told again, and its end is`() async throws {
        let store = try store()
        await raise(alerts(store))
        let restarted = alerts(store)
        await raise(restarted)
        #expect(try await store.list(.all, limit: 10).count == 1)
        await alerts(store).clear(key: "k")
        #expect(try await store.list(.all, limit: 10).count == 2)
        await store.close()
    }

    @Test func `the end of an alert that is not open is nothing`() async throws {
        let store = try store()
        await alerts(store).clear(key: "k")
        #expect(try await store.list(.all, limit: 10).isEmpty)
        await store.close()
    }
}
