// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// `ceralacca archive`: certified messages and receipts as they were handed over.
struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "List, verify and export the archive of certified mail.",
        subcommands: [ArchiveListCommand.self, ArchiveVerifyCommand.self, ArchiveExportCommand.self]
    )
}

/// `--from` and `--to`.
struct DayOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The first day, 2026-11-24, in UTC.", valueName: "day"))
    var from: DayArgument?
    @Option(help: ArgumentHelp("The last day.", valueName: "day"))
    var to: DayArgument?

    func validate() throws {
        if let from, let to, from.text > to.text { throw ValidationError("--from must not be behind --to.") }
    }
}

/// Which entries of the archive.
struct SelectionOptions: ParsableArguments {
    @OptionGroup var days: DayOptions
    @Option(help: ArgumentHelp("Only this account.", valueName: "address"))
    var account: String?
    @Option(help: ArgumentHelp("Only this message and its receipts.", valueName: "id"))
    var message: QueueIDArgument?

    /// Refuses an account that is neither configured nor in the archive: a typing mistake would look like an empty archive.
    func checkAccount(_ configuration: Configuration, _ store: any ArchiveStore) async throws {
        guard let account, let key = selection.account else { return }
        guard !configuration.accounts.contains(where: { $0.address.comparisonKey == key }) else { return }
        let kept = try await store.archiveEntries(ArchiveSelection(account: key), after: nil, limit: 1)
        if kept.isEmpty { _ = try AccountReport.find(account, in: configuration) }
    }

    var selection: ArchiveSelection {
        ArchiveSelection(
            from: days.from?.text,
            to: days.to?.text,
            account: account.map { AddrSpec($0)?.comparisonKey ?? $0.lowercased() },
            message: message?.id
        )
    }
}

/// A day on the command line.
struct DayArgument: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        text = argument
    }
}

/// `ceralacca archive list`.
struct ArchiveListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what the archive holds, oldest first; --days its days alone."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @OptionGroup var selected: SelectionOptions
    @Flag(help: "List days, each with its number of entries and the chain of its last one.")
    var days = false

    func validate() throws {
        guard !days || (selected.account == nil && selected.message == nil) else {
            throw ValidationError("--days counts whole days: --account and --message do not go with it.")
        }
    }

    func run() async throws {
        try await options.withStore { configuration, store in
            try await selected.checkAccount(configuration, store)
            if days { try await printDays(store) } else { try await printEntries(store) }
        }
    }

    private func printDays(_ store: any ArchiveStore) async throws {
        let environment = CommandEnvironment.current
        let (from, to) = (selected.days.from?.text, selected.days.to?.text)
        let days = try await store.archiveDays().filter { day in
            (from.map { day.day >= $0 } ?? true) && (to.map { day.day <= $0 } ?? true)
        }
        if listing.json {
            for day in days {
                let expired = day.expired.map { MailDate.formatISO8601($0) }
                let members: [(String, JSONValue)] = [
                    ("day", .string(day.day)), ("entries", .integer(day.entries)), ("chain", .string(day.chain)),
                    ("expired", .optional(expired)),
                ]
                try environment.print(JSONValue.object(members).text)
            }
            return
        }
        guard !days.isEmpty else { return try environment.print("The archive has no such days.") }
        var table = TextTable(["DAY", "ENTRIES", "CHAIN", "TAKEN OUT"])
        for day in days {
            table.add([day.day, "\(day.entries)", day.chain, day.expired.map { LocalTime.text($0) } ?? ""])
        }
        for line in table.lines { try environment.print(line) }
    }

    private func printEntries(_ store: any ArchiveStore) async throws {
        let environment = CommandEnvironment.current
        var count = 0
        var octets = 0
        try await store.forEachEntry(selected.selection) { entry in
            count += 1
            octets += entry.size
            try environment.print(listing.json ? Self.json(entry).text : Self.line(entry))
        }
        guard !listing.json else { return }
        guard count > 0 else { return try environment.print("The archive has no such entries.") }
        let words = PlainText.count(count, "entry", "entries")
        try environment.print("\(words), \(ByteCount(octets: octets))")
    }

    /// One line, for listings of any length: nothing is held back for columns.
    static func line(_ entry: ArchiveEntry) -> String {
        func cell(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let subject = PecListing.subject(entry.subject) ?? "-"
        return [
            cell(entry.reference, 16), entry.id.description, cell(entry.kind, 25), cell(entry.account, 30),
            cell("\(ByteCount(octets: entry.size))", 8), PlainText.line(subject, limit: 80),
        ]
        .joined(separator: "  ")
    }

    static func json(_ entry: ArchiveEntry) -> JSONValue {
        .object([
            ("day", .string(entry.day)), ("number", .integer(entry.number)), ("id", .string(entry.id.description)),
            ("kind", .string(entry.kind)), ("account", .string(entry.account)),
            ("subject", .optional(PecListing.subject(entry.subject))), ("message_id", .optional(entry.messageID)),
            ("arrival", .string(MailDate.formatISO8601(entry.arrival))), ("size", .integer(entry.size)),
            ("sha256", .string(entry.digest)), ("chain", .string(entry.chain)),
        ])
    }
}

extension ArchiveStore {
    /// Calls `body` with each entry of `selection`, in their order; a page at a time is held.
    func forEachEntry(_ selection: ArchiveSelection, _ body: (ArchiveEntry) async throws -> Void) async throws {
        let limit = 500
        var cursor: ArchiveEntry?
        while true {
            let page = try await archiveEntries(selection, after: cursor, limit: limit)
            for entry in page { try await body(entry) }
            guard page.count == limit else { return }
            cursor = page.last
        }
    }
}
