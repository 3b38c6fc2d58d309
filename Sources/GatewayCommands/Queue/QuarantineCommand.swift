// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import MailModel
internal import MailQueue

/// `ceralacca quarantine`: the messages that are kept for a person, as a view of the queue.
struct QuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Look at the quarantine and decide on its messages.",
        subcommands: [
            QuarantineListCommand.self, QuarantineShowCommand.self, QuarantineReleaseCommand.self,
            QuarantineDeleteCommand.self,
        ]
    )

    /// Only messages that are in the quarantine are its business.
    static let objection: QueueDecision.Objection = { id, _, store in
        let entry = try await store.known(id)
        guard entry.recipients.contains(where: { $0.state == .quarantined }) else {
            return CommandFailure(
                "\(id) is not in the quarantine",
                remedy: "`ceralacca quarantine list` lists what is."
            )
        }
        guard entry.recipients.allSatisfy({ $0.state == .quarantined || $0.state.isFinal }) else {
            return CommandFailure(
                "\(id) has recipients beside those in the quarantine, and the decision would be theirs too",
                remedy:
                    "`ceralacca queue show \(id)` lists them; `ceralacca queue` releases or deletes the whole message."
            )
        }
        return nil
    }
}

/// `ceralacca quarantine list`.
struct QuarantineListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the quarantine, oldest first.")

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions

    func run() async throws {
        try await options.withStore { _, store in
            let entries = try await store.list(.state(.quarantined), limit: 10_000)
            try QueueListing.print(entries, json: listing.json, empty: "The quarantine is empty.")
        }
    }
}

/// `ceralacca quarantine show ID`.
struct QuarantineShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show everything known of a message."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Argument(help: "The message's identifier: sixteen letters and digits.") var id: QueueIDArgument

    func run() async throws {
        try await options.withStore { _, store in
            let entry = try await store.known(id.id)
            guard entry.recipients.contains(where: { $0.state == .quarantined }) else {
                throw CommandFailure(
                    "\(id.id) is not in the quarantine",
                    remedy: "`ceralacca queue show \(id.id)` shows it."
                )
            }
            let lines =
                listing.json ? [QueueListing.json(entry, withHistory: true).text] : QueueShowCommand.lines(entry)
            for line in lines { try CommandEnvironment.current.print(line) }
        }
    }
}

/// `ceralacca quarantine release ID…`.
struct QuarantineReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Deliver messages of the quarantine after all."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var arguments: QueueIDArguments

    func run() async throws {
        try await QueueDecision(.release, "released", objection: QuarantineCommand.objection).run(
            arguments.ids,
            options
        )
    }
}

/// `ceralacca quarantine delete ID…`.
struct QuarantineDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Take messages out of the quarantine for good."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var arguments: QueueIDArguments

    func run() async throws {
        try await QueueDecision(.delete, "taken out", objection: QuarantineCommand.objection).run(
            arguments.ids,
            options
        )
    }
}
