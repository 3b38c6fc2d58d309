// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import MailModel
import MailQueue
import MailTransport
import NIOCore
import NIOPosix
import QueueSQLite
import SASLMechanisms
import Testing

@testable import SMTPDelivery

@Suite(.serialized, .timeLimit(.minutes(5))) final class MessageWatchTests {
    private let directory: URL
    private let store: SQLiteQueue
    private let alerts = RecordedAlerts()
    private let start = Timestamp(milliseconds: 1_700_000_000_000)

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("watch-\(UUID().uuidString)")
        store = try SQLiteQueue.open(directory: directory.path, minimumFree: 0)
    }

    deinit {
        do { try FileManager.default.removeItem(at: directory) } catch { print("left behind: \(directory.path)") }
    }

    private func context() -> LaneContext {
        LaneContext(
            store: store,
            connector: MailConnector(group: MultiThreadedEventLoopGroup.singleton),
            internet: nil,
            alerts: alerts,
            clock: MovableClock(),
            owner: "watch",
            claimNames: ClaimNames(owner: "watch"),
            watch: MessageWatch(),
            logger: Logger(label: "watch") { _ in SwiftLogNoOpLogHandler() },
            spawner: TaskSpawner(),
            accountEvents: AccountEventBuffer()
        )
    }

    /// A message that a gateway put into the quarantine just before it was killed.
    private func quarantine(_ origin: MessageOrigin) async throws -> QueueID {
        let message = QueuedMessage(
            id: QueueID(arrival: start),
            origin: origin,
            arrival: start,
            reversePath: .null,
            size: 1
        )
        let recipient = QueuedRecipient(
            number: 0,
            recipient: EnvelopeRecipient(AddrSpec(localPart: "b", domain: "y.it")),
            route: .exchange,
            nextAttempt: start
        )
        try await store.insert(
            Arrival(message: message, recipients: [recipient], body: .octets(ByteBuffer(string: "x")))
        )
        let lease = Lease(owner: "dead#1", until: start + .seconds(60))
        _ = try await store.claim(.exchange, limit: 1, now: start, lease: lease)
        let attempt = DeliveryAttempt(moment: start, duration: .zero, server: "s", reply: "550 5.7.1 spam")
        let result = RecipientResult(number: 0, outcome: .quarantined, attempt: attempt)
        try await store.settle(Settlement(id: message.id, lease: lease, results: [result]))
        return message.id
    }

    /// A certified account and an ordinary one.
    private func settings() throws -> DeliverySettings {
        var settings = DeliverySettings(
            hostname: "relay.x.it",
            postmaster: AddrSpec(localPart: "p", domain: "x.it"),
            exchange: []
        )
        for (address, isCertified) in [("pec@x.it", true), ("gmail@x.it", false)] {
            let account = try #require(AddrSpec(address))
            settings.accounts[address] = AccountTarget(
                address: account,
                endpoint: Endpoint(scheme: .smtp, host: "127.0.0.1", port: 1, tls: .none),
                login: SASLLogin(name: "x", remedy: "") { Secret("x") },
                isCertified: isCertified
            )
        }
        return settings
    }

    private func open(_ key: String) async throws {
        let alert = Alert(key: key, since: start, summary: "s", affects: "a", remedy: "r")
        #expect(try await store.raise(alert, notice: nil))
    }

    @Test func `an alert whose message was settled while no gateway ran is cleared, other alerts are not`() async throws
    {
        try await open("uncertain:gone")
        try await open("quarantine:gone")
        try await open("lane:exchange:down")
        await MessageWatch().look(context(), now: start)
        #expect(
            Set(await alerts.journal.all.map { "\($0)" })
                == Set(["uncertain:gone", "quarantine:gone"].map { "\(RecordedAlerts.Event.cleared(key: $0))" })
        )
        await store.close()
    }

    @Test func `a quarantined message without an alert gets one, and one alone`() async throws {
        let id = try await quarantine(.account("pec@x.it"))
        let watch = MessageWatch()
        let context = context()
        await watch.look(context, now: start)
        await watch.look(context, now: start + .seconds(61))
        let events = await alerts.journal.all
        #expect(events.map(\.raisedKey) == ["quarantine:\(id)"])
        #expect(await alerts.words(of: "quarantine:\(id)").contains("550 5.7.1 spam"))
        await store.close()
    }

    @Test func `all quarantined messages from the Internet share one alert, which ends with the last`() async throws {
        var ids: [QueueID] = []
        for _ in 0..<3 { ids.append(try await quarantine(.internet)) }
        let watch = MessageWatch()
        let context = context()
        await watch.look(context, now: start)
        #expect(await alerts.journal.all.map(\.raisedKey) == ["quarantine:internet"])
        #expect(await alerts.words(of: "quarantine:internet").contains("3 so far"))
        for id in ids.dropLast() { _ = try await store.apply(.delete, to: id, now: start, by: "anna") }
        await watch.look(context, now: start + .seconds(61))
        #expect(await alerts.journal.all.count == 1)
        _ = try await store.apply(.delete, to: ids[2], now: start, by: "anna")
        await watch.look(context, now: start + .seconds(122))
        #expect(await alerts.journal.all.last == .cleared(key: "quarantine:internet"))
        await store.close()
    }

    @Test
    func `quarantined messages of an ordinary account share one alert, those of a certified one have each its own`()
        async throws
    {
        let (watch, context) = (MessageWatch(), context())
        watch.update(try settings())
        var certified: [QueueID] = []
        var ordinary: [QueueID] = []
        for _ in 0..<3 {
            certified.append(try await quarantine(.account("pec@x.it")))
            ordinary.append(try await quarantine(.account("gmail@x.it")))
        }
        #expect(watch.sharedKey(of: .account("pec@x.it")) == nil && watch.sharedKey(of: .exchange) == nil)
        await watch.look(context, now: start)
        let shared = "quarantine:account:gmail@x.it"
        #expect(Set(await alerts.journal.all.map(\.raisedKey)) == Set(certified.map { "quarantine:\($0)" } + [shared]))
        #expect(await alerts.words(of: shared).contains("Messages of gmail@x.it"))
        #expect(await alerts.words(of: shared).contains("3 so far"))
        for id in ordinary { _ = try await store.apply(.delete, to: id, now: start, by: "anna") }
        await watch.look(context, now: start + .seconds(61))
        #expect(await alerts.journal.all.last == .cleared(key: shared))
        await store.close()
    }

    @Test func `copies that providers forward share one alert, which ends with the last`() async throws {
        var ids: [QueueID] = []
        for _ in 0..<3 { ids.append(try await quarantine(.provider)) }
        let (watch, context) = (MessageWatch(), context())
        await watch.look(context, now: start)
        #expect(await alerts.journal.all.map(\.raisedKey) == ["quarantine:provider"])
        #expect(await alerts.words(of: "quarantine:provider").contains("that providers forwarded"))
        for id in ids { _ = try await store.apply(.delete, to: id, now: start, by: "anna") }
        await watch.look(context, now: start + .seconds(61))
        #expect(await alerts.journal.all.last == .cleared(key: "quarantine:provider"))
        await store.close()
    }

    @Test(arguments: [MessageOrigin.internet, .provider, .account("gmail@x.it")])
    func `what came by a way that shares its alert, however much, hides no other message`(
        _ origin: MessageOrigin
    )
        async throws
    {
        for _ in 0..<200 { _ = try await quarantine(origin) }
        let id = try await quarantine(.account("pec@x.it"))
        // Less than there is of the others: they must not count.
        let watch = MessageWatch(limit: 100)
        watch.update(try settings())
        let context = context()
        await watch.look(context, now: start)
        let raised = await alerts.journal.all.map(\.raisedKey)
        let shared = try #require(watch.sharedKey(of: origin))
        #expect(Set(raised) == ["quarantine:\(id)", shared])
        #expect(await alerts.words(of: shared).contains("at least 100"))
        _ = try await store.apply(.delete, to: id, now: start, by: "anna")
        await watch.look(context, now: start + .seconds(61))
        #expect(await alerts.journal.all.last == .cleared(key: "quarantine:\(id)"))
        await store.close()
    }
}
