// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import ClassicImport
internal import GatewayConfiguration
internal import Glibc
internal import MailModel
internal import SecretsVault

/// `ceralacca import`.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Write a configuration from the files of Postfix, stunnel, fetchmail and getmail.",
        discussion:
            """
            Passwords go into the vault; what fetchmail or getmail fetched already is not fetched again. What could not be carried over is \
            listed with file and line. Stop fetchmail or getmail first, so that nothing comes in between. The files are only read.
            """
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Option(help: ArgumentHelp("Postfix's directory, with main.cf and master.cf.", valueName: "dir"))
    var postfix: String?
    @Option(help: ArgumentHelp("A control file of fetchmail; may be given several times.", valueName: "file"))
    var fetchmailrc: [String] = []
    @Option(
        help: ArgumentHelp(
            "fetchmail's file of identifiers (default: as the control file says, or .fetchids beside it; for /etc/fetchmailrc Debian's too).",
            valueName: "file"
        )
    )
    var fetchids: String?
    @Option(help: ArgumentHelp("A file of getmail's; may be given several times.", valueName: "file"))
    var getmailrc: [String] = []
    @Option(
        help: ArgumentHelp("The directory of getmail's oldmail files (default: that of its file).", valueName: "dir")
    )
    var getmailDir: String?
    @Option(help: ArgumentHelp("A configuration of stunnel's; may be given several times.", valueName: "file"))
    var stunnel: [String] = []
    @Option(
        help: ArgumentHelp(
            "An Exchange server, where the files do not say; may be given several times.",
            valueName: "smtp://host:port"
        )
    )
    var exchange: [String] = []
    @Option(help: ArgumentHelp("A domain of the company's, where the files do not say.", valueName: "domain"))
    var domain: [String] = []
    @Option(help: ArgumentHelp("The state directory (default /var/lib/ceralacca).", valueName: "dir"))
    var state = "/var/lib/ceralacca"
    @Option(
        help: ArgumentHelp(
            "The file with the vault's key (default: as `vault` in docs/configuration.md).",
            valueName: "file"
        )
    )
    var vaultKey: String?
    @Flag(help: "Write nothing; print the configuration and what would be done.")
    var dryRun = false
    @Flag(help: "Write over a configuration (the old one stays as .bak), and over other passwords in the vault.")
    var force = false

    func validate() throws {
        guard postfix != nil || !fetchmailrc.isEmpty || !getmailrc.isEmpty else {
            throw ValidationError("Name what to import: --postfix DIR, --fetchmailrc FILE or --getmailrc FILE.")
        }
        for text in exchange where Self.endpoint(text) == nil {
            throw ValidationError("--exchange: expected an endpoint such as smtp://exch1.azienda.lan:25.")
        }
        for text in domain where AddrSpec("postmaster@\(text)") == nil || text.hasPrefix("[") {
            throw ValidationError("--domain: expected a mail domain such as azienda.it.")
        }
    }

    func run() async throws {
        let path = ImportFiles.absolute(options.path)
        let recipients = SystemFile.directory(of: path) + "/recipients"
        let draft = try makeDraft(recipients)
        try check(draft, path)
        let report = ImportReport(draft: draft, path: path, recipients: recipients, isDry: dryRun)
        guard !dryRun else { return try report.print(json: listing.json) }
        for file in [path] + (draft.recipients == nil ? [] : [recipients]) {
            guard force || !ImportFiles.isThere(file) else {
                throw CommandFailure(
                    "\(file) is there already: nothing was written",
                    remedy: "Name another file with --config, look first with --dry-run, or write over it with --force."
                )
            }
        }
        try await ImportState(directory: ImportFiles.absolute(state), vault: vault, replaces: force).write(draft)
        if let lines = draft.recipients {
            try ImportFiles.write(lines.joined(separator: "\n") + "\n", to: recipients, state: state, replaces: force)
        }
        try ImportFiles.write(draft.text, to: path, state: state, replaces: force)
        try report.print(json: listing.json)
    }

    private var vault: VaultConfiguration {
        VaultConfiguration(key: vaultKey.map { .file(ImportFiles.absolute($0)) } ?? .standard)
    }

    private func makeDraft(_ recipients: String) throws -> ImportDraft {
        var sources = ImportSources(
            hostname: ImportFiles.hostname(),
            state: ImportFiles.absolute(state),
            recipientsFile: recipients
        )
        sources.postfix = postfix.map(ImportFiles.absolute)
        sources.fetchmailrc = fetchmailrc.map(ImportFiles.absolute)
        sources.fetchids = fetchids.map(ImportFiles.absolute)
        sources.getmailrc = getmailrc.map(ImportFiles.absolute)
        sources.getmailDirectory = getmailDir.map(ImportFiles.absolute)
        sources.stunnel = stunnel.map(ImportFiles.absolute)
        sources.exchange = exchange.compactMap(Self.endpoint)
        sources.domains = domain.map { $0.lowercased() }
        sources.vaultKey = vaultKey.map(ImportFiles.absolute)
        do throws(ImportFailure) { return try ImportDrafter.draft(sources, files: ImportFiles.reading) } catch {
            switch error {
            case .unreadable(let path, let reason):
                throw CommandFailure(
                    "cannot read \(path): \(reason)",
                    remedy: "Name the right file, or run this as root."
                )
            case .noMailbox(let path, let program, let line):
                let option = program == "fetchmail" ? "--fetchmailrc" : "--getmailrc"
                throw CommandFailure(
                    "\(path) holds no mailbox: is it a \(program) file?",
                    remedy: (line.map { "Line \($0) is none that \(program) understands. " } ?? "")
                        + "Correct it, name the right file, or leave out \(option)."
                )
            case .noExchange:
                throw CommandFailure(
                    "nothing in these files says where Exchange is",
                    remedy: "Name its server: --exchange smtp://exch1.azienda.lan:25, and --domain azienda.it."
                )
            }
        }
    }

    /// What was made must be right before anything is written.
    private func check(_ draft: ImportDraft, _ path: String) throws {
        do throws(ConfigurationError) {
            _ = try ConfigurationFile.read(draft.text, path: path, checkingFiles: false)
        } catch {
            let words = error.mistakes.map { "\($0.path): \($0.message)" }.joined(separator: "\n")
            throw CommandFailure(
                "the configuration would be wrong, nothing was written\n\(words)",
                remedy: "Correct what the old files say there, or take it out of a copy of them, and import again."
            )
        }
    }

    /// `smtp://host:port`.
    private static func endpoint(_ text: String) -> Endpoint? {
        for scheme in [Endpoint.Scheme.smtp, .smtps] where text.hasPrefix("\(scheme.rawValue)://") {
            let rest = String(text.dropFirst("\(scheme.rawValue)://".count))
            guard let (host, port) = HostName.split(rest), port != 0,
                HostName.isValid(host) || IPAddress.parse(host) != nil
            else { return nil }
            return Endpoint(
                scheme: scheme,
                host: host.lowercased(),
                port: port ?? scheme.defaultPort,
                tls: .opportunistic
            )
        }
        return nil
    }
}
