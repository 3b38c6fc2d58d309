// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import Synchronization
import Testing

@testable import GatewayRuntime

@Suite struct StateJournalTests {
    /// The lines of a logger, its metadata sorted.
    private final class Lines: Sendable {
        let text = Mutex<[String]>([])
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).map { "\($0)=\($1)" }.sorted().joined(separator: " ")
            lines.text.withLock { $0.append("\(event.message) \(facts)") }
        }
    }

    private let start = Timestamp(milliseconds: 1_795_428_000_000)

    private func store() throws -> SQLiteQueue {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return try SQLiteQueue.open(directory: directory.path, minimumFree: 0)
    }

    @Test func `a person's decision is one line of the log, with the message and the person`() async throws {
        let (store, lines) = (try store(), Lines())
        let journal = StateJournal(store: store, logger: Logger(label: "test") { _ in Handler(lines: lines) })
        let address = AddrSpec(localPart: "a", domain: "azienda.it")
        let message = QueuedMessage(
            id: QueueID(arrival: start),
            origin: .exchange,
            arrival: start,
            reversePath: .mailbox(address),
            size: 1
        )
        let recipient = QueuedRecipient(
            number: 0,
            recipient: EnvelopeRecipient(address),
            route: .internet,
            nextAttempt: start
        )
        try await store.insert(
            Arrival(message: message, recipients: [recipient], body: .octets(ByteBuffer(string: "x")))
        )
        _ = try await store.apply(.hold, to: message.id, now: start, by: "maria")
        for _ in 0..<2 { await journal.logDecisions() }
        let decided = MailDate.formatISO8601(start)
        #expect(
            lines.text.withLock { $0 } == [
                "decided by a person action=hold decided=\(decided) person=maria queueID=\(message.id) recipients=1"
            ]
        )
        await store.close()
    }

    @Test func `a server's standing is written when it changes, and its last use once a minute`() async throws {
        let store = try store()
        let journal = StateJournal(store: store, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var standing = ServerStanding(route: .exchange, server: "smtp://a:25", since: start, seen: start)
        func seenAfter(_ seconds: Int, error: String? = nil) async throws -> ServerStanding? {
            standing.seen = start + .seconds(seconds)
            if error != standing.error {
                standing.since = standing.seen
                standing.error = error
            }
            await journal.write([standing])
            return try await store.serverStandings().first
        }
        #expect(try await seenAfter(0)?.seen == start)
        #expect(try await seenAfter(59)?.seen == start)
        #expect(try await seenAfter(60)?.seen == start + .seconds(60))
        let failing = try await seenAfter(61, error: "421 no")
        #expect(failing?.error == "421 no" && failing?.since == start + .seconds(61))
        await store.close()
    }
}
