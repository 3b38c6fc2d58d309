// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import MailModel
internal import MailQueue

/// `ceralacca archive export`.
struct ArchiveExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Write certified messages and receipts (.eml) into a new directory, as they were handed over, with an index.",
        discussion:
            "A directory a day, and index.csv and index.jsonl with what each file is. Nothing that exists is written over."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var selected: SelectionOptions
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A directory that does not exist yet, or is empty.", valueName: "dir")
    )
    var output: String

    func run() async throws {
        try await options.withStore { configuration, store in
            try await selected.checkAccount(configuration, store)
            try await ArchiveExport(directory: output, selection: selected.selection).run(store)
        }
    }
}
