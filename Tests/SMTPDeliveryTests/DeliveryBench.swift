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
import Synchronization
import Testing

@testable import SMTPDelivery

/// A delivery service over a real queue in a directory of its own, with a clock that a test moves.
final class DeliveryBench: Sendable {
    let store: ObservedStore
    let alerts = RecordedAlerts()
    let clock = MovableClock()
    let service: DeliveryService
    let running: Task<Void, any Error>
    private let directory: URL

    /// A bench that runs; `end` ends it.
    init(
        _ settings: DeliverySettings,
        internet: InternetServices? = nil,
        logger: Logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    ) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("delivery-\(UUID().uuidString)")
        let store = ObservedStore(try SQLiteQueue.open(directory: directory.path, minimumFree: 0))
        self.store = store
        let service = DeliveryService(
            store: store,
            settings: settings,
            connector: MailConnector(group: MultiThreadedEventLoopGroup.singleton),
            internet: internet,
            alerts: alerts,
            clock: clock,
            owner: "bench",
            logger: logger
        )
        self.service = service
        running = Task { try await service.run() }
    }

    /// Stops the service as a graceful shutdown does, and takes the queue away.
    func end() async throws {
        await service.stop()
        try await running.value
        await store.close()
        try FileManager.default.removeItem(at: directory)
    }

    /// Queues a message and wakes its lane.
    @discardableResult
    func queue(
        _ route: Route,
        to recipients: [String] = ["anna@y.it"],
        origin: MessageOrigin = .exchange,
        body: String = "Subject: x\r\n\r\nhello\r\n",
        age: Duration = .zero,
        notify: NotifyConditions? = nil,
        bare: Bool = false,
        wakes: Bool = true
    ) async throws -> QueueID {
        let now = clock.now()
        let message = QueuedMessage(
            id: QueueID(arrival: now),
            origin: origin,
            arrival: now - age,
            reversePath: .mailbox(try #require(AddrSpec("mario@azienda.it"))),
            hasBareLineEnds: bare,
            size: body.utf8.count,
            headerFrom: "mario@azienda.it",
            subject: "x"
        )
        let queued = try recipients.enumerated().map { number, address in
            QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(try #require(AddrSpec(address)), notify: notify),
                route: route,
                nextAttempt: now
            )
        }
        let octets = ByteBuffer(string: body)
        var content = MessageBody.octets(octets)
        if body.utf8.count > store.inlineLimit {
            let writer = try await store.makeBodyWriter()
            try await writer.write(octets)
            content = .stored(try await writer.finish())
        }
        try await store.insert(Arrival(message: message, recipients: queued, body: content))
        if wakes { service.wake(route) }
        return message.id
    }

    /// The states of a message's recipients.
    func states(_ id: QueueID) async throws -> [RecipientState] {
        try #require(try await store.entry(id)).recipients.map(\.state)
    }

    func recipient(_ id: QueueID, _ number: Int = 0) async throws -> QueuedRecipient {
        try #require(try await store.entry(id)).recipients[number]
    }
}

final class MovableClock: WallClock {
    private let offset = Mutex(Duration.zero)

    func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) + offset.withLock { $0 }
    }

    func advance(_ duration: Duration) { offset.withLock { $0 += duration } }
}

final class RecordedAlerts: AlertReporting {
    enum Event: Sendable, Equatable {
        case raised(key: String, words: String)
        case cleared(key: String)

        var raisedKey: String? {
            guard case .raised(let key, _) = self else { return nil }
            return key
        }
    }

    let journal = Journal<Event>()

    func raise(key: String, summary: String, affects: String, remedy: String) async {
        await journal.append(.raised(key: key, words: "\(summary) \(affects) \(remedy)"))
    }

    func clear(key: String) async { await journal.append(.cleared(key: key)) }

    /// Waits for an alert with this key, and gives its words.
    func words(of key: String) async -> String {
        let events = await journal.wait { $0.contains { $0.raisedKey == key } }
        for case .raised(key, let words) in events { return words }
        return ""
    }
}

extension DeliverySettings {
    /// Settings for servers on loopback, with pauses short enough for a test.
    static func test(
        exchange: [Int] = [],
        relay: Int? = nil,
        accounts: [AccountTarget] = [],
        change: (inout DeliveryTuning) -> Void = { _ in }
    ) throws -> DeliverySettings {
        var tuning = DeliveryTuning()
        tuning.poll = .milliseconds(20)
        tuning.lanePause = .milliseconds(20)...(.milliseconds(50))
        tuning.accountPause = .milliseconds(20)...(.milliseconds(50))
        tuning.serverPause = .milliseconds(50)...(.milliseconds(100))
        tuning.timeouts.endOfData = .seconds(60)
        tuning.timeouts.command = .seconds(60)
        tuning.timeouts.connect = .seconds(60)
        change(&tuning)
        return DeliverySettings(
            hostname: "relay.azienda.it",
            postmaster: try #require(AddrSpec("postmaster@azienda.it")),
            exchange: exchange.map { .loopback($0) },
            relay: relay.map { .loopback($0) },
            accounts: Dictionary(uniqueKeysWithValues: accounts.map { ("\($0.address)", $0) }),
            tuning: tuning
        )
    }
}

extension Endpoint {
    static func loopback(_ port: Int, tls: TLSPolicy = .none) -> Endpoint {
        Endpoint(scheme: .smtp, host: "127.0.0.1", port: port, tls: tls)
    }
}

extension AccountTarget {
    /// An account at a server on loopback that offers CRAM-MD5.
    static func test(
        _ address: String = "pec@x.it",
        port: Int,
        isCertified: Bool = true,
        limits: AccountLimits = AccountLimits()
    ) throws -> AccountTarget {
        AccountTarget(
            address: try #require(AddrSpec(address)),
            endpoint: .loopback(port),
            login: SASLLogin(name: address, remedy: "Renew /secrets/\(address).") { Secret("segreto") },
            isCertified: isCertified,
            limits: limits
        )
    }
}
