// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import SASLMechanisms
import SMTPDelivery
import SecretsVault
import Testing

@testable import GatewayRuntime

@Suite struct HousekeepingTests {
    private actor Board: AlertReporting {
        private(set) var open: [String: String] = [:]
        private(set) var remedies: [String: String] = [:]
        func raise(key: String, summary: String, affects: String, remedy: String) {
            open[key] = summary
            remedies[key] = remedy
        }
        func clear(key: String) { open[key] = nil }
    }

    @Test func `mail from the Internet that fills the quarantine is reported until there is room`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let store = try SQLiteQueue.open(directory: directory.path, minimumFree: 0)
        let board = Board()
        var keeping = Housekeeping(
            store: store,
            alerts: board,
            clock: SystemClock(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        keeping.quarantineOctets = 100
        let now = SystemClock().now()
        let body = ByteBuffer(repeating: 0x41, count: 101)
        let message = QueuedMessage(
            id: QueueID(arrival: now),
            origin: .internet,
            arrival: now,
            reversePath: .null,
            size: body.readableBytes
        )
        let recipient = EnvelopeRecipient(AddrSpec(localPart: "anna", domain: "azienda.it"))
        let queued = QueuedRecipient(number: 0, recipient: recipient, route: .exchange, nextAttempt: now)
        try await store.insert(Arrival(message: message, recipients: [queued], body: .octets(body)))
        await keeping.watchQuarantine()
        #expect(await board.open.isEmpty)
        let lease = Lease(owner: "test", until: now + .seconds(60))
        _ = try await store.claim(.exchange, limit: 1, now: now, lease: lease)
        let attempt = DeliveryAttempt(moment: now, duration: .zero, server: "x", reply: "550 no")
        let results = [RecipientResult(number: 0, outcome: .quarantined, attempt: attempt)]
        try await store.settle(Settlement(id: message.id, lease: lease, results: results))
        await keeping.watchQuarantine()
        #expect(await board.open["store:quarantine"]?.contains("100 B") == true)
        _ = try await store.apply(.delete, to: message.id, now: now, by: "anna")
        await keeping.watchQuarantine()
        #expect(await board.open.isEmpty)
        await store.close()
    }

    @Test func `a disk nearly full is told with the directory, and with what must not be deleted`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        let store = try SQLiteQueue.open(directory: directory, minimumFree: 1 << 60)
        let board = Board()
        let keeping = Housekeeping(
            store: store,
            alerts: board,
            clock: SystemClock(),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        await keeping.watchRoom(directory)
        let words = "\(directory), but delete nothing under it: spool and queue.sqlite* are the mail."
        #expect(await board.remedies["store:room"]?.hasSuffix(words) == true)
        store.keepFree(0)
        await keeping.watchRoom(directory)
        #expect(await board.open.isEmpty)
        let error = await #expect(throws: QueueError.self) {
            store.keepFree(1 << 60)
            try await store.checkRoom(for: 0)
        }
        #expect(error?.remedy.hasSuffix(words) == true)
        await store.close()
    }

    @Test func `a refused login is mended where its password is kept`() throws {
        let file = SecretReference.file("/etc/ceralacca/secrets/pec").remedy
        #expect(file.hasPrefix("Write the new password into /etc/ceralacca/secrets/pec, then run: ceralacca reload."))
        let variable = SecretReference.environment("PEC").remedy
        #expect(variable.contains("PEC (/etc/ceralacca/environment), then run: systemctl restart ceralacca."))
        let kept = SecretReference.vault(try #require(SecretName("pec"))).remedy
        #expect(kept.hasPrefix("Set the new password: ceralacca secret set pec, then run: ceralacca reload."))
        let login = try #require(SASLLogin("x", .file("/a"), StateVault(ScriptedVault(), .init())))
        #expect(login.remedy == SecretReference.file("/a").remedy)
    }
}
