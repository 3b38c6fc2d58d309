// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// `ceralacca queue show ID`.
struct QueueShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show everything known of a message: recipients, attempts, replies."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Argument(help: "The message's identifier: sixteen letters and digits.") var id: QueueIDArgument

    func run() async throws {
        try await options.withStore { configuration, store in
            let entry = try await store.known(id.id).waiting(
                for: LanePauses.read(configuration.state),
                now: CommandEnvironment.current.clock.now()
            )
            let lines = listing.json ? [QueueListing.json(entry, withHistory: true).text] : Self.lines(entry)
            for line in lines { try CommandEnvironment.current.print(line) }
        }
    }

    static func lines(_ entry: QueueEntry) -> [String] {
        let message = entry.message
        var facts = [
            ("message", message.id.description),
            ("arrived", "\(LocalTime.text(message.arrival)) from \(message.origin)"),
            ("size", "\(ByteCount(octets: message.size)) (\(message.size) octets)"),
            ("sender", QueueListing.sender(message)), ("from", message.headerFrom ?? "-"),
            ("subject", message.subject ?? "-"), ("message-id", message.messageID ?? "-"),
            ("route", message.routeReason.isEmpty ? "-" : message.routeReason),
        ]
        if let envelopeID = message.envelopeID { facts.append(("envelope-id", envelopeID)) }
        var lines = facts.map { name, value in
            name + String(repeating: " ", count: 13 - name.count) + PlainText.line(value, limit: 400)
        }
        for recipient in entry.recipients {
            lines += [
                "",
                "recipient \(recipient.number)  \(PlainText.line("\(recipient.recipient.forwardPath)")) → \(recipient.route)",
            ]
            lines.append("    \(words(recipient))")
            for item in entry.history where item.number == recipient.number {
                let server = item.attempt.server.isEmpty ? "" : " \(item.attempt.server)"
                lines.append(
                    "    \(LocalTime.text(item.attempt.moment))\(PlainText.line(server).isEmpty ? "" : " " + PlainText.line(server)): "
                        + "\(PlainText.line(item.attempt.reply)) (\(item.state.rawValue), \(item.attempt.duration.wholeMilliseconds) ms)"
                )
            }
        }
        return lines
    }

    private static func words(_ recipient: QueuedRecipient) -> String {
        let attempts = PlainText.count(recipient.attempts, "attempt")
        let reply = recipient.lastReply.map { ": \(PlainText.line($0))" } ?? ""
        switch recipient.state {
        case .waiting: return "waiting, next attempt \(LocalTime.text(recipient.nextAttempt)), \(attempts)\(reply)"
        case .leased: return "being delivered, \(attempts)\(reply)"
        case .submitting: return "being submitted, \(attempts)\(reply)"
        case .delivered: return "delivered, \(attempts)\(reply)"
        case .failed: return "failed, \(attempts)\(reply)"
        case .held: return "held, \(attempts)\(reply); release lets it go on"
        case .quarantined: return "in quarantine, \(attempts)\(reply); release sends it, delete takes it out"
        case .uncertain:
            return
                "uncertain, \(attempts)\(reply); the provider may have taken it: look for its receipts, then resend or settle"
        case .deleted: return "taken out, \(attempts)\(reply)"
        }
    }
}

extension QueueStore {
    /// The message; its absence is a failure in words.
    func known(_ id: QueueID) async throws -> QueueEntry {
        guard let entry = try await entry(id) else {
            throw CommandFailure(
                "there is no message \(id)",
                remedy: "`ceralacca queue list --all` lists those that are known."
            )
        }
        return entry
    }
}
