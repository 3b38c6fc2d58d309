// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import GatewayRuntime
internal import MailModel

/// `ceralacca check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration.",
        discussion: "All mistakes are printed at once, each with file, line and column; the exit status is then 78."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Flag(help: "Also log in at each provider and greet Exchange and the relay; nothing is sent.")
    var connect = false

    func run() async throws {
        let vault = CommandVault()
        do { try await check(vault) } catch {
            await vault.close()
            throw error
        }
        await vault.close()
    }

    private func check(_ vault: CommandVault) async throws {
        let environment = CommandEnvironment.current
        let loaded: LoadedConfiguration
        do {
            loaded = try ConfigurationFile.load(
                options.path,
                openVault: vault.opener,
                lookAtHost: { environment.lookAtHost($0, $1) }
            )
        } catch {
            guard listing.json else { throw error }
            for remark in error.mistakes { try environment.print(Self.json(remark, "mistake").text) }
            for remark in error.warnings { try environment.print(Self.json(remark, "warning").text) }
            throw SilentExit(status: ExitStatus.configuration)
        }
        try await tell(loaded, vault, environment)
        guard !loaded.obstacles.isEmpty else { return }
        environment.warn(
            "ceralacca: the file is right, and the gateway cannot start by it on this machine: "
                + "\(PlainText.count(loaded.obstacles.count, "obstacle"))"
        )
        throw SilentExit(status: ExitStatus.failed)
    }

    private func tell(
        _ loaded: LoadedConfiguration,
        _ vault: CommandVault,
        _ environment: CommandEnvironment
    ) async throws {
        if listing.json {
            for remark in loaded.obstacles { try environment.print(Self.json(remark, "obstacle").text) }
            for remark in loaded.warnings { try environment.print(Self.json(remark, "warning").text) }
            if let remark = BundledLists.words(loaded.configuration, now: environment.clock.now())?.remark {
                try environment.print(self.remark("certified", remark).text)
            }
            for record in try signingRecords(loaded.configuration) {
                try environment.print(Self.json(record).text)
            }
            if connect { try await checkConnections(loaded.configuration, vault, environment) }
            return
        }
        for remark in loaded.obstacles { environment.warn(remark.description) }
        for remark in loaded.warnings { environment.warn("\(remark.description) (warning)") }
        let configuration = loaded.configuration
        try environment.print(
            "\(options.path) is right: \(PlainText.count(configuration.listeners.count, "listener")), "
                + "\(PlainText.count(configuration.accounts.count, "account")), "
                + "\(PlainText.count(configuration.exchange.servers.count, "Exchange server")), "
                + "\(configuration.internet.relay.map { "relay \($0)" } ?? "delivery by MX")."
        )
        for record in try signingRecords(configuration) {
            try environment.print("DKIM needs in the DNS: \(record.name) TXT \(record.strings)")
        }
        if let words = BundledLists.words(configuration, now: environment.clock.now()) {
            try environment.print(words.line)
            if let remark = words.remark { environment.warn("ceralacca: \(remark) (warning)") }
        }
        if connect { try await checkConnections(configuration, vault, environment) }
    }

    /// A key that cannot be used is a mistake of the configuration, which the gateway would not start with.
    private func signingRecords(_ configuration: Configuration) throws -> [SigningRecord] {
        do { return try SigningRecord.all(configuration) } catch {
            throw CommandFailure("\(error)", remedy: "Name a file with a private key in PEM.")
        }
    }

    /// Asks every server and prints what answered; one that cannot be used makes the command fail.
    private func checkConnections(
        _ configuration: Configuration,
        _ vault: CommandVault,
        _ environment: CommandEnvironment
    ) async throws {
        let opened = vault.open(configuration.state, configuration.vault)
        let check = ConnectionCheck(
            configuration,
            vault: opened,
            tokens: CommandTokens.keeper(
                CommandVaultStore(vault: vault, directory: configuration.state),
                configuration
            )
        )
        let findings = await check.run()
        if listing.json {
            for finding in findings { try environment.print(Self.json(finding).text) }
        } else {
            var table = TextTable(["", "PURPOSE", "SERVER", "ANSWER"])
            for finding in findings {
                let mark = finding.isGood ? "ok" : "FAILED"
                table.add([mark, finding.purpose, finding.server, finding.isGood ? finding.answer : ""])
                if !finding.isGood { table.addNote(finding.answer) }
            }
            for line in table.lines { try environment.print(line) }
        }
        guard findings.allSatisfy(\.isGood) else { throw SilentExit(status: ExitStatus.failed) }
    }

    private static func json(_ finding: ConnectionCheck.Finding) -> JSONValue {
        .object([
            ("purpose", .string(finding.purpose)), ("server", .string(finding.server)),
            ("good", .bool(finding.isGood)), ("answer", .string(finding.answer)),
        ])
    }

    private static func json(_ record: SigningRecord) -> JSONValue {
        .object([
            ("record", .string(record.name)), ("type", .string("TXT")), ("text", .string(record.text)),
        ])
    }

    /// A warning that is about no place of the file.
    private func remark(_ path: String, _ message: String) -> JSONValue {
        .object([
            ("severity", .string("warning")), ("file", .string(options.path)), ("line", .integer(1)),
            ("column", .integer(1)),
            ("path", .string(path)), ("message", .string(message)),
        ])
    }

    private static func json(_ remark: ConfigurationRemark, _ severity: String) -> JSONValue {
        .object([
            ("severity", .string(severity)), ("file", .string(remark.file)), ("line", .integer(remark.line)),
            ("column", .integer(remark.column)), ("path", .string(remark.path)), ("message", .string(remark.message)),
        ])
    }
}
