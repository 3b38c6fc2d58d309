// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import GRDB
import MailModel
import MailQueue

/// The rows of receipts, inside one operation of the writer or one snapshot of a reader.
enum ReceiptRows {
    /// The columns that `stored` reads, in its order; `t` is the tracked message, or NULL.
    private static let columns = """
        r.id, r.arrival, t.id, r.effect, r.account, r.kind, r.statement, r.failure, r.detail, r.message_id, r.identifier, \
        r.own_message_id, r.provider, r.moment, r.sender, r.recipients, r.concerned, r.signature, r.signer, r.doubt
        """

    // MARK: Writing

    /// Keeps a receipt that is being stored as `message`, and moves the tracked message that it is about.
    ///
    /// One about a message that did not come through here is kept as foreign, also when that message is tracked later: then it was sent by
    /// other means first.
    static func take(
        _ receipt: Receipt,
        _ message: QueuedMessage,
        waits: Bool,
        _ database: Database
    ) throws -> InsertOutcome {
        let candidates = try TrackedRows.find(
            account: receipt.account,
            messageID: receipt.messageID,
            identifier: receipt.identifier,
            database
        )
        guard let chosen = Matching.choose(receipt, among: candidates.map(\.message)),
            let row = candidates.first(where: { $0.message.id == chosen.id })
        else {
            let effect = receipt.doubt.map(ReceiptEffect.disbelieved) ?? .none
            try insert(receipt, message, about: nil, effect, waits: waits, database)
            return .receipt(of: nil, effect)
        }
        var tracked = chosen
        let effect = tracked.apply(receipt)
        try TrackedRows.update(row, to: tracked, database)
        try insert(receipt, message, about: row.seq, effect, waits: waits, database)
        if case .moved = effect {
            try Proof(tracked: tracked, now: message.arrival).end("the receipt \(message.id) proves it", database)
        }
        return .receipt(of: tracked.id, effect)
    }

    private static func insert(
        _ receipt: Receipt,
        _ message: QueuedMessage,
        about tracked: Int64?,
        _ effect: ReceiptEffect,
        waits: Bool,
        _ database: Database
    ) throws {
        var (receipt, words) = (receipt, effect.words)
        // Anybody can send such a one, by the thousand: what is read of it is for people.
        if case .disbelieved = effect {
            receipt.shorten()
            words = Receipt.shortened(words)
        }
        try database.run(
            """
            INSERT INTO receipt (id, arrival, message, effect, waits, account, kind, statement, failure, detail, message_id, \
            identifier, own_message_id, provider, moment, sender, recipients, concerned, signature, signer, doubt) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                message.id.rawValue, message.arrival.milliseconds, tracked, words, waits, receipt.account,
                receipt.kind.rawValue, receipt.statement.rawValue, receipt.failure?.rawValue, receipt.detail,
                receipt.messageID, receipt.identifier, receipt.ownMessageID, receipt.provider,
                receipt.time?.milliseconds, receipt.sender, receipt.recipients.map(line).joined(separator: "\n"),
                receipt.concerned.map(oneLine).joined(separator: "\n"), receipt.signature.rawValue, receipt.signer,
                receipt.doubt,
            ]
        )
    }

    // MARK: Reading

    /// The receipts that the rest of a statement selects, in which `r` is the receipt and `t` its message.
    static func select(
        _ condition: String,
        _ arguments: StatementArguments,
        _ database: Database
    ) throws -> [StoredReceipt] {
        try database.rows(
            "SELECT \(columns) FROM receipt r LEFT JOIN tracked t ON t.seq = r.message \(condition)",
            arguments,
            stored
        )
    }

    private static func stored(_ row: Columns) throws -> StoredReceipt {
        let (id, message): (String, String?) = (row[0], row[2])
        guard let id = QueueID(id) else { throw QueueError.damaged("identifier \(id)") }
        return StoredReceipt(
            id: id,
            receipt: try receipt(row),
            arrival: Timestamp(milliseconds: row[1]),
            message: message.flatMap { QueueID($0) },
            effect: row[3]
        )
    }

    private static func receipt(_ row: Columns) throws -> Receipt {
        let (kind, statement, signature): (String, String, String) = (row[5], row[6], row[17])
        let (recipients, concerned): (String, String) = (row[15], row[16])
        let (failure, time): (String?, Int64?) = (row[7], row[13])
        guard let kind = MessageKind(rawValue: kind), let statement = Receipt.Statement(rawValue: statement),
            let signature = SignatureFinding.State(rawValue: signature)
        else { throw QueueError.damaged("receipt \(kind), \(statement), \(signature)") }
        return Receipt(
            account: row[4],
            kind: kind,
            statement: statement,
            failure: failure.flatMap(CertificationFailure.init(rawValue:)),
            detail: row[8],
            messageID: row[9],
            identifier: row[10],
            ownMessageID: row[11],
            provider: row[12],
            time: time.map { Timestamp(milliseconds: $0) },
            sender: row[14],
            recipients: recipients.split(separator: "\n").map { recipient(String($0)) },
            concerned: concerned.split(separator: "\n").map(String.init),
            signature: signature,
            signer: row[18],
            doubt: row[19]
        )
    }

    // MARK: Addresses

    /// `c address` for a certified recipient, `o address` for an ordinary one, `? address` where nothing says so.
    private static func line(_ recipient: CertifiedRecipient) -> String {
        let mark = recipient.isCertified.map { $0 ? "c" : "o" } ?? "?"
        return "\(mark) \(oneLine(recipient.address))"
    }

    private static func recipient(_ line: String) -> CertifiedRecipient {
        let isCertified: Bool? =
            switch line.first {
            case "c": true
            case "o": false
            default: nil
            }
        return CertifiedRecipient(address: String(line.dropFirst(2)), isCertified: isCertified)
    }

    private static func oneLine(_ address: String) -> String {
        address.contains("\n") ? String(address.map { $0.isNewline ? " " : $0 }) : address
    }
}

extension Receipt {
    /// Octets of a text of a receipt that is not believed, and addresses in it.
    private static let (textLimit, addressLimit) = (2048, 1000)

    /// The beginning of `text`, whole characters.
    fileprivate static func shortened(_ text: String) -> String {
        guard text.utf8.count > textLimit else { return text }
        var (kept, octets) = (String.UnicodeScalarView(), 0)
        for scalar in text.unicodeScalars {
            octets += UTF8.width(scalar)
            guard octets <= textLimit else { break }
            kept.append(scalar)
        }
        return String(kept)
    }

    /// Cuts what a stranger may have made long.
    fileprivate mutating func shorten() {
        detail = detail.map(Self.shortened)
        messageID = messageID.map(Self.shortened)
        identifier = identifier.map(Self.shortened)
        ownMessageID = ownMessageID.map(Self.shortened)
        provider = provider.map(Self.shortened)
        sender = sender.map(Self.shortened)
        signer = signer.map(Self.shortened)
        doubt = doubt.map(Self.shortened)
        recipients = recipients.prefix(Self.addressLimit).map {
            CertifiedRecipient(address: Self.shortened($0.address), isCertified: $0.isCertified)
        }
        concerned = concerned.prefix(Self.addressLimit).map(Self.shortened)
    }
}
