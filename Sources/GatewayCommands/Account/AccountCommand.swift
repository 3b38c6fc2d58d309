// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// `ceralacca account`.
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Look at the accounts, fetch their mail, sign in for them, and add one.",
        subcommands: [
            AccountListCommand.self, AccountFetchCommand.self, AccountStatusCommand.self, AccountAddCommand.self,
            AccountSignInCommand.self,
        ]
    )
}

/// `ceralacca account list`.
struct AccountListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the accounts of the configuration and how they stand."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions

    func run() async throws {
        let environment = CommandEnvironment.current
        let accounts = try await AccountReport.all(options)
        if listing.json {
            for account in accounts { try environment.print(account.json.text) }
            return
        }
        guard !accounts.isEmpty else { return try environment.print("The configuration has no accounts.") }
        for line in AccountReport.table(accounts).lines { try environment.print(line) }
    }
}

/// `ceralacca account status [ADDRESS]`.
struct AccountStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show each account: last fetch, last submission, errors, counts, alerts."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Argument(help: "The account's address; all accounts without it.") var address: String?

    func run() async throws {
        let environment = CommandEnvironment.current
        var accounts = try await AccountReport.all(options)
        if let address {
            let account = try AccountReport.find(address, in: options.load())
            accounts = accounts.filter { $0.account.address == account.address }
        }
        for (index, account) in accounts.enumerated() {
            if listing.json {
                try environment.print(account.json.text)
            } else {
                if index > 0 { try environment.print("") }
                for line in account.lines { try environment.print(line) }
            }
        }
    }
}
