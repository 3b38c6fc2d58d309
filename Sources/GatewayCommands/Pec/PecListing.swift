// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import CertifiedMail
internal import CertifiedTracking
internal import MailModel
internal import MailQueue

/// Listings of certified messages and receipts, for people and as JSON.
enum PecListing {
    static func print(_ messages: [TrackedMessage], json: Bool) throws {
        let environment = CommandEnvironment.current
        if json {
            for message in messages { try environment.print(Self.json(message).text) }
            return
        }
        guard !messages.isEmpty else { return try environment.print("No such messages.") }
        for line in table(messages).lines { try environment.print(line) }
        try environment.print(PlainText.count(messages.count, "message"))
    }

    static func print(_ receipts: [StoredReceipt], json: Bool) throws {
        let environment = CommandEnvironment.current
        if json {
            for receipt in receipts { try environment.print(Self.json(receipt).text) }
            return
        }
        guard !receipts.isEmpty else { return try environment.print("No such receipts.") }
        var table = TextTable(["ID", "ARRIVED", "ACCOUNT", "KIND", "PROVIDER", "MESSAGE-ID"])
        for stored in receipts {
            table.add([
                stored.id.description, LocalTime.text(stored.arrival), stored.receipt.account,
                stored.receipt.kind.rawValue, stored.receipt.provider ?? "-",
                stored.receipt.messageID ?? stored.receipt.identifier ?? "-",
            ])
            if let doubt = stored.receipt.doubt { table.addNote("not believed: \(doubt)") }
        }
        for line in table.lines { try environment.print(line) }
        try environment.print(PlainText.count(receipts.count, "receipt"))
    }

    /// A row for each recipient; the message's own facts stand in the first.
    static func table(_ messages: [TrackedMessage]) -> TextTable {
        var table = TextTable(["ID", "CREATED", "ACCOUNT", "SUBJECT", "RECIPIENT", "KIND", "STATE", "SINCE"])
        for message in messages {
            let facts = [
                message.id.description, LocalTime.text(message.created), message.account,
                PlainText.line(subject(message.subject) ?? "-", limit: 40),
            ]
            for (index, recipient) in message.recipients.enumerated() {
                table.add(
                    (index == 0 ? facts : ["", "", "", ""]) + [
                        recipient.address.description, kind(recipient), recipient.state.rawValue,
                        LocalTime.text(recipient.since),
                    ]
                )
                if let detail = recipient.detail { table.addNote(detail) }
            }
        }
        return table
    }

    static func subject(_ encoded: String?) -> String? { encoded.map { EncodedWord.decode($0) } }

    static func kind(_ recipient: TrackedRecipient) -> String {
        recipient.isCertified.map { $0 ? "certified" : "ordinary" } ?? "unknown"
    }

    // MARK: JSON

    static func json(
        _ message: TrackedMessage,
        receipts: [StoredReceipt]? = nil,
        archive: [QueueID: ArchiveEntry] = [:]
    ) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("id", .string(message.id.description)), ("account", .string(message.account)),
            ("message_id", .string(message.messageID)), ("identifier", .optional(message.identifier)),
            ("subject", .optional(subject(message.subject))),
            ("senders", .array(message.senders.map { .string($0.description) })), ("created", time(message.created)),
            ("submitted", time(message.submittedAt)), ("accepted", time(message.acceptedAt)),
            ("final", .bool(message.isFinal)), ("digest", .string(message.contentDigest)),
            ("recipients", .array(message.recipients.map(json))),
        ]
        if let receipts {
            members.append(("archive", .optional(archive[message.id]?.reference)))
            members.append(("receipts", .array(receipts.map { json($0, archive: archive[$0.id]) })))
        }
        return .object(members)
    }

    private static func json(_ recipient: TrackedRecipient) -> JSONValue {
        .object([
            ("number", .integer(recipient.number)), ("address", .string(recipient.address.description)),
            ("kind", .string(kind(recipient))), ("state", .string(recipient.state.rawValue)),
            ("since", time(recipient.since)), ("detail", .optional(recipient.detail)),
        ])
    }

    static func json(_ stored: StoredReceipt, archive: ArchiveEntry? = nil) -> JSONValue {
        let receipt = stored.receipt
        return .object([
            ("id", .string(stored.id.description)), ("message", .optional(stored.message?.description)),
            ("account", .string(receipt.account)), ("kind", .string(receipt.kind.rawValue)),
            ("statement", .string(receipt.statement.rawValue)), ("provider", .optional(receipt.provider)),
            ("time", time(receipt.time)), ("arrival", time(stored.arrival)),
            ("message_id", .optional(receipt.messageID)), ("identifier", .optional(receipt.identifier)),
            ("own_message_id", .optional(receipt.ownMessageID)), ("error", .optional(receipt.failure?.rawValue)),
            ("detail", .optional(receipt.detail)),
            ("concerned", .array(receipt.concerned.map { .string($0) })),
            ("signature", .string(receipt.signature.rawValue)), ("signer", .optional(receipt.signer)),
            ("believed", .bool(receipt.doubt == nil)), ("doubt", .optional(receipt.doubt)),
            ("effect", .string(stored.effect)), ("archive", .optional(archive?.reference)),
        ])
    }

    private static func time(_ moment: Timestamp?) -> JSONValue {
        .optional(moment.map { MailDate.formatISO8601($0) })
    }
}

extension ArchiveEntry {
    /// How listings name it: `2026-11-24/17`.
    var reference: String { "\(day)/\(number)" }
}
