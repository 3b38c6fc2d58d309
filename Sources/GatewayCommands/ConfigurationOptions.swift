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

    /// Opens the store of the configured state directory for `body`.
    func withStore<Result>(
        _ body: (Configuration, any CommandEnvironment.Store) async throws -> Result
    ) async throws -> Result {
        let configuration = try load()
        guard StateDirectory.hasQueue(configuration.state) else {
            throw CommandFailure(
                "there is no queue in \(configuration.state)",
                remedy:
                    "Has the gateway run yet? Is `state` in \(path) right? May you look there (run it as root or ceralacca)?"
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
