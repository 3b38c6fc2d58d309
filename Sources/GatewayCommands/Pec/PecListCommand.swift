// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import CertifiedTracking
internal import MailModel
internal import MailQueue

/// `ceralacca pec list`.
struct PecListCommand: AsyncParsableCommand {
    /// How many messages are looked through where the store cannot select what is asked for.
    private static let maximumLookedThrough = 100_000

    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List certified messages with the state of each recipient, newest first."
    )

    /// Which messages.
    enum Extent: String, EnumerableFlag {
        case open
        case all

        static func help(for value: Self) -> ArgumentHelp? {
            value == .open ? "Only messages of which something is still to come." : "Every message."
        }
    }

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Option(help: ArgumentHelp("Only messages of this account.", valueName: "address"))
    var account: String?
    @Option(help: "Only messages with a recipient in this state: \(TrackingStateArgument.words).")
    var state: TrackingStateArgument?
    @Flag(exclusivity: .exclusive) var extent = Extent.all
    @Flag(help: "List the receipts of messages that did not come through here instead.")
    var foreign = false
    @Option(help: "At most so many messages.")
    var limit = 1000

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
        guard !foreign || (state == nil && extent == .all) else {
            throw ValidationError(
                "--foreign lists receipts, which have no state: --state and --open do not go with it."
            )
        }
    }

    func run() async throws {
        try await options.withStore { configuration, store in
            // An account that has left the configuration still has its messages.
            let key = account.map { AddrSpec($0)?.comparisonKey ?? $0.lowercased() }
            let count = foreign ? try await listForeign(store, key) : try await list(store, key)
            if let key, count == 0 { _ = try AccountReport.find(key, in: configuration) }
            if count == limit {
                CommandEnvironment.current.warn("Only the newest \(limit) are listed: --limit shows more.")
            }
        }
    }

    private func list(_ store: any TrackingStore, _ account: String?) async throws -> Int {
        let filter: TrackingFilter =
            if let state { .state(state.state) } else if extent == .open { .open } else if let account {
                .account(account)
            } else { .all }
        let isSelected = account == nil || filter == .account(account ?? "")
        let isWhole = isSelected && (state == nil || extent == .all)
        let found = try await store.trackedMessages(filter, limit: isWhole ? limit : Self.maximumLookedThrough)
        let messages = found.filter { message in
            (account == nil || message.account == account) && (extent == .all || !message.isFinal)
        }
        .prefix(limit)
        try PecListing.print(Array(messages), json: listing.json)
        return messages.count
    }

    private func listForeign(_ store: any TrackingStore, _ account: String?) async throws -> Int {
        let receipts = try await store.foreignReceipts(account: account, limit: limit)
        try PecListing.print(receipts, json: listing.json)
        return receipts.count
    }
}

/// A state of tracking on the command line.
struct TrackingStateArgument: ExpressibleByArgument {
    let state: TrackingState

    init?(argument: String) {
        guard let state = TrackingState(rawValue: argument) else { return nil }
        self.state = state
    }

    static var words: String { TrackingState.allCases.map(\.rawValue).joined(separator: ", ") }
    static var allValueStrings: [String] { TrackingState.allCases.map(\.rawValue) }
}
