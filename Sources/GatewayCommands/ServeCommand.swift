// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayRuntime
internal import Logging

/// `serve`: the gateway in the foreground.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway in the foreground.",
        discussion:
            "Logs go to standard error. SIGTERM finishes what is in flight and stops within 10 seconds; SIGHUP reads the configuration again."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var logging: LogOptions

    func run() async throws {
        logging.bootstrap()
        do {
            try await GatewayProgram.serve(configurationPath: options.path, logger: Logger(label: "ceralacca"))
        } catch let error as GatewayError {
            throw CommandFailure(error.description, remedy: "")
        }
    }
}
