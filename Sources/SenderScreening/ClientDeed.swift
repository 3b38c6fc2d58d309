// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// What a client did that is counted.
public enum ClientDeed: Int, Hashable, Sendable, CaseIterable {
    /// It opened a connection.
    case connection
    /// It began a mail transaction.
    case message
    /// It named a recipient.
    case recipient
    /// It named a recipient that does not exist (550 5.1.1): many of them are somebody harvesting addresses.
    case unknownRecipient
    /// A command that went wrong.
    case error
    /// A login that failed.
    case failedLogin
    /// A message that was refused for what it holds.
    case rejection
    /// It spoke before it was greeted.
    case earlyTalk
    /// It handed over a message that was taken: counted beside its deeds, and never too much.
    case acceptance

    /// True when too much of it brings a block; the others are only refused for the moment.
    public var isAbuse: Bool {
        switch self {
        case .connection, .message, .recipient, .acceptance: false
        case .unknownRecipient, .error, .failedLogin, .rejection, .earlyTalk: true
        }
    }

    /// True for what one of a mail service's users does, and not the service: what it sends and to whom.
    public var isOfUsers: Bool {
        switch self {
        case .unknownRecipient, .rejection: true
        case .connection, .message, .recipient, .error, .failedLogin, .earlyTalk, .acceptance: false
        }
    }

    /// In the plural, as replies and listings say it.
    public var words: String {
        switch self {
        case .connection: "connections"
        case .message: "messages"
        case .recipient: "recipients"
        case .unknownRecipient: "recipients that do not exist"
        case .error: "commands that went wrong"
        case .failedLogin: "failed logins"
        case .rejection: "refused messages"
        case .earlyTalk: "connections that spoke before the greeting"
        case .acceptance: "messages that were taken"
        }
    }
}
