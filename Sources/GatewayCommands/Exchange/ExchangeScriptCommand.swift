// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration

/// `ceralacca exchange-script`.
struct ExchangeScriptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exchange-script",
        abstract: "Write a PowerShell script that sets up Exchange, on-premises or Online, for this configuration.",
        discussion:
            "Run the script in the Exchange Management Shell, or with --online after Connect-ExchangeOnline, first with -WhatIf; it may be run "
            + "again after each change. --check writes one that changes nothing and prints what differs, --remove one that takes out what "
            + "the first one made. docs/exchange.md says what each step does, and what is not proved."
    )

    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "For Exchange Online, by the exchange listener that has tenants.")
    var online = false
    @Flag(help: "Write the script that only looks, and prints what differs.")
    var check = false
    @Flag(help: "Write the script that removes what the set-up script made.")
    var remove = false
    @Option(
        help: ArgumentHelp(
            "Who may send as an account: a user or group in Exchange's spelling; may be given again.",
            valueName: "address=user"
        )
    )
    var sendAs: [String] = []
    @Option(
        help: ArgumentHelp("The gateway's address as Exchange reaches it (default: the listener's).", valueName: "ip")
    )
    var gateway: String?
    @Option(
        help: ArgumentHelp(
            "The gateway's name as its certificate has it, for a listener with TLS (default: its address; with --online hostname, which the "
                + "public DNS must know).",
            valueName: "name"
        )
    )
    var smartHost: String?
    @Option(
        help: ArgumentHelp(
            "With --online: the name in exchange.certificate by which Exchange Online is to know the gateway (default: hostname where the "
                + "certificate has it).",
            valueName: "name"
        )
    )
    var certificateName: String?
    @Option(
        help: ArgumentHelp(
            "What the Send connector serves, *.example.it; may be given again (default: *).",
            valueName: "domain"
        )
    )
    var addressSpace: [String] = []
    @Option(name: .shortAndLong, help: ArgumentHelp("The file to write; it must not exist yet.", valueName: "file"))
    var output: String?

    func validate() throws {
        guard !(check && remove) else { throw ValidationError("--check and --remove are two scripts: name one.") }
        guard online || certificateName == nil else {
            throw ValidationError(
                "--certificate-name is for --online: Exchange on-premises knows the gateway by its address."
            )
        }
        guard !online || (gateway == nil && addressSpace.isEmpty) else {
            throw ValidationError(
                "--gateway and --address-space are for Exchange on-premises: Exchange Online finds the gateway by --smart-host, "
                    + "and rules choose its mail by the sender."
            )
        }
    }

    func run() async throws {
        let environment = CommandEnvironment.current
        let configuration = try options.load()
        let script = Array(try (online ? onlineScript(configuration) : onPremisesScript(configuration)).utf8)
        guard let output else { return try environment.write(script) }
        let file = try OutputFile(output)
        try file.write(script)
        try file.close()
        try environment.print("The script is in \(output).")
    }
    private func onPremisesScript(_ configuration: Configuration) throws -> String {
        let plan = try ExchangePlan(
            configuration,
            .init(gateway: gateway, smartHost: smartHost, addressSpaces: addressSpace, sendAs: sendAs)
        )
        let kind: ExchangeScript = check ? .check : remove ? .remove : .setUp
        return kind.text(plan)
    }

    private func onlineScript(_ configuration: Configuration) throws -> String {
        let plan = try ExchangeOnlinePlan(
            configuration,
            .init(smartHost: smartHost, certificateName: certificateName, sendAs: sendAs)
        )
        let kind: ExchangeOnlineScript = check ? .check : remove ? .remove : .setUp
        return kind.text(plan)
    }
}
