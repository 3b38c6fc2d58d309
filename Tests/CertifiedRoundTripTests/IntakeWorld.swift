// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedIntake
import CertifiedMail
import CertifiedMailSignatures
import CertifiedTracking
import Crypto
import Foundation
import Logging
import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import Routing
import SMTPServer
import Sandbox
import Testing

/// A store with an examiner, an account of it, and a message that left through the account.
struct IntakeWorld {
    static let account = "anna@pec.example.it"
    /// Who really sent the message.
    static let sender = AddrSpec(localPart: "mario", domain: "azienda.it")
    static let mailbox = AddrSpec(localPart: "protocollo", domain: "azienda.it")

    let directory: String
    let store: SQLiteQueue
    let examiner: CertifiedExaminer

    private struct FixedClock: WallClock {
        func now() -> Timestamp { RoundTrip.moment + .seconds(60) }
    }

    private static let silent = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    init(_ rule: IntakeSettings.Account = .init(), logger: Logger = silent) throws {
        directory = NSTemporaryDirectory() + "intake-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        store = try SQLiteQueue.open(directory: directory, minimumFree: 0)
        examiner = CertifiedExaminer(
            store: store,
            settings: IntakeSettings(anchors: try RoundTrip.trust(), accounts: [Self.account: rule]),
            clock: FixedClock(),
            logger: logger
        )
    }

    func close() async throws {
        await store.close()
        try FileManager.default.removeItem(atPath: directory)
    }

    /// Brings a submission to its provider: to Bruno, the ordinary address, and Carla, as `RoundTrip.original` has them.
    func submit(_ messageID: String = "client-1@azienda.it") async throws -> QueueID {
        let route = Route.account(Self.account)
        let body = "Message-ID: <\(messageID)>\r\n\r\nx\r\n"
        let id = QueueID(arrival: RoundTrip.moment)
        let recipients = [RoundTrip.bruno, RoundTrip.ditta, RoundTrip.carla].enumerated().map { number, address in
            QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(address),
                route: route,
                nextAttempt: RoundTrip.moment
            )
        }
        let submission = CertifiedFacts.Submission(messageID: messageID, senders: [Self.sender])
        try await store.insert(
            Arrival(
                message: QueuedMessage(
                    id: id,
                    origin: .exchange,
                    arrival: RoundTrip.moment,
                    reversePath: .mailbox(RoundTrip.anna),
                    size: body.utf8.count,
                    messageID: messageID
                ),
                recipients: recipients,
                body: .octets(ByteBuffer(string: body)),
                certified: CertifiedFacts(
                    digest: Self.digest(Array(body.utf8)),
                    kind: "submission",
                    account: Self.account,
                    submission: submission
                )
            )
        )
        let lease = Lease(owner: "one", until: RoundTrip.moment + .seconds(60))
        _ = try await store.claim(route, limit: 1, now: RoundTrip.moment, lease: lease)
        try await store.beginSubmission(id, numbers: [0, 1, 2], lease: lease)
        let attempt = DeliveryAttempt(moment: RoundTrip.moment, duration: .zero, server: "x:465", reply: "250 OK")
        let results = (0..<3).map { RecipientResult(number: $0, outcome: .delivered, attempt: attempt) }
        try await store.settle(Settlement(id: id, lease: lease, results: results))
        return id
    }

    /// What the gateway does with a message that it retrieves; `isLarge` brings it into a file first. `disturb` is called with true when the
    /// message is about to be examined, and with false behind that.
    @discardableResult
    func take(
        _ octets: [UInt8],
        isLarge: Bool = false,
        disturb: (Bool) throws -> Void = { _ in }
    ) async throws -> (arrival: Arrival, outcome: InsertOutcome) {
        let body: MessageBody
        if isLarge {
            let writer = try await store.makeBodyWriter()
            try await writer.write(ByteBuffer(bytes: octets))
            body = .stored(try await writer.finish())
        } else {
            body = .octets(ByteBuffer(bytes: octets))
        }
        let moment = RoundTrip.moment + .seconds(30)
        let recipient = QueuedRecipient(
            number: 0,
            recipient: EnvelopeRecipient(Self.mailbox),
            route: .exchange,
            nextAttempt: moment
        )
        let trace = "Received: from pop by relay; Mon, 23 Nov 2026 10:00:30 +0000\r\n"
        var arrival = Arrival(
            message: QueuedMessage(
                id: QueueID(arrival: moment),
                origin: .account(Self.account),
                arrival: moment,
                reversePath: .null,
                size: octets.count + trace.utf8.count,
                trace: trace
            ),
            recipients: [recipient],
            body: body
        )
        var examination = try #require(examiner.begin(Self.account))
        var rest = octets[...]
        while !rest.isEmpty {
            examination.append(ByteBuffer(bytes: rest.prefix(4099)))
            rest = rest.dropFirst(4099)
        }
        var collector = HeaderCollector()
        collector.append(ByteBuffer(bytes: octets))
        try disturb(true)
        await examiner.complete(&arrival, examination, header: collector.section, digest: Self.digest(octets))
        try disturb(false)
        return (arrival, try await store.insert(arrival))
    }

    /// Takes the files of bodies out of sight, or brings them back.
    func hideSpool(_ isHidden: Bool) throws {
        let (spool, hidden) = (directory + "/spool", directory + "/hidden")
        try FileManager.default.moveItem(atPath: isHidden ? spool : hidden, toPath: isHidden ? hidden : spool)
    }

    /// What a `provider` listener hands its messages to.
    func receiver() -> QueueReceiver {
        let routed = RoutedAccount(address: RoundTrip.anna, isCertified: true, deliverTo: [Self.mailbox])
        let policy = ReceptionPolicy(
            role: .provider,
            hostname: "relay.azienda.it",
            postmaster: AddrSpec(localPart: "postmaster", domain: "azienda.it"),
            table: RoutingTable(accounts: [routed], exchangeDomains: ["azienda.it"])
        )
        return QueueReceiver(
            policy: policy,
            store: store,
            examiner: examiner,
            clock: FixedClock(),
            wake: { _ in },
            logger: Self.silent
        )
    }

    /// The octets that Exchange is handed.
    func delivered(_ id: QueueID) async throws -> [UInt8] {
        let reader = try await store.readBody(id)
        var whole: [UInt8] = []
        while let piece = try await reader.read(upTo: 65_536) { whole += piece.readableBytesView }
        await reader.close()
        return whole
    }

    func states(_ id: QueueID) async throws -> [TrackingState] {
        try await store.tracked(id)?.message.recipients.map(\.state) ?? []
    }

    static func digest(_ octets: [UInt8]) -> String {
        SHA256.hash(data: octets).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
