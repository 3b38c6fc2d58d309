// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// What a fetchmail control file says.
struct FetchmailFile {
    /// The most mailboxes and values of their lists, all together.
    static let maximumValues = 100_000

    /// A mailbox that is polled.
    struct User {
        var login: String?
        var password: Secret?
        /// The local names that its mail goes to.
        var localNames: [String] = []
        /// True for `*`, and for names with a `=`: recipients are taken from the header.
        var isMultidrop = false
        var keeps = false
        var hasTLS = false
        /// PEM file of the roots.
        var trust: String?
        var smtpHosts: [String] = []
        var smtpAddress: String?
        var smtpName: String?
        /// The folders, in IMAP's form of the wire.
        var folders: [FetchmailToken] = []
        /// Options that the gateway has not, each with its line.
        var others: [FetchmailToken] = []
        var line = 0

        /// What it adds to `maximumValues`.
        var weight: Int { 1 + localNames.count + smtpHosts.count + folders.count + others.count }
    }

    /// A `poll`, `skip` or `defaults` entry.
    struct Server {
        /// The name behind `poll`.
        var name: String
        /// The host, where `via` names another.
        var via: String?
        var isSkipped = false
        var protocolName: String?
        var port: Int?
        /// Every how many rounds it is polled.
        var interval: Int?
        var others: [FetchmailToken] = []
        var users: [User] = []
        var line: Int

        var host: String { via ?? name }
    }

    let file: String
    var servers: [Server] = []
    /// Seconds between two rounds; nil when fetchmail is not run as a daemon by this file.
    var daemonSeconds: Int?
    var postmaster: String?
    var idfile: String?
    /// Global settings that the gateway has not.
    var others: [FetchmailToken] = []
    /// Lines where the grammar was broken: what is there up to the next entry is not read.
    var brokenLines: [Int] = []
    /// Where there was more than is read; nil when all of it was.
    var excessLine: Int?
}
