// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import SecretsVault

/// A configuration made of the classic stack's files, with what goes beside it. Nothing is written yet.
public struct ImportDraft: Sendable {
    /// A password on its way into the vault.
    public struct VaultSecret: Hashable, Sendable {
        /// The name that the configuration has.
        public var name: SecretName
        /// The password.
        public var secret: Secret
    }

    /// Messages that the old programs fetched and that may lie in the maildrop still.
    public struct Seen: Hashable, Sendable {
        /// The account.
        public var account: AddrSpec
        /// The provider's unique identifiers.
        public var uniqueIDs: [String]
        /// The file that names them.
        public var file: String
    }

    /// The configuration in YAML.
    public var text = ""
    /// The passwords that it names.
    public var secrets: [VaultSecret] = []
    /// What is not to be fetched again.
    public var seen: [Seen] = []
    /// The lines of the recipients' file; nil when there is none.
    public var recipients: [String]?
    /// What was not carried over, or was assumed, by file and line.
    public var remarks: [ImportRemark] = []
}

/// Why there is no configuration.
public enum ImportFailure: Error, Hashable, Sendable {
    /// A file that was named cannot be read.
    case unreadable(String, reason: String)
    /// A file that was named as one of a program's that retrieves mail holds no mailbox; the first line that is none of its grammar, if there
    /// is one.
    case noMailbox(String, program: String, brokenAt: Int?)
    /// Nothing says where Exchange is.
    case noExchange
}
