// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// `ceralacca queue list`.
struct QueueListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the messages that have not come to their end, oldest first."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Flag(name: .long, help: "List those too that have ended, as long as the history knows them.")
    var all = false
    @Option(name: .long, help: "Only messages with a recipient in this state: \(StateArgument.words).")
    var state: StateArgument?
    @Option(name: .long, help: "At most so many messages.")
    var limit = 1000

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
        guard !all || state == nil else { throw ValidationError("--all and --state exclude each other.") }
    }

    func run() async throws {
        let filter: QueueFilter = state.map { .state($0.state) } ?? (all ? .all : .open)
        try await options.withStore { configuration, store in
            let entries = try await store.list(filter, limit: limit)
            try QueueListing.print(
                entries,
                json: listing.json,
                empty: all || state != nil ? "No such messages." : "The queue is empty.",
                pauses: LanePauses.read(configuration.state)
            )
            if entries.count == limit {
                CommandEnvironment.current.warn("Only the first \(limit) messages are listed: --limit shows more.")
            }
        }
    }
}

/// A state on the command line.
struct StateArgument: ExpressibleByArgument {
    let state: RecipientState

    init?(argument: String) {
        guard let state = RecipientState(rawValue: argument) else { return nil }
        self.state = state
    }

    static var words: String { RecipientState.allCases.map(\.rawValue).joined(separator: ", ") }
    static var allValueStrings: [String] { RecipientState.allCases.map(\.rawValue) }
}
