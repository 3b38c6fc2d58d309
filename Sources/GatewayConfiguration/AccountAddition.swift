// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
internal import SecretsVault

/// An account that is to be written into a configuration.
public struct AccountAddition: Hashable, Sendable {
    /// The mailbox's address.
    public var address: AddrSpec
    /// The name of its provider.
    public var provider: String
    /// The login; nil for the address.
    public var login: String?
    /// Where its password is, a file by its absolute path; nil when it logs in with access tokens.
    public var password: SecretReference?
    /// How it gets access tokens; nil when it has a password.
    public var oauth: OAuthAddition?
    /// The Exchange recipients that its mail goes to; one or more.
    public var deliverTo: [AddrSpec]
    /// How it is retrieved; nil for what the provider offers.
    public var fetch: FetchConfiguration?

    /// An account; nothing is checked before it is added.
    public init(
        address: AddrSpec,
        provider: String,
        login: String? = nil,
        password: SecretReference? = nil,
        oauth: OAuthAddition? = nil,
        deliverTo: [AddrSpec],
        fetch: FetchConfiguration? = nil
    ) {
        self.address = address
        self.provider = provider
        self.login = login
        self.password = password
        self.oauth = oauth
        self.deliverTo = deliverTo
        self.fetch = fetch
    }

    /// A text with the account in it.
    public struct Outcome: Hashable, Sendable {
        /// The new text: the old one with lines put in, every other octet as it was.
        public var text: String
        /// What is not wrong with the new account but worth knowing.
        public var warnings: [ConfigurationRemark]
    }

    /// Adds the account behind the others of `text`, which stands in the file `path`.
    ///
    /// The result is read: it has to say what the old text said, and this account, and nothing else.
    public func added(to text: String, path: String) throws(AccountAdditionError) -> Outcome {
        let before: LoadedConfiguration
        do { before = try ConfigurationFile.read(text, path: path, checkingFiles: false) } catch {
            throw .wrongConfiguration(error)
        }
        guard let place = AccountPlace.find(in: text, path: path) else { throw .noPlace(lines: lines()) }
        let result = place.inserting(lines(), into: text)
        let ours = "accounts[\(before.configuration.accounts.count)]"
        let after: LoadedConfiguration
        do { after = try ConfigurationFile.read(result, path: path, checkingFiles: false) } catch {
            guard error.mistakes.allSatisfy({ $0.path.hasPrefix(ours) }) else { throw .noPlace(lines: lines()) }
            throw .wrongAccount(error.mistakes)
        }
        var rest = after.configuration
        guard let account = rest.accounts.popLast(), rest == before.configuration, isSaid(by: account) else {
            throw .noPlace(lines: lines())
        }
        return Outcome(text: result, warnings: after.warnings.filter { $0.path.hasPrefix(ours) })
    }

    private func isSaid(by account: AccountConfiguration) -> Bool {
        account.address == address && account.provider.name == provider && account.password == password
            && (oauth.map { $0.isSaid(by: account.oauth) } ?? (account.oauth == nil))
            && account.login == login ?? address.description && account.deliverTo == deliverTo
            && (fetch == nil || account.fetch == fetch)
    }

    /// The entry in YAML, without indentation.
    package func lines() -> [String] {
        var lines = ["- address: \(YAMLText.scalar(address.description))", "  provider: \(YAMLText.scalar(provider))"]
        if let login { lines.append("  login: \(YAMLText.scalar(login))") }
        switch password {
        case .file(let path): lines.append("  password: {file: \(YAMLText.scalar(path))}")
        case .environment(let name): lines.append("  password: {env: \(YAMLText.scalar(name))}")
        case .vault(let name): lines.append("  password: {vault: \(YAMLText.scalar(name.description))}")
        case nil: break
        }
        if let oauth { lines.append("  oauth: {\(oauth.words)}") }
        let recipients = deliverTo.map { YAMLText.scalar($0.description) }.joined(separator: ", ")
        lines.append("  deliver_to: [\(recipients)]")
        if let fetch { lines.append("  fetch: {\(Self.words(fetch))}") }
        return lines
    }

    private static func words(_ fetch: FetchConfiguration) -> String {
        guard fetch.retrieval != .none else { return "protocol: none" }
        let keep =
            switch fetch.keep {
            case .forever: "forever"
            case .duration(let duration): YAMLText.duration(duration)
            }
        let login = fetch.login.map { ", login: \(YAMLText.scalar($0))" } ?? ""
        let start = "protocol: \(fetch.retrieval.rawValue)\(login), every: \(YAMLText.duration(fetch.every))"
        let folders = fetch.folders.map { YAMLText.scalar($0) }.joined(separator: ", ")
        let end = fetch.moveTo.map { "move_to: \(YAMLText.scalar($0))" } ?? "keep: \(keep)"
        return fetch.folders == ["INBOX"] ? "\(start), \(end)" : "\(start), folders: [\(folders)], \(end)"
    }
}

/// Why an account was not added. The text stays as it was.
public enum AccountAdditionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The configuration was wrong before.
    case wrongConfiguration(ConfigurationError)
    /// The account's entry is wrong; the places of the remarks are in a text that was thrown away.
    case wrongAccount([ConfigurationRemark])
    /// The text is laid out in a way in which lines cannot be put in.
    case noPlace(lines: [String])

    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .wrongConfiguration(let error): "the configuration is wrong already: correct it first\n\(error)"
        case .wrongAccount(let remarks):
            "the account would be wrong\n" + remarks.map { "\($0.path): \($0.message)" }.joined(separator: "\n")
        case .noPlace(let lines):
            "`accounts` is laid out in a way in which nothing can be put in: write by hand\n"
                + lines.joined(separator: "\n")
        }
    }
}
