// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import Logging
import MailModel
import MailQueue
import MailTransport
import NIOCore
import NIOPosix
import QueueSQLite
import SASLMechanisms
import Synchronization
import TestLab
import Testing

@testable import MailRetrieval

/// The system's time and what a test adds to it.
final class ShiftedClock: WallClock {
    private let shift = Mutex(Duration.zero)

    func now() -> Timestamp {
        let seconds = ContinuousClock.now - Self.origin
        return Timestamp(milliseconds: 1_790_000_000_000) + seconds + shift.withLock { $0 }
    }

    func advance(by duration: Duration) { shift.withLock { $0 += duration } }

    private static let origin = ContinuousClock.now
}

/// Alerts as they stand.
actor AlertBoard: AlertReporting {
    private(set) var open: [String: String] = [:]
    private(set) var raised: [String] = []
    private(set) var remedies: [String: String] = [:]

    func raise(key: String, summary: String, affects: String, remedy: String) {
        guard open[key] == nil else { return }
        open[key] = summary
        remedies[key] = remedy
        raised.append(key)
    }

    func clear(key: String) { open[key] = nil }
}

/// A store on disk, a server, and one account between them.
struct RetrievalBench {
    let server: PretendPOP3Server
    let queue: SQLiteQueue
    private let directory: String
    let clock = ShiftedClock()
    let alerts = AlertBoard()
    let connector = MailConnector(group: NIOSingletons.posixEventLoopGroup)
    var account: RetrievalAccount
    var patience = RetrievalPatience(connect: .seconds(60), silence: .seconds(60), session: .seconds(600))
    var maximumMessage = ByteCount.megabytes(50)
    var filter: ContentFilter?

    static let key = "azienda@pec.example.it"

    init(_ messages: [(String?, String)] = []) async throws {
        server = try await PretendPOP3Server.start(messages)
        directory = try Files.makeTemporaryDirectory("retrieval")
        queue = try SQLiteQueue.open(directory: "\(directory)/state")
        account = RetrievalAccount(
            address: AddrSpec(localPart: "Azienda", domain: "pec.example.it"),
            endpoint: Endpoint(scheme: .pop3, host: "127.0.0.1", port: server.port, tls: .none),
            login: SASLLogin(name: "azienda", remedy: "Renew /secrets/azienda.") { Secret("segreto") },
            deliverTo: [AddrSpec(localPart: "protocollo", domain: "azienda.it")]
        )
    }

    var settings: RetrievalSettings {
        RetrievalSettings(
            hostname: "relay.azienda.it",
            postmaster: AddrSpec(localPart: "postmaster", domain: "azienda.it"),
            accounts: [account],
            patience: patience,
            maximumMessage: maximumMessage
        )
    }

    func fetch(_ memory: inout MaildropMemory) async throws(RetrievalFailure) -> FetchReport {
        try await MaildropFetch(
            account: account,
            settings: settings,
            store: queue,
            connector: connector,
            filter: filter,
            clock: clock,
            wake: { _ in },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        ).run(&memory)
    }

    func fetch() async throws(RetrievalFailure) -> FetchReport {
        var memory = MaildropMemory()
        return try await fetch(&memory)
    }

    /// What the queue holds, behind the trace fields, oldest first.
    func stored() async throws -> [String] {
        try await bodies().map { String(decoding: $0.content, as: UTF8.self) }
    }

    func bodies() async throws -> [(trace: String, content: [UInt8], message: QueuedMessage)] {
        var found: [(String, [UInt8], QueuedMessage)] = []
        for entry in try await queue.list(.all, limit: 10_000) {
            let reader = try await queue.readBody(entry.message.id)
            var octets: [UInt8] = []
            while let piece = try await reader.read(upTo: 65_536) { octets += piece.readableBytesView }
            await reader.close()
            #expect(octets.count == entry.message.size)
            let cut = entry.message.trace.utf8.count
            found.append((String(decoding: octets[..<cut], as: UTF8.self), Array(octets[cut...]), entry.message))
        }
        return found
    }

    /// Exchange takes everything that waits.
    func deliverAll() async throws {
        let lease = Lease(owner: "test", until: clock.now() + .seconds(60))
        for claim in try await queue.claim(.exchange, limit: 10_000, now: clock.now() + .seconds(1), lease: lease) {
            let attempt = DeliveryAttempt(moment: clock.now(), duration: .zero, server: "exchange", reply: "250 ok")
            let results = claim.recipients.map {
                RecipientResult(number: $0.number, outcome: .delivered, attempt: attempt)
            }
            try await queue.settle(Settlement(id: claim.message.id, lease: lease, results: results))
        }
    }

    /// Stops the server and removes what was stored.
    func finish() async {
        await server.stop()
        await queue.close()
        Files.remove(directory)
    }

    var remaining: [String?] { server.behaviour.messages.map(\.uniqueID) }
}
