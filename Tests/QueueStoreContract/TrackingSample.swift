// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import MailModel
import MailQueue

import struct NIOCore.ByteBuffer

/// Submissions of one account, and receipts about them.
enum Tracked {
    static let account = "azienda@pec.example.it"
    static let route = Route.account("azienda@pec.example.it")
    static let identifier = "opec1.20261123@pec.example.it"

    static func address(_ name: String) -> AddrSpec { AddrSpec(localPart: name, domain: "pec.fuori.example") }

    /// A submission as a listener for Exchange stores it.
    static func submission(
        _ messageID: String = "uno@azienda.it",
        to names: [String] = ["ente"],
        text: String = "Ciao",
        after: Duration = .zero,
        window: Duration = .zero,
        maximum: Int = .max
    ) -> Arrival {
        let moment = Sample.start + after
        let body = "Message-ID: <\(messageID)>\r\n\r\n\(text)\r\n"
        let recipients = names.enumerated().map { number, name in
            QueuedRecipient(
                number: number,
                recipient: EnvelopeRecipient(address(name)),
                route: route,
                nextAttempt: moment
            )
        }
        var arrival = Sample.arrival(at: moment, recipients: recipients, body: body)
        arrival.message.messageID = messageID
        arrival.certified = CertifiedFacts(
            digest: Certified.digest(body),
            kind: "submission",
            account: account,
            submission: CertifiedFacts.Submission(
                messageID: messageID,
                senders: [Sample.mario],
                mergeWindow: window,
                maximumRecipients: maximum
            )
        )
        return arrival
    }

    /// A receipt of the account's provider, believed unless `doubt` says why not.
    static func receipt(
        _ statement: Receipt.Statement,
        of messageID: String? = "uno@azienda.it",
        identifier: String? = Tracked.identifier,
        concerned: [String] = [],
        recipients: [String] = ["ente"],
        at time: Duration = .seconds(10),
        account: String = Tracked.account,
        doubt: String? = nil
    ) -> Receipt {
        let kinds: [Receipt.Statement: MessageKind] = [
            .accepted: .acceptance, .refused: .nonAcceptance, .delivered: .delivery, .failed: .nonDelivery,
            .warned: .nonDeliveryWarning,
        ]
        return Receipt(
            account: account,
            kind: kinds[statement] ?? .acceptance,
            statement: statement,
            messageID: messageID,
            identifier: identifier,
            time: Sample.start + time,
            sender: account,
            recipients: recipients.map { CertifiedRecipient(address: "\(address($0))", isCertified: true) },
            concerned: concerned.map { "\(address($0))" },
            signature: doubt == nil ? .valid : .untrusted,
            doubt: doubt
        )
    }

    /// A receipt on its way to Exchange.
    static func arrival(_ receipt: Receipt, after: Duration = .seconds(20), digest: Bool = false) -> Arrival {
        let moment = Sample.start + after
        let body = "X-Ricevuta: \(receipt.kind.rawValue)\r\n\r\n\(receipt.statement) \(receipt.concerned)\r\n"
        var arrival = Sample.arrival(at: moment, origin: .account(account), body: body)
        arrival.certified = CertifiedFacts(
            digest: Certified.digest(body),
            kind: receipt.kind.rawValue,
            account: receipt.account,
            receipt: receipt,
            waitsForDigest: digest
        )
        if digest { for index in arrival.recipients.indices { arrival.recipients[index].awaitDigest() } }
        return arrival
    }

    /// Claims the account's messages that are due, and brings them behind the final dot.
    static func submit(_ store: any WholeStore, after: Duration = .zero) async throws {
        let now = Sample.start + after
        for claim in try await store.claim(route, limit: 10, now: now, lease: lease(after)) {
            let numbers = claim.recipients.map(\.number)
            try await store.beginSubmission(claim.message.id, numbers: numbers, lease: claim.lease)
        }
    }

    /// Writes how the submission of `id` ended.
    static func settle(
        _ id: QueueID,
        _ outcome: RecipientOutcome,
        numbers: [Int] = [0],
        after: Duration = .zero,
        _ store: any WholeStore
    ) async throws {
        let attempt = Sample.attempt("\(outcome.state)", at: Sample.start + after)
        let results = numbers.map { RecipientResult(number: $0, outcome: outcome, attempt: attempt) }
        try await store.settle(Settlement(id: id, lease: lease(after), results: results))
    }

    private static func lease(_ after: Duration) -> Lease {
        Lease(owner: "one", until: Sample.start + after + .seconds(60))
    }

    /// A submission that the provider's server took, or of which nobody knows.
    static func submitted(
        _ arrival: Arrival = submission(),
        _ outcome: RecipientOutcome = .delivered,
        _ store: any WholeStore
    ) async throws -> QueueID {
        try await store.insert(arrival)
        try await submit(store)
        try await settle(arrival.message.id, outcome, numbers: arrival.recipients.map(\.number), store)
        return arrival.message.id
    }

    static func states(_ id: QueueID, _ store: any WholeStore) async throws -> [TrackingState] {
        try await store.tracked(id)?.message.recipients.map(\.state) ?? []
    }

    static func queued(_ id: QueueID, _ store: any WholeStore) async throws -> [RecipientState] {
        try await store.entry(id)?.recipients.map(\.state) ?? []
    }
}
