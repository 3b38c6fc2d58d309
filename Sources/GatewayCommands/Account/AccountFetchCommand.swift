// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// `ceralacca account fetch ADDRESS`.
struct AccountFetchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Have the running gateway fetch an account's mail now, and wait for the outcome."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The account's address.") var address: String
    @Option(name: .long, help: "How many seconds to wait for the outcome, with or without the unit s.")
    var wait: SecondsArgument = SecondsArgument(seconds: 60)

    func run() async throws {
        let account = try AccountReport.find(address, in: options.load())
        guard account.fetch.retrieval != .none else {
            throw CommandFailure(
                "\(account.address) is not retrieved",
                remedy: "Set fetch: {protocol: pop3}, or imap, for it in \(options.path)."
            )
        }
        let environment = CommandEnvironment.current
        try await options.withStore { configuration, store in
            guard environment.runningGateway(configuration.state) != nil else {
                throw CommandFailure(
                    "no gateway runs on \(configuration.state), so nothing is fetched",
                    remedy: "Start it: systemctl start ceralacca."
                )
            }
            let key = account.address.comparisonKey
            let before = try await store.standings()[key] ?? .init()
            try await store.requestFetch(account: key, now: environment.clock.now())
            try await waitForOutcome(key, before, store)
        }
    }

    /// The outcome is written by another process, which only looking again and again can see.
    private func waitForOutcome(
        _ key: String,
        _ before: AccountStanding,
        _ store: any CommandEnvironment.Store
    ) async throws {
        let environment = CommandEnvironment.current
        let clock = ContinuousClock()
        let end = clock.now + .seconds(wait.seconds)
        while true {
            let standing = try await store.standings()[key] ?? .init()
            if let error = standing.fetchError, standing.fetchErrorAt != before.fetchErrorAt {
                throw CommandFailure(
                    "\(address): \(PlainText.line(error))",
                    remedy: "`ceralacca account status \(address)` says more."
                )
            }
            if standing.lastFetch != before.lastFetch {
                let count = standing.fetchedMessages - before.fetchedMessages
                return try environment.print(
                    "\(address): \(PlainText.count(count, "new message")); \(standing.inMaildrop) in the maildrop."
                )
            }
            guard clock.now < end else { break }
            try await Task.sleep(for: environment.pollInterval)
        }
        throw CommandFailure(
            "\(address): no outcome after \(wait.seconds) s",
            remedy:
                "The gateway was asked and may still be at it: see its log, or `ceralacca account status \(address)`."
        )
    }
}

/// `60` or `60s`.
struct SecondsArgument: ExpressibleByArgument {
    let seconds: Int

    init(seconds: Int) {
        self.seconds = seconds
    }

    init?(argument: String) {
        let digits = argument.hasSuffix("s") ? argument.dropLast() : argument[...]
        guard let seconds = Int(digits), (0...86_400).contains(seconds) else { return nil }
        self.seconds = seconds
    }

    var defaultValueDescription: String { "\(seconds)s" }
}
