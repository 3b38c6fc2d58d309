// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What is to be imported.
public struct ImportSources: Sendable {
    /// Postfix's directory, in which `main.cf` and `master.cf` lie.
    public var postfix: String?
    /// fetchmail's control files.
    public var fetchmailrc: [String] = []
    /// fetchmail's file of identifiers; nil for the one that the control file names, or `.fetchids` beside it; for `/etc/fetchmailrc` also
    /// that of Debian's service.
    public var fetchids: String?
    /// getmail's files.
    public var getmailrc: [String] = []
    /// The directory of getmail's `oldmail-…` files; nil for the one of each of its files.
    public var getmailDirectory: String?
    /// stunnel's configuration files.
    public var stunnel: [String] = []
    /// The Exchange servers, where the files do not say.
    public var exchange: [Endpoint] = []
    /// The company's domains, where the files do not say.
    public var domains: [String] = []
    /// The name of this machine, where Postfix has none of its own.
    public var hostname: String
    /// The state directory that the configuration is to name.
    public var state: String
    /// Where the list of recipients will lie, where there is one.
    public var recipientsFile: String
    /// The file with the vault's key, where the configuration has to name it.
    public var vaultKey: String?

    /// Nothing yet.
    public init(hostname: String, state: String, recipientsFile: String) {
        self.hostname = hostname
        self.state = state
        self.recipientsFile = recipientsFile
    }
}
