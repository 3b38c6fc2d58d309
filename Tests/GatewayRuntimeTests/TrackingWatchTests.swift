// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import Logging
import MailModel
import MailQueue
import QueueSQLite
import Testing

@testable import GatewayRuntime

@Suite struct TrackingWatchTests {
    private let traffic: CertifiedTraffic
    private let watch: TrackingWatch

    init() throws {
        traffic = try CertifiedTraffic()
        watch = TrackingWatch(
            store: traffic.store,
            alerts: traffic.board,
            clock: traffic.clock,
            wake: { _ in },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    private static let acceptance = "account:azienda@pec.it:acceptance-overdue"
    private static let delivery = "account:azienda@pec.it:delivery-overdue"

    private static let disbelieved = "account:azienda@pec.it:receipts-disbelieved"

    private func look(after: Duration, _ lines: String = "") async throws -> [String: String] {
        traffic.clock.set(after)
        await watch.round(try CertifiedTraffic.configuration(lines))
        return await traffic.board.open
    }

    @Test func `an acceptance that does not come is told once of all, and ends when they are here`() async throws {
        let first = try await traffic.submit("uno")
        try await traffic.submit("due", after: .seconds(10))
        try await traffic.settle(.delivered, after: .seconds(20))
        #expect(try await look(after: .seconds(1800)).isEmpty)
        let open = try await look(after: .seconds(1900))
        #expect(Array(open.keys) == [Self.acceptance])
        #expect(open[Self.acceptance]?.contains("2 certified messages of azienda@pec.it") == true)
        #expect(open[Self.acceptance]?.hasSuffix("the oldest is \(first)") == true)
        #expect(await traffic.board.remedies[Self.acceptance]?.hasPrefix("Look: ceralacca pec show \(first).") == true)
        try await traffic.receive(.accepted, of: "uno", after: .seconds(1950))
        #expect(try await look(after: .seconds(1960)).count == 1)
        try await traffic.receive(.accepted, of: "due", after: .seconds(1970))
        #expect(try await look(after: .seconds(1980)).isEmpty)
    }

    @Test func `what waits in the queue, or was refused, lacks no acceptance`() async throws {
        try await traffic.submit("waits")
        #expect(try await look(after: .seconds(86_400)).isEmpty)
        try await traffic.settle(.failed, after: .seconds(86_400))
        #expect(try await look(after: .seconds(2 * 86_400)).isEmpty)
    }

    @Test func `a delivery of which nothing is known after a day and its margin is told until it is`() async throws {
        let id = try await traffic.submit("uno")
        try await traffic.settle(.delivered, after: .seconds(10))
        try await traffic.receive(.accepted, of: "uno", after: .seconds(20))
        #expect(try await look(after: .seconds(29 * 3600)).isEmpty)
        let open = try await look(after: .seconds(30 * 3600 + 60))
        #expect(Array(open.keys) == [Self.delivery])
        #expect(open[Self.delivery]?.contains("1 certified message of azienda@pec.it") == true)
        #expect(open[Self.delivery]?.contains("30 h") == true)
        #expect(open[Self.delivery]?.hasSuffix("\(id)") == true)
        #expect(try await look(after: .seconds(30 * 3600 + 60), "tracking: {delivery_overdue: 48h}").isEmpty)
        #expect(try await look(after: .seconds(30 * 3600 + 60)).count == 1)
        try await traffic.receive(
            .delivered,
            of: "uno",
            after: .seconds(31 * 3600),
            concerned: ["a@pec.example.it"]
        )
        #expect(try await look(after: .seconds(31 * 3600)).isEmpty)
    }

    @Test func `a receipt that is not believed ends no alert`() async throws {
        try await traffic.submit("uno")
        try await traffic.settle(.delivered, after: .seconds(10))
        try await traffic.receive(.accepted, of: "uno", after: .seconds(20), doubt: "it is not signed")
        #expect(try await look(after: .seconds(1900))[Self.acceptance] != nil)
    }

    @Test func `receipts that are not believed are told once, with the last and its message, for a day`() async throws {
        let id = try await traffic.submit("uno")
        try await traffic.settle(.delivered, after: .seconds(10))
        try await traffic.receive(.accepted, of: "uno", after: .seconds(20))
        #expect(try await look(after: .seconds(30)).isEmpty)
        try await traffic.receive(.delivered, of: "uno", after: .seconds(40), doubt: "it is not signed")
        let last = try await traffic.receive(.delivered, of: "uno", after: .seconds(50), doubt: "its digest is wrong")
        try await traffic.receive(.delivered, of: "never sent here", after: .seconds(60), doubt: "it is not signed")
        let open = try await look(after: .seconds(70))
        #expect(Array(open.keys) == [Self.disbelieved])
        let summary = try #require(open[Self.disbelieved])
        #expect(summary.hasPrefix("2 receipts in the box of azienda@pec.it"))
        #expect(summary.hasSuffix("\(last) about \(id), not believed: its digest is wrong"))
        #expect(await traffic.board.remedies[Self.disbelieved]?.contains("ceralacca pec show \(id).") == true)
        #expect(try await look(after: .seconds(50 + 86_400))[Self.disbelieved] != nil)
        #expect(try await look(after: .seconds(51 + 86_400))[Self.disbelieved] == nil)
    }

    @Test func `an account that has left the configuration raises nothing`() async throws {
        try await traffic.submit("uno")
        try await traffic.settle(.delivered, after: .seconds(10))
        try await traffic.receive(.accepted, of: "uno", after: .seconds(20), doubt: "it is not signed")
        traffic.clock.set(.seconds(1900))
        await watch.round(try CertifiedTraffic.configuration(accounts: "altra@pec.it"))
        #expect(await traffic.board.open.isEmpty)
    }

    // MARK: Uncertain

    @Test func `the sender of an uncertain message is told once, after the time that receipts may take`() async throws {
        let id = try await traffic.submit("uno")
        try await traffic.settle(.uncertain, after: .seconds(10))
        _ = try await look(after: .seconds(1700))
        #expect(try await traffic.notices().isEmpty)
        for minute in 0..<3 { _ = try await look(after: .seconds(1900 + minute * 60)) }
        let notices = try await traffic.notices()
        #expect(notices.count == 1)
        let notice = try #require(notices.first)
        #expect(notice.recipients.map(\.recipient.forwardPath.description) == ["mario@azienda.it"])
        #expect(notice.message.subject == "Esito incerto / Outcome uncertain: Oggetto uno")
        #expect(try await traffic.body(notice.message.id).contains("\(id)"))
    }

    @Test func `a receipt of acceptance in time leaves nothing to tell`() async throws {
        try await traffic.submit("uno")
        try await traffic.settle(.uncertain, after: .seconds(10))
        try await traffic.receive(.accepted, of: "uno", after: .seconds(900))
        _ = try await look(after: .seconds(1900))
        #expect(try await traffic.notices().isEmpty)
    }

    @Test func `after the sender was told an acceptance settles the message and tells nobody again`() async throws {
        let id = try await traffic.submit("uno")
        try await traffic.settle(.uncertain, after: .seconds(10))
        _ = try await look(after: .seconds(1900))
        try await traffic.receive(.accepted, of: "uno", after: .seconds(2000))
        _ = try await look(after: .seconds(2100))
        #expect(try await traffic.notices().count == 1)
        #expect(try await traffic.store.entry(id)?.recipients.map(\.state) == [.delivered])
        #expect(try await traffic.store.tracked(id)?.message.recipients.map(\.state) == [.accepted])
    }

    @Test func `the sender of what was uncertain and is refused gets the report of a failure, once`() async throws {
        let id = try await traffic.submit("uno")
        try await traffic.settle(.uncertain, after: .seconds(10))
        _ = try await look(after: .seconds(1900))
        try await traffic.receive(.refused, of: "uno", after: .seconds(2000))
        for minute in 0..<3 { _ = try await look(after: .seconds(2010 + minute * 60)) }
        let notices = try await traffic.notices()
        #expect(notices.count == 2)
        let report = try #require(notices.last)
        #expect(report.recipients.map(\.recipient.forwardPath.description) == ["mario@azienda.it"])
        let text = try await traffic.body(report.message.id)
        for words in ["Action: failed", "a@pec.example.it", "notice of non-acceptance", "Oggetto uno", "\(id)"] {
            #expect(text.contains(words), "\(words)")
        }
    }

    @Test func `a configured time changes when the sender is told`() async throws {
        try await traffic.submit("uno")
        try await traffic.settle(.uncertain, after: .seconds(10))
        _ = try await look(after: .seconds(400), "tracking: {uncertain_after: 5m}")
        #expect(try await traffic.notices().count == 1)
    }
}
