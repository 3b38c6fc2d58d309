// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import MailQueue

/// `ceralacca pec`: certified messages that left through an account, with what their receipts say.
struct PecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pec",
        abstract: "Look at certified messages and their receipts, and decide on uncertain ones.",
        subcommands: [
            PecListCommand.self, PecShowCommand.self, PecResendCommand.self, PecSettleCommand.self,
            PecExportCommand.self,
        ]
    )
}

/// `ceralacca pec resend ID…`.
struct PecResendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resend",
        abstract: "Submit uncertain messages again: the provider did not take them.",
        discussion:
            "What the provider did take is then sent twice, with legal effect twice: ask it first. It is refused while its receipt may still come (tracking.uncertain_after) or the account was not fetched since then, and when a receipt that is not believed says that the message was taken."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var arguments: QueueIDArguments
    @Flag(help: "Send it although its receipt may still come, or one came that is not believed.")
    var anyway = false

    func run() async throws {
        try await PecDecision(action: .resend, done: "to be submitted again", isForced: anyway)
            .run(arguments.ids, options)
    }
}

/// `ceralacca pec settle ID…`.
struct PecSettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle",
        abstract: "Take uncertain messages as submitted: the provider has them.",
        discussion: "They are not sent again. Receipts that come later still tell what became of them."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var arguments: QueueIDArguments

    func run() async throws {
        try await PecDecision(action: .settle, done: "taken as submitted").run(arguments.ids, options)
    }
}

/// `ceralacca pec export ID --output DIR`.
struct PecExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Write a message and its receipts (.eml) into a new directory, as they were handed over, with an index."
    )

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The message's identifier: sixteen letters and digits.") var id: QueueIDArgument
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A directory that does not exist yet, or is empty.", valueName: "dir")
    )
    var output: String

    func run() async throws {
        try await options.withStore { _, store in
            _ = try await store.knownTracked(id.id)
            try await ArchiveExport(directory: output, selection: ArchiveSelection(message: id.id)).run(store)
        }
    }
}
