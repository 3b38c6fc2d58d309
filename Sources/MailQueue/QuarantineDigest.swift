// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A mail that lists what scanners held back of the Internet's mail since the last one, in Italian and English.
public struct QuarantineDigest: Sendable {
    /// Messages that one digest names; of more it gives the number.
    public static let maximumItems = 200

    /// Who gets it.
    public let reader: AddrSpec
    /// The messages, oldest first.
    public let entries: [QueueEntry]
    /// The gateway's own name.
    public let hostname: String
    /// Whom the reader can write to.
    public let postmaster: AddrSpec
    /// When.
    public let now: Timestamp
    /// The identifier of the digest itself.
    public let id: QueueID
    /// Writes a moment as its readers' clock shows it.
    let clockText: @Sendable (Timestamp) -> String

    /// A digest of `entries`, one or more.
    public init(
        for reader: AddrSpec,
        _ entries: [QueueEntry],
        hostname: String,
        postmaster: AddrSpec,
        now: Timestamp,
        clockText: @escaping @Sendable (Timestamp) -> String = { MailDate.format($0) }
    ) {
        self.reader = reader
        self.entries = entries
        self.hostname = hostname
        self.postmaster = postmaster
        self.now = now
        id = QueueID(arrival: now)
        self.clockText = clockText
    }

    /// The digest as a message for the queue, with a null reverse-path, its body whole in memory.
    public func arrival(route: Route = .exchange) -> Arrival {
        let letter = GatewayLetter(
            id: id,
            hostname: hostname,
            postmaster: postmaster,
            readers: [reader],
            subject: "Messaggi trattenuti / Messages held back: \(entries.count)",
            date: now
        )
        return letter.arrival(text: body, reason: "digest of the quarantine", route: route)
    }

    private var isForPostmaster: Bool { reader.comparisonKey == postmaster.comparisonKey }

    private var body: String {
        let list = entries.prefix(Self.maximumItems).enumerated().map(item).joined(separator: "\n")
        let rest = entries.count - Self.maximumItems
        return """
            I messaggi seguenti, arrivati da Internet, sono stati trattenuti dai controlli di sicurezza. I mittenti non lo sanno.
            \(isForPostmaster ? italianCommands : italianRequest)

            The following messages from the Internet were held back by the security checks. Their senders do not know.
            \(isForPostmaster ? englishCommands : englishRequest)

            \(list)\(rest > 0 ? "\n… e altri / and \(rest) more: ceralacca quarantine list" : "")

            -- \(hostname). Per aiuto / For help: \(postmaster)
            """
    }

    private var italianRequest: String {
        "Per riceverne uno scrivere a \(postmaster) e citare l'identificativo; per gli altri non occorre fare nulla."
    }

    private var englishRequest: String {
        "To receive one, write to \(postmaster) and quote its identifier; for the others there is nothing to do."
    }

    private var italianCommands: String {
        "Per consegnarne uno: ceralacca quarantine release ID. Per eliminarlo: ceralacca quarantine delete ID."
    }

    private var englishCommands: String {
        "To deliver one: ceralacca quarantine release ID. To remove it: ceralacca quarantine delete ID."
    }

    private func item(_ number: Int, _ entry: QueueEntry) -> String {
        let (message, held) = (entry.message, entry.recipients.filter { $0.state == .quarantined })
        func shown(_ text: String?) -> String {
            text.map { String(PlainText.oneLine(EncodedWord.decode($0)).prefix(200)) } ?? "-"
        }
        var lines = [
            "\(number + 1). \(clockText(message.arrival))  \(shown(message.subject))",
            "    da / from: \(shown(message.headerFrom)), \(PlainText.oneLine("\(message.reversePath)"))",
        ]
        if isForPostmaster {
            let names = held.prefix(10).map(\.recipient.forwardPath.description).joined(separator: ", ")
            lines.append("    a / to: \(PlainText.oneLine(names))\(held.count > 10 ? ", … (\(held.count))" : "")")
        }
        lines.append("    motivo / reason: \(held.first?.lastReply.map { PlainText.oneLine($0) } ?? "-")")
        lines.append("    identificativo / identifier: \(message.id)")
        return lines.joined(separator: "\n")
    }
}
