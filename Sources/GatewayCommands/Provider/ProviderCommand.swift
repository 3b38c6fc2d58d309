// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import MailModel

/// `ceralacca provider`.
struct ProviderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider",
        abstract: "Look at the providers that accounts may name.",
        subcommands: [ProviderListCommand.self, ProviderShowCommand.self]
    )
}

/// `ceralacca provider list [--for ADDRESS]`.
struct ProviderListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the built-in providers and those of the configuration."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Those alone that this address's domain suggests.", valueName: "address")
    )
    var address: AddressArgument?

    func run() async throws {
        let environment = CommandEnvironment.current
        let all = try ProviderReport.all(options)
        let reports = try address.map { try ProviderReport.suggested(for: $0.address, among: all) } ?? all
        if listing.json {
            for report in reports { try environment.print(report.json.text) }
            return
        }
        for line in ProviderReport.table(reports).lines { try environment.print(line) }
    }
}

/// `ceralacca provider show NAME`.
struct ProviderShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "Show all that is known of a provider: servers, limits, domains, peculiarities, where it is known from."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Argument(help: "The provider's name.") var name: String

    func run() async throws {
        let environment = CommandEnvironment.current
        let report = try ProviderReport.find(name, among: ProviderReport.all(options))
        if listing.json { return try environment.print(report.json.text) }
        for line in report.lines { try environment.print(line) }
    }
}

/// A mailbox's address.
struct AddressArgument: ExpressibleByArgument {
    let address: AddrSpec

    init?(argument: String) {
        guard let address = AddrSpec(argument) else { return nil }
        self.address = address
    }
}
