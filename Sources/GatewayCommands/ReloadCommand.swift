// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import Glibc
internal import MailModel

/// `ceralacca reload`.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have the running gateway read its configuration again.",
        discussion: "The file is checked first: a broken one is not handed over."
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let environment = CommandEnvironment.current
        let loaded = try ConfigurationFile.load(options.path)
        for warning in loaded.warnings { environment.warn("\(warning) (warning)") }
        let state = loaded.configuration.state
        guard let process = environment.runningGateway(state) else {
            throw CommandFailure(
                "no gateway runs on \(state)",
                remedy:
                    "Start it: systemctl start ceralacca. If `state` was changed, restart it: systemctl restart ceralacca."
            )
        }
        guard environment.signal(process, SIGHUP) else {
            throw CommandFailure(
                "cannot signal the gateway (process \(process)): \(String(cString: strerror(errno)))",
                remedy: "Run this as root or as the gateway's user."
            )
        }
        try environment.print("The gateway (process \(process)) reads \(options.path); its log says what has changed.")
    }
}
