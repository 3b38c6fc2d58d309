// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayRuntime
internal import MailModel
internal import MailQueue

/// Listings of messages, for people and as JSON.
enum QueueListing {
    static func print(_ listed: [QueueEntry], json: Bool, empty: String, pauses: [Route: Timestamp] = [:]) throws {
        let environment = CommandEnvironment.current
        let entries = listed.map { $0.waiting(for: pauses, now: environment.clock.now()) }
        if json {
            for entry in entries { try environment.print(Self.json(entry).text) }
            return
        }
        guard !entries.isEmpty else { return try environment.print(empty) }
        for line in table(entries).lines { try environment.print(line) }
        let size = entries.reduce(0) { $0 + $1.message.size }
        try environment.print("\(PlainText.count(entries.count, "message")), \(ByteCount(octets: size))")
    }

    /// A row for each recipient; the message's own facts stand in the first, the last reply below each.
    static func table(_ entries: [QueueEntry]) -> TextTable {
        var table = TextTable(["ID", "ARRIVED", "SIZE", "SENDER", "RECIPIENT", "ROUTE", "STATE", "NEXT"])
        for entry in entries {
            let message = entry.message
            let facts = [
                message.id.description, LocalTime.text(message.arrival), "\(ByteCount(octets: message.size))",
                sender(message),
            ]
            for (index, recipient) in entry.recipients.enumerated() {
                table.add(
                    (index == 0 ? facts : ["", "", "", ""]) + [
                        "\(recipient.recipient.forwardPath)", "\(recipient.route)", recipient.state.rawValue,
                        recipient.state == .waiting ? LocalTime.text(recipient.nextAttempt) : "",
                    ]
                )
                if let reply = recipient.lastReply, recipient.state != .delivered { table.addNote(reply) }
            }
        }
        return table
    }

    static func sender(_ message: QueuedMessage) -> String {
        message.reversePath.mailbox?.description ?? "<>"
    }

    static func json(_ entry: QueueEntry, withHistory: Bool = false) -> JSONValue {
        let message = entry.message
        var members: [(String, JSONValue)] = [
            ("id", .string(message.id.description)), ("arrival", .string(MailDate.formatISO8601(message.arrival))),
            ("origin", .string(message.origin.description)), ("size", .integer(message.size)),
            ("sender", .string(message.reversePath.description)), ("from", .optional(message.headerFrom)),
            ("subject", .optional(message.subject)), ("message_id", .optional(message.messageID)),
            ("reason", .string(message.routeReason)), ("recipients", .array(entry.recipients.map(json))),
        ]
        if withHistory { members.append(("history", .array(entry.history.map(json)))) }
        return .object(members)
    }

    private static func json(_ recipient: QueuedRecipient) -> JSONValue {
        .object([
            ("number", .integer(recipient.number)), ("address", .string(recipient.recipient.forwardPath.description)),
            ("route", .string(recipient.route.description)), ("state", .string(recipient.state.rawValue)),
            ("attempts", .integer(recipient.attempts)),
            (
                "next_attempt",
                recipient.state == .waiting ? .string(MailDate.formatISO8601(recipient.nextAttempt)) : .null
            ),
            ("last_reply", .optional(recipient.lastReply)),
        ])
    }

    private static func json(_ item: (number: Int, attempt: DeliveryAttempt, state: RecipientState)) -> JSONValue {
        .object([
            ("number", .integer(item.number)), ("time", .string(MailDate.formatISO8601(item.attempt.moment))),
            ("milliseconds", .integer(Int(item.attempt.duration.wholeMilliseconds))),
            ("server", .string(item.attempt.server)), ("reply", .string(item.attempt.reply)),
            ("state", .string(item.state.rawValue)),
        ])
    }
}

extension QueueEntry {
    /// The entry with the next attempts as they will be: nothing on a route that is left alone is tried before its pause is over.
    func waiting(for pauses: [Route: Timestamp], now: Timestamp) -> QueueEntry {
        var entry = self
        for index in entry.recipients.indices where entry.recipients[index].state == .waiting {
            guard let until = pauses[entry.recipients[index].route], until > now else { continue }
            entry.recipients[index].nextAttempt = max(entry.recipients[index].nextAttempt, until)
        }
        return entry
    }
}

/// The routes that the running gateway leaves alone, and until when.
enum LanePauses {
    static func read(_ state: String) -> [Route: Timestamp] {
        guard CommandEnvironment.current.runningGateway(state) != nil else { return [:] }
        return StateDirectory.read(PauseFile(state: state).path).map(PauseFile.read) ?? [:]
    }
}
