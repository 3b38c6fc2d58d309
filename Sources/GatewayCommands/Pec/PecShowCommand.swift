// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CertifiedMail
internal import CertifiedTracking
internal import MailModel
internal import MailQueue

/// `ceralacca pec show ID`.
struct PecShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show everything known of a certified message: recipients, states, receipts."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Argument(help: "The message's identifier.") var id: QueueIDArgument

    func run() async throws {
        try await options.withStore { _, store in
            let (message, receipts) = try await store.knownTracked(id.id)
            let entries = try await store.archiveEntries(
                ArchiveSelection(message: message.id),
                after: nil,
                limit: receipts.count + 10
            )
            let archive = Dictionary(entries.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            let lines =
                listing.json
                ? [PecListing.json(message, receipts: receipts, archive: archive).text]
                : Self.lines(message, receipts, archive)
            for line in lines { try CommandEnvironment.current.print(line) }
        }
    }

    static func lines(
        _ message: TrackedMessage,
        _ receipts: [StoredReceipt],
        _ archive: [QueueID: ArchiveEntry]
    ) -> [String] {
        let senders = message.senders.map(\.description).joined(separator: ", ")
        var lines = facts([
            ("message", message.id.description), ("account", message.account), ("message-id", message.messageID),
            ("identifier", message.identifier ?? "not known yet"),
            ("subject", PecListing.subject(message.subject) ?? "-"), ("sender", senders.isEmpty ? "-" : senders),
            ("created", LocalTime.text(message.created)), ("submitted", LocalTime.text(message.submittedAt)),
            ("accepted", LocalTime.text(message.acceptedAt)), ("archive", archive[message.id]?.reference ?? "-"),
        ])
        for recipient in message.recipients {
            lines.append("")
            lines.append(
                "recipient \(recipient.number)  \(PlainText.line("\(recipient.address)")), \(PecListing.kind(recipient))"
            )
            lines.append(
                "    \(recipient.state.rawValue) since \(LocalTime.text(recipient.since))\(words(recipient.state))"
            )
            if let detail = recipient.detail { lines.append("    said: \(PlainText.line(detail, limit: 400))") }
        }
        for stored in receipts { lines += [""] + Self.lines(stored, archive[stored.id]) }
        return lines
    }

    private static func facts(_ facts: [(String, String)]) -> [String] {
        facts.map { name, value in
            name + String(repeating: " ", count: 13 - name.count) + PlainText.line(value, limit: 400)
        }
    }

    private static func lines(_ stored: StoredReceipt, _ archive: ArchiveEntry?) -> [String] {
        let receipt = stored.receipt
        var lines = [
            "receipt \(stored.id)  \(receipt.kind.rawValue): \(receipt.statement.rawValue)"
        ]
        func add(_ text: String) { lines.append("    " + PlainText.line(text, limit: 400)) }
        let time = receipt.time.map { "\(LocalTime.text($0)) by its clock, " } ?? ""
        add("\(receipt.provider ?? "no provider named"), \(time)here since \(LocalTime.text(stored.arrival))")
        if !receipt.concerned.isEmpty { add("about \(receipt.concerned.joined(separator: ", "))") }
        if let failure = receipt.failure { add("error: \(failure.rawValue)") }
        if let detail = receipt.detail { add("said: \(detail)") }
        let signer = receipt.signer.map { ", by \($0)" } ?? ""
        add("signature \(receipt.signature.rawValue)\(signer)")
        add(receipt.doubt.map { "NOT BELIEVED: \($0)" } ?? "believed; \(stored.effect)")
        if let archive { add("archive \(archive.reference)") }
        return lines
    }

    /// What a state means to somebody who has to decide.
    private static func words(_ state: TrackingState) -> String {
        switch state {
        case .queued: "; waits in the queue"
        case .withdrawn: "; taken out by a person, never submitted"
        case .uncertain:
            "; nobody knows whether the provider took it: look for its receipt, then pec resend or pec settle"
        case .submitted: "; the provider's server took it, its receipt of acceptance is not here yet"
        case .refused: "; it has no legal effect"
        case .accepted, .delivered, .failed: ""
        case .warned: "; not delivered within 12 hours, it still may be"
        }
    }
}

extension TrackingStore {
    /// The tracked message; its absence is a failure in words.
    func knownTracked(_ id: QueueID) async throws -> (message: TrackedMessage, receipts: [StoredReceipt]) {
        guard let known = try await tracked(id) else {
            throw CommandFailure(
                "there is no certified message \(id)",
                remedy: "`ceralacca pec list` lists those that are known, `ceralacca queue show \(id)` any message."
            )
        }
        return known
    }
}
