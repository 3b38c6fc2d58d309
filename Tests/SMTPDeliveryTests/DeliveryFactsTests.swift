// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import Synchronization
import Testing

@testable import SMTPDelivery

/// What the agent lets others know: how servers stand, and which report speaks of which message.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DeliveryFactsTests {
    private final class Lines: Sendable {
        let all = Mutex<[(message: String, metadata: Logger.Metadata)]>([])
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = metadata.merging(event.metadata ?? [:]) { $1 }
            lines.all.withLock { $0.append(("\(event.message)", facts)) }
        }
    }

    @Test func `the log links a report with the message that it speaks of`() async throws {
        let server = try await FakeServer()
        server.follow { $0.command.hasPrefix("RCPT TO:<gone@") ? .reply("550 5.1.1 no") : .standard }
        let lines = Lines()
        let settings = try DeliverySettings.test(exchange: [server.port], relay: server.port)
        let bench = try DeliveryBench(settings, logger: Logger(label: "bench") { _ in Handler(lines: lines) })
        let id = try await bench.queue(.internet, to: ["gone@y.it"])
        await bench.store.settlements.wait(for: 2)
        let others = try await bench.store.list(.all, limit: 10).map(\.message.id).filter { $0 != id }
        try await bench.end()
        let linking = lines.all.withLock { $0.filter { $0.message == "report queued" }.map(\.metadata) }
        let line = try #require(linking.first)
        #expect(linking.count == 1 && others.count == 1)
        #expect(line["queueID"] == "\(others[0])" && line["about"] == "\(id)" && line["report"] == "failed")
        try await server.stop()
    }

    @Test func `a server stands as it was last found, with its words`() async throws {
        let gone = try await FakeServer()
        let port = gone.port
        try await gone.stop()
        let good = try await FakeServer()
        let bench = try DeliveryBench(try .test(exchange: [port], relay: good.port))
        #expect(bench.service.serverStandings().isEmpty)
        try await bench.queue(.exchange)
        try await bench.queue(.internet)
        await bench.store.settlements.wait(for: 2)
        let standings = bench.service.serverStandings()
        let failing = try #require(standings.first { $0.route == .exchange })
        #expect(failing.server == "smtp://127.0.0.1:\(port)")
        #expect(failing.error?.contains("127.0.0.1:\(port)") == true)
        let working = try #require(standings.first { $0.route == .internet })
        #expect(working.server == "smtp://127.0.0.1:\(good.port)" && working.error == nil)
        let back = try await FakeServer(port: port)
        bench.clock.advance(.seconds(2))
        bench.service.wake(.exchange)
        _ = await bench.store.settlements.wait { $0.count { $0.results[0].outcome == .delivered } == 2 }
        let mended = try #require(bench.service.serverStandings().first { $0.route == .exchange })
        #expect(mended.error == nil && mended.since > failing.since)
        try await bench.end()
        try await back.stop()
        try await good.stop()
    }

    @Test func `the beginning of a state is kept while it goes on`() {
        let endpoint = Endpoint(scheme: .smtp, host: "a", port: 25, tls: .none)
        let start = Timestamp(milliseconds: 0)
        var notes = ServerNotes()
        notes.fails(endpoint, "421 no", now: start)
        notes.fails(endpoint, "timed out", now: start + .seconds(9))
        let standing = notes.standings(.exchange, [endpoint])
        #expect(standing.map(\.error) == ["timed out"])
        #expect(standing.map(\.since) == [start] && standing.map(\.seen) == [start + .seconds(9)])
        notes.works(endpoint, now: start + .seconds(10))
        #expect(notes.standings(.exchange, [endpoint]).map(\.since) == [start + .seconds(10)])
        #expect(notes.standings(.exchange, []).isEmpty)
    }
}
