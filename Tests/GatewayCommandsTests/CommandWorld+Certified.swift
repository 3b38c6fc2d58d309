// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import Crypto
import MailModel
import MailQueue
import NIOCore

@testable import GatewayCommands

extension CommandWorld {
    static let account = "azienda@pec.it"

    /// A certified message comes from Exchange.
    @discardableResult
    func submit(
        _ name: String,
        to recipients: [String] = ["a@pec.example.it"],
        account: String = CommandWorld.account,
        subject: String? = nil,
        after: Duration = .zero
    ) async throws -> QueueID {
        let arrival = Self.start + after
        let body = Self.content(name)
        let id = QueueID(arrival: arrival)
        let sender = AddrSpec(localPart: "mario", domain: "azienda.it")
        let message = QueuedMessage(
            id: id,
            origin: .exchange,
            arrival: arrival,
            reversePath: .mailbox(AddrSpec(account) ?? sender),
            reportTo: [sender],
            size: body.utf8.count,
            headerFrom: account,
            subject: subject ?? "Oggetto \(name)",
            messageID: "\(name)@azienda.it"
        )
        let queued = recipients.enumerated().map { number, text in
            QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(AddrSpec(text) ?? sender),
                route: .account(account),
                nextAttempt: arrival
            )
        }
        let facts = CertifiedFacts(
            digest: Self.digest(Array(body.utf8)),
            kind: "submission",
            account: account,
            submission: .init(messageID: "\(name)@azienda.it", senders: [sender])
        )
        _ = try await store.insert(
            Arrival(message: message, recipients: queued, body: .octets(ByteBuffer(string: body)), certified: facts)
        )
        return id
    }

    static func content(_ name: String) -> String {
        "Subject: Oggetto \(name)\r\nMessage-ID: <\(name)@azienda.it>\r\n\r\nciao\r\n"
    }

    static func receiptContent(_ name: String, _ statement: Receipt.Statement) -> String {
        "Subject: \(statement.rawValue) \(name)\r\n\r\nricevuta\r\n"
    }

    /// A receipt comes out of the account's maildrop.
    @discardableResult
    func receive(
        _ statement: Receipt.Statement,
        of name: String,
        account: String = CommandWorld.account,
        after: Duration = .zero,
        named: [CertifiedRecipient] = [],
        concerned: [String] = [],
        failure: CertificationFailure? = nil,
        detail: String? = nil,
        doubt: String? = nil
    ) async throws -> QueueID {
        let arrival = Self.start + after
        let id = QueueID(arrival: arrival)
        let kind: MessageKind =
            switch statement {
            case .accepted: .acceptance
            case .refused: .nonAcceptance
            case .delivered: .delivery
            case .failed: .nonDelivery
            case .takenInCharge, .warned, .overdue, .other: .nonDeliveryWarning
            }
        let body = Self.receiptContent(name, statement)
        let receipt = Receipt(
            account: account,
            kind: kind,
            statement: statement,
            failure: failure,
            detail: detail,
            messageID: "\(name)@azienda.it",
            identifier: "opec.\(name)@pec.it",
            ownMessageID: "r-\(id)@pec.it",
            provider: "Prova PEC",
            time: arrival,
            recipients: named,
            concerned: concerned,
            signature: doubt == nil ? .valid : .invalid,
            signer: "posta-certificata@pec.it",
            doubt: doubt
        )
        let trace = "X-Ceralacca-PEC: kind=\(kind.rawValue)\r\n"
        let message = QueuedMessage(
            id: id,
            origin: .account(account),
            arrival: arrival,
            reversePath: .null,
            size: trace.utf8.count + body.utf8.count,
            trace: trace,
            subject: "\(statement.rawValue) \(name)"
        )
        let queued = QueuedRecipient(
            number: 0,
            recipient: EnvelopeRecipient(AddrSpec(localPart: "protocollo", domain: "azienda.it")),
            route: .exchange,
            nextAttempt: arrival
        )
        let facts = CertifiedFacts(
            digest: Self.digest(Array(body.utf8)),
            kind: kind.rawValue,
            account: account,
            receipt: receipt
        )
        _ = try await store.insert(
            Arrival(message: message, recipients: [queued], body: .octets(ByteBuffer(string: body)), certified: facts)
        )
        return id
    }

    static func digest(_ octets: [UInt8]) -> String {
        SHA256.hash(data: octets).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
