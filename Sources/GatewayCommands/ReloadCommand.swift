// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import GatewayRuntime
internal import Glibc
internal import MailModel

/// `ceralacca reload`.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have the running gateway read its configuration again.",
        discussion:
            "The file is checked first: a broken one is not handed over, and the exit status is 78. It is 1 when the gateway could not use it."
    )

    @OptionGroup var options: ConfigurationOptions

    func run() async throws { try await Self.reload(options) }

    /// Has the running gateway read the file of `options`.
    static func reload(_ options: ConfigurationOptions) async throws {
        let environment = CommandEnvironment.current
        let vault = CommandVault()
        let read = Result { try ConfigurationFile.load(options.path, openVault: vault.opener) }
        await vault.close()
        let loaded: LoadedConfiguration
        do { loaded = try read.get() } catch {
            environment.warn("The file is not handed over; a gateway that runs goes on with the configuration it had.")
            throw error
        }
        for warning in loaded.warnings { environment.warn("\(warning) (warning)") }
        let state = loaded.configuration.state
        _ = try StateDirectory.hasQueue(state)
        guard let process = environment.runningGateway(state) else {
            throw CommandFailure(
                "no gateway runs on \(state)",
                remedy:
                    "Start it: systemctl start ceralacca. If `state` was changed, restart it: systemctl restart ceralacca."
            )
        }
        let before = StateDirectory.read(ReloadOutcome(state: state).path)
        guard environment.signal(process, SIGHUP) else {
            throw CommandFailure(
                "cannot signal the gateway (process \(process)): \(String(cString: strerror(errno)))",
                remedy: "Run this as root or as the gateway's user."
            )
        }
        switch try await outcome(state, after: before) {
        case .applied(let path):
            try environment.print("The gateway (process \(process)) uses \(PlainText.line(path)) now.")
        case .refused(let reason):
            throw CommandFailure(
                "the gateway (process \(process)) goes on with the configuration it had: \(PlainText.line(reason))",
                remedy: "journalctl -u ceralacca -n 20 says more."
            )
        case nil:
            try environment.print(
                "The gateway (process \(process)) was asked to read its configuration again; "
                    + "journalctl -u ceralacca -n 20 says whether it did."
            )
        }
    }

    /// What the gateway writes about it, which only looking again and again can see; nil when it says nothing in time.
    private static func outcome(_ state: String, after before: String?) async throws -> ReloadOutcome.Ending? {
        let environment = CommandEnvironment.current
        let clock = ContinuousClock()
        let end = clock.now + environment.reloadPatience
        while true {
            let text = StateDirectory.read(ReloadOutcome(state: state).path)
            if let text, text != before, let ending = ReloadOutcome.read(text) { return ending }
            guard clock.now < end else { return nil }
            try await Task.sleep(for: environment.pollInterval)
        }
    }
}
