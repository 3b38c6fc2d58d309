// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// The program's commands.
struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ceralacca",
        abstract: "Brings certified mail (PEC) and other external mailboxes into Microsoft Exchange.",
        discussion:
            "Every command takes --config FILE (default /etc/ceralacca/ceralacca.yaml, or CERALACCA_CONFIG) and --help.",
        version: "ceralacca \(ProgramVersion.text)",
        subcommands: [
            ServeCommand.self, CheckCommand.self, DemoCommand.self, StatusCommand.self, QueueCommand.self,
            QuarantineCommand.self, BlockCommand.self, AccountCommand.self, ProviderCommand.self, PecCommand.self,
            SecretCommand.self, ImportCommand.self, ArchiveCommand.self, TLSReportCommand.self,
            ExchangeScriptCommand.self,
            InspectCommand.self, ReloadCommand.self, VersionCommand.self,
        ]
    )
}

/// `ceralacca version`.
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() async throws { try CommandEnvironment.current.print("ceralacca \(ProgramVersion.text)") }
}

/// The version of the program.
public enum ProgramVersion {
    /// `0.1.0`.
    public static let text = "0.1.0"
}
