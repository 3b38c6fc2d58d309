// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import Crypto
import Foundation
import GatewayConfiguration
import MailModel
import MailQueue
import NIOCore
import QueueSQLite
import Synchronization

@testable import GatewayRuntime

/// A store with certified messages and receipts in it, and a clock that stands.
final class CertifiedTraffic: Sendable {
    static let account = "azienda@pec.it"
    /// 2026-11-23T10:00:00Z, a Monday.
    static let start = Timestamp(milliseconds: 1_795_428_000_000)

    let directory: String
    let store: SQLiteQueue
    let clock = SetClock()
    let board = Board()

    final class SetClock: WallClock {
        private let moment = Mutex(CertifiedTraffic.start)
        func now() -> Timestamp { moment.withLock { $0 } }
        func set(_ time: Duration) { moment.withLock { $0 = CertifiedTraffic.start + time } }
    }

    /// The alerts that are open.
    actor Board: AlertReporting {
        private(set) var open: [String: String] = [:]
        private(set) var remedies: [String: String] = [:]
        func raise(key: String, summary: String, affects: String, remedy: String) {
            open[key] = open[key] ?? summary
            remedies[key] = remedy
        }
        func clear(key: String) { open[key] = nil }
    }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("traffic-\(UUID().uuidString)").path
        store = try SQLiteQueue.open(directory: directory, minimumFree: 0)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    static func configuration(_ lines: String = "", accounts: String = "azienda@pec.it") throws -> Configuration {
        try ConfigurationFile.read(
            """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            exchange: {servers: ["smtp://127.0.0.1:1"], domains: [azienda.it], tls: none}
            \(lines)
            accounts:
              - {address: \(accounts), provider: aruba, password: {env: HOME}, deliver_to: [protocollo@azienda.it]}
            """,
            path: "test.yaml",
            checkingFiles: false
        ).configuration
    }

    /// A certified message comes from Exchange.
    @discardableResult
    func submit(
        _ name: String,
        to recipients: [String] = ["a@pec.example.it"],
        after: Duration = .zero
    ) async throws -> QueueID {
        let arrival = Self.start + after
        let body = "Subject: Oggetto \(name)\r\nMessage-ID: <\(name)@azienda.it>\r\n\r\nciao\r\n"
        let id = QueueID(arrival: arrival)
        let sender = AddrSpec(localPart: "mario", domain: "azienda.it")
        let message = QueuedMessage(
            id: id,
            origin: .exchange,
            arrival: arrival,
            reversePath: .mailbox(AddrSpec(localPart: "azienda", domain: "pec.it")),
            reportTo: [sender],
            size: body.utf8.count,
            headerFrom: Self.account,
            subject: "Oggetto \(name)",
            messageID: "\(name)@azienda.it"
        )
        let facts = CertifiedFacts(
            digest: Self.digest(Array(body.utf8)),
            kind: "submission",
            account: Self.account,
            submission: .init(messageID: "\(name)@azienda.it", senders: [sender])
        )
        let queued = recipients.enumerated().map { number, text in
            QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(AddrSpec(text) ?? sender),
                route: .account(Self.account),
                nextAttempt: arrival
            )
        }
        _ = try await store.insert(
            Arrival(message: message, recipients: queued, body: .octets(ByteBuffer(string: body)), certified: facts)
        )
        return id
    }

    /// The provider's server answers to all that waits for it.
    func settle(_ outcome: RecipientOutcome, after: Duration = .zero) async throws {
        try await settle(.account(Self.account), outcome, after: after)
    }

    /// Exchange answers to all that waits for it.
    func deliver(_ outcome: RecipientOutcome, after: Duration = .zero) async throws {
        try await settle(.exchange, outcome, after: after)
    }

    private func settle(_ route: Route, _ outcome: RecipientOutcome, after: Duration) async throws {
        let now = Self.start + after
        let lease = Lease(owner: "test", until: now + .seconds(60))
        for claim in try await store.claim(route, limit: 100, now: now, lease: lease) {
            let attempt = DeliveryAttempt(moment: now, duration: .zero, server: "smtp.pec.it:465", reply: "\(outcome)")
            let results = claim.recipients.map {
                RecipientResult(number: $0.number, outcome: outcome, attempt: attempt)
            }
            try await store.settle(Settlement(id: claim.message.id, lease: lease, results: results))
        }
    }

    /// A receipt comes out of the account's maildrop.
    @discardableResult
    func receive(
        _ statement: Receipt.Statement,
        of name: String,
        after: Duration = .zero,
        concerned: [String] = [],
        doubt: String? = nil,
        waitsForDigest: Bool = false,
        readers: [String] = ["protocollo"],
        trace: String = "X-Ceralacca-PEC: kind=x\r\n",
        octets: Int = 200
    ) async throws -> QueueID {
        let arrival = Self.start + after
        let id = QueueID(arrival: arrival)
        let kind: MessageKind =
            switch statement {
            case .accepted: .acceptance
            case .refused: .nonAcceptance
            default: .delivery
            }
        var body = "From: posta-certificata@pec.it\r\nSubject: =?utf-8?Q?ACCETTAZIONE?= \(name) \(id)\r\n\r\n"
        while body.utf8.count < octets { body += "una riga della ricevuta \(body.utf8.count)\r\n" }
        let receipt = Receipt(
            account: Self.account,
            kind: kind,
            statement: statement,
            messageID: "\(name)@azienda.it",
            identifier: "opec.\(name)@pec.it",
            ownMessageID: "r-\(id)@pec.it",
            provider: "Prova PEC",
            time: arrival,
            recipients: [CertifiedRecipient(address: "a@pec.example.it", isCertified: true)],
            concerned: concerned,
            signature: doubt == nil ? .valid : .invalid,
            signer: "posta-certificata@pec.it",
            doubt: doubt
        )
        let message = QueuedMessage(
            id: id,
            origin: .account(Self.account),
            arrival: arrival,
            reversePath: .null,
            size: trace.utf8.count + body.utf8.count,
            trace: trace,
            subject: "=?utf-8?Q?ACCETTAZIONE?= \(name)"
        )
        let queued = readers.enumerated().map { number, name in
            var recipient = QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(AddrSpec(localPart: name, domain: "azienda.it")),
                route: .exchange,
                nextAttempt: arrival
            )
            if waitsForDigest { recipient.awaitDigest() }
            return recipient
        }
        let facts = CertifiedFacts(
            digest: Self.digest(Array(body.utf8)),
            kind: kind.rawValue,
            account: Self.account,
            receipt: receipt,
            waitsForDigest: waitsForDigest
        )
        _ = try await store.insert(
            Arrival(message: message, recipients: queued, body: .octets(ByteBuffer(string: body)), certified: facts)
        )
        return id
    }

    static func digest(_ octets: [UInt8]) -> String {
        SHA256.hash(data: octets).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// A message as it would be sent, its trace fields taken off.
    func body(_ id: QueueID) async throws -> String {
        let reader = try await store.readBody(id)
        var octets: [UInt8] = []
        while let piece = try await reader.read(upTo: 65_536) { octets += Array(piece.readableBytesView) }
        await reader.close()
        let trace = try await store.entry(id)?.message.trace.utf8.count ?? 0
        return String(decoding: octets.dropFirst(trace), as: UTF8.self)
    }

    /// The messages of our own that were queued, oldest first.
    func notices() async throws -> [QueueEntry] {
        try await store.list(.all, limit: 10_000).filter { $0.message.origin == .notice }
    }
}
