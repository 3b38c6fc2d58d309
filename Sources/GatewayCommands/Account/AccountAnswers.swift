// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import MailModel
internal import SecretsVault

/// What an account that is to be added needs: given as options, guessed, or asked for on a terminal.
struct AccountAnswers: ParsableArguments {
    @Argument(help: "The mailbox's address, such as azienda@pec.it.") var address: AddressArgument?
    @Option(name: .long, help: "The provider; without it the one that the address's domain suggests.")
    var provider: String?
    @Option(name: .long, help: "The login at the provider; the address without it.") var login: String?
    @Option(
        name: .long,
        help: ArgumentHelp("An Exchange recipient of its mail; may be given several times.", valueName: "address")
    )
    var deliverTo: [AddressArgument] = []
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The file of the password; where there is none the password is written there.",
            valueName: "file"
        )
    )
    var passwordFile: String?
    @Option(
        name: .long,
        help: ArgumentHelp("The name of the password in the vault; the address without it.", valueName: "name")
    )
    var vault: SecretNameArgument?
    @OptionGroup var oauth: OAuthAnswers
    @Option(name: .long, help: "How its mail is retrieved: pop3, imap or none.") var fetch: RetrievalArgument?
    @Option(
        name: .long,
        help: ArgumentHelp("The login for retrieval, where it is another than for submission.", valueName: "login")
    )
    var fetchLogin: String?
    @Option(
        name: .long,
        help:
            "How long a message stays at the provider once Exchange took it, in whole days: 0d, 7d, forever; 7d without it."
    )
    var keep: KeepArgument?

    /// Options that contradict each other.
    func check() throws {
        if passwordFile != nil, vault != nil {
            throw ValidationError("Give --password-file or --vault: a password is in one place.")
        }
        if oauth.isGiven, hasPassword {
            throw ValidationError("An account that signs in (--client-id) has no password: give one of the two.")
        }
        try oauth.check()
        _ = try vault?.name()
    }

    /// The account, complete.
    ///
    /// - Throws: without a terminal, a mistake of usage that names all that is missing.
    func draft(_ options: ConfigurationOptions, _ configuration: Configuration) throws -> AccountAddition {
        let environment = CommandEnvironment.current
        let providers = try ProviderReport.all(options)
        var missing: [String] = []
        let address = try askAddress(options, configuration, &missing)
        let report = try address.flatMap { try findProvider(of: $0, among: providers, &missing) }
        if let report { for note in Self.notes(report) { environment.warn(note) } }
        let provider = report?.provider
        let fetch = try provider.flatMap { try retrieval($0, address) }
        let login = try login ?? askLogin(provider, &missing)
        let application = try provider.flatMap { try askApplication($0, &missing) }
        let recipients = try askRecipients(&missing)
        guard let address, let provider, let recipients, missing.isEmpty else {
            throw ValidationError(
                "Missing, and there is no terminal to ask: \(missing.joined(separator: ", ")). See ceralacca account add --help."
            )
        }
        return AccountAddition(
            address: address,
            provider: provider.name,
            login: login,
            password: try application == nil ? place(of: address) : nil,
            oauth: application,
            deliverTo: recipients,
            fetch: fetch
        )
    }

    private func askAddress(
        _ options: ConfigurationOptions,
        _ configuration: Configuration,
        _ missing: inout [String]
    ) throws -> AddrSpec? {
        let address = try self.address?.address ?? ask("Address of the mailbox", "ADDRESS", &missing, AddrSpec.init)
        if let address, configuration.accounts.contains(where: { $0.address.comparisonKey == address.comparisonKey }) {
            throw CommandFailure(
                "\(address) is an account already",
                remedy: "Change its entry in \(options.path), then run: ceralacca reload."
            )
        }
        return address
    }

    private func askRecipients(_ missing: inout [String]) throws -> [AddrSpec]? {
        guard deliverTo.isEmpty else { return deliverTo.map(\.address) }
        let question = "Exchange recipients of its mail, several with commas"
        return try ask(question, "--deliver-to ADDRESS", &missing, Self.addresses)
    }

    // MARK: Password or tokens

    private var hasPassword: Bool { passwordFile != nil || vault != nil }

    /// What an account signs in by; nil for one with a password, which somebody has to insist on where retrieval takes none.
    private func askApplication(
        _ provider: ProviderConfiguration,
        _ missing: inout [String]
    ) throws -> OAuthAddition? {
        guard oauth.isGiven || (provider.authorization?.isRequired == true && !hasPassword) else { return nil }
        let question = "Identifier of the application that is registered for this (client_id, docs/operations.md)"
        let id = try oauth.clientID ?? ask(question, "--client-id ID", &missing, Self.word)
        return try id.map(oauth.addition)
    }

    private func place(of address: AddrSpec) throws -> SecretReference {
        if let passwordFile {
            let path = passwordFile.hasPrefix("/") ? passwordFile : "\(Terminal.workingDirectory)/\(passwordFile)"
            return .file(path)
        }
        if let name = try vault?.name() { return .vault(name) }
        guard let name = SecretName(address.description) else {
            throw ValidationError("\(address) is no name for the vault: give --vault NAME or --password-file FILE.")
        }
        return .vault(name)
    }

    // MARK: Retrieval

    private static let carefulKeep = FetchConfiguration.Keep.duration(.seconds(7 * 86_400))

    /// How it is retrieved; nil where nothing can be.
    private func retrieval(_ provider: ProviderConfiguration, _ address: AddrSpec?) throws -> FetchConfiguration? {
        let retrieval = fetch?.retrieval ?? provider.retrievals[0]
        guard retrieval != .none else {
            guard keep == nil, fetchLogin == nil else {
                let option = keep == nil ? "--fetch-login" : "--keep"
                let reason = fetch == nil ? "no POP3 or IMAP server of \(provider.name) is known" : "--fetch none"
                throw ValidationError("\(option) says nothing where nothing is fetched: \(reason).")
            }
            return fetch == nil ? nil : FetchConfiguration(retrieval: .none)
        }
        var configuration = FetchConfiguration(retrieval: retrieval, login: fetchLogin)
        if fetchLogin == nil, provider.login == .localPartForRetrieval {
            configuration.login = (login ?? address?.description).map { String($0.prefix { $0 != "@" }) }
        }
        // Nothing is removed at the provider at once unless somebody says so.
        configuration.keep = keep?.keep ?? Self.carefulKeep
        return configuration
    }

    // MARK: The provider

    private func findProvider(
        of address: AddrSpec,
        among providers: [ProviderReport],
        _ missing: inout [String]
    ) throws -> ProviderReport? {
        if let provider { return try ProviderReport.find(provider, among: providers) }
        let environment = CommandEnvironment.current
        var suggested: [ProviderReport] = []
        do throws(CommandFailure) { suggested = try ProviderReport.suggested(for: address, among: providers) } catch {
            environment.warn("\(error)")
        }
        if suggested.count == 1, let only = suggested.first {
            environment.warn(
                "Provider: \(only.provider.name)\(only.preset.map { " (\($0.title))" } ?? ""), by the address's domain."
            )
            return only
        }
        let names = (suggested.isEmpty ? providers : suggested).map(\.provider.name)
        return try ask("Provider (\(names.joined(separator: ", ")))", "--provider NAME", &missing) { name in
            providers.first { $0.provider.name == name }
        }
    }

    /// What to know before the first login.
    private static func notes(_ report: ProviderReport) -> [String] {
        ([report.provider.note].compactMap { $0 } + (report.preset?.quirks ?? [])).map {
            "\(report.provider.name): \(PlainText.line($0))"
        }
    }

    /// The address is the login, but where it is known not to be.
    private func askLogin(_ provider: ProviderConfiguration?, _ missing: inout [String]) throws -> String? {
        switch provider?.login {
        case .given(let words): try ask("Login, \(words)", "--login LOGIN", &missing, Self.word)
        case .address, .localPartForRetrieval, nil: nil
        }
    }

    // MARK: Asking

    /// Asks until the answer is one; without a terminal what is missing is noted.
    private func ask<Value>(
        _ question: String,
        _ option: String,
        _ missing: inout [String],
        _ read: (String) -> Value?
    ) throws -> Value? {
        let environment = CommandEnvironment.current
        guard environment.isTerminal() else {
            missing.append(option)
            return nil
        }
        while true {
            let answer = try environment.ask("\(question): ")
            if let value = read(answer) { return value }
            environment.warn("That is none: \(PlainText.line(answer, limit: 100))")
        }
    }

    private static func word(_ text: String) -> String? { text.isEmpty ? nil : text }

    private static func addresses(_ text: String) -> [AddrSpec]? {
        let parts = text.split(separator: ",").map { $0.trimmingBlanks }
        let addresses = parts.compactMap { AddrSpec($0) }
        return addresses.isEmpty || addresses.count != parts.count ? nil : addresses
    }
}

/// `pop3`, `imap` or `none`.
struct RetrievalArgument: ExpressibleByArgument {
    let retrieval: FetchConfiguration.RetrievalProtocol

    init?(argument: String) {
        guard let retrieval = FetchConfiguration.RetrievalProtocol(rawValue: argument) else { return nil }
        self.retrieval = retrieval
    }
}

/// `0d`, `7d`, `forever`.
struct KeepArgument: ExpressibleByArgument {
    let keep: FetchConfiguration.Keep

    init?(argument: String) {
        guard let keep = FetchConfiguration.Keep(argument) else { return nil }
        self.keep = keep
    }
}

extension Substring {
    /// Without the blanks at its ends.
    fileprivate var trimmingBlanks: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
