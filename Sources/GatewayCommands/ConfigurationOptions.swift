// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// `--config`, which every command takes.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config: String?

    /// The file: the option, the variable CERALACCA_CONFIG, or the default.
    var path: String {
        config ?? CommandEnvironment.current.variable("CERALACCA_CONFIG") ?? ConfigurationFile.defaultPath
    }

    /// The configuration, for commands that look at the state: certificates and passwords are not looked at.
    func load() throws -> Configuration {
        try ConfigurationFile.load(path, checkingFiles: false).configuration
    }

    /// Says on standard error when no gateway runs on `state`, so that old figures are not taken for its.
    ///
    /// - Returns: its process.
    @discardableResult
    func remarkIfIdle(_ state: String) -> Int32? {
        let environment = CommandEnvironment.current
        if let process = environment.runningGateway(state) { return process }
        do {
            if try !StateDirectory.hasQueue(state) {
                environment.warn(
                    "ceralacca: no gateway has ever run on \(state): what is shown is the configuration's alone. systemctl start "
                        + "ceralacca, then journalctl -u ceralacca"
                )
                return nil
            }
        } catch {
            // It may not be looked into: what follows says so.
        }
        environment.warn(
            "ceralacca: no gateway runs on \(state): systemctl start ceralacca, then journalctl -u ceralacca"
        )
        return nil
    }

    /// Opens the store of the configured state directory for `body`.
    ///
    /// With `makes` it is made where no gateway has run yet, for the directory's owner alone: no file there may be another's.
    func withStore<Result>(
        makes: Bool = false,
        _ body: (Configuration, any CommandEnvironment.Store) async throws -> Result
    ) async throws -> Result {
        let configuration = try load()
        let isThere = try StateDirectory.hasQueue(configuration.state)
        guard isThere || makes && StateDirectory.isOwn(configuration.state) else {
            throw CommandFailure(
                "there is no queue in \(configuration.state)",
                remedy:
                    "No gateway has run there yet: systemctl start ceralacca, then journalctl -u ceralacca. Or is `state` in "
                    + "\(path) wrong?"
                    + (makes
                        ? " Before the first start the directory's owner may: runuser -u ceralacca -- ceralacca …" : "")
            )
        }
        let store = try CommandEnvironment.current.open(configuration.state)
        do {
            let result = try await body(configuration, store)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }
}

/// `--json`, which listings take.
struct ListingOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON, one object a line.")
    var json = false
}
