// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The system that hosts accounts, as an entry of `providers` describes it.
public struct ProviderConfiguration: Hashable, Sendable {
    /// The name that accounts use.
    public var name: String
    /// True for certified mail (PEC).
    public var isCertified: Bool
    /// Where accounts submit.
    public var submit: Endpoint
    /// Where maildrops are retrieved by POP3; nil when the provider offers none, or none is known.
    public var pop3: Endpoint?
    /// Where mailboxes are read by IMAP; nil when the provider offers none, or none is known.
    public var imap: Endpoint?
    /// What the provider allows.
    public var limits: Limits
    /// What somebody who uses this provider should know, for `check`; nil when there is nothing.
    public var note: String?
    /// What its accounts log in with.
    public var login: Login
    /// Where its accounts get access tokens; nil when that is not known, or there are none.
    public var authorization: Authorization?

    /// What accounts log in with.
    public enum Login: Hashable, Sendable {
        /// Their address.
        case address
        /// What the provider gave them, in words: `a user code such as M1234567`.
        case given(String)
        /// Their address for submission, the part of it before the @ for retrieval.
        case localPartForRetrieval

        /// What to know and to write where it is not the address, a sentence about the provider without its subject; nil where it is.
        public var remark: String? {
            switch self {
            case .address: nil
            case .given(let words): "logs in with \(words), not with the address: set `login`"
            case .localPartForRetrieval:
                "logs in with the part before the @ for retrieval, with all of the address for submission: set `fetch.login`"
            }
        }
    }

    /// Where accounts get access tokens.
    public struct Authorization: Hashable, Sendable {
        /// The authorization server.
        public var server: KnownAuthorizationServer
        /// With Microsoft's: the tenant of accounts that name none; nil for `organizations`.
        public var tenant: String?
        /// True when retrieval takes tokens alone, no passwords.
        public var isRequired: Bool

        /// A server, which passwords may stand in for.
        public init(_ server: KnownAuthorizationServer, tenant: String? = nil, isRequired: Bool = false) {
            self.server = server
            self.tenant = tenant
            self.isRequired = isRequired
        }
    }

    /// What a provider allows; nil where no limit is known.
    public struct Limits: Hashable, Sendable {
        /// Submissions of one account in a minute.
        public var messagesPerMinute: Int?
        /// Recipients of one message.
        public var recipients: Int?
        /// Size of a message times its recipients.
        public var totalBytes: ByteCount?
        /// Connections of one account to the submission server at a time; 1...100.
        public var connections: Int
        /// Extensions of attached files that the provider refuses, in lower case, without dot.
        public var refusedExtensions: [String]

        /// No limit but two connections, unless told otherwise.
        public init(
            messagesPerMinute: Int? = nil,
            recipients: Int? = nil,
            totalBytes: ByteCount? = nil,
            connections: Int = 2,
            refusedExtensions: [String] = []
        ) {
            self.messagesPerMinute = messagesPerMinute
            self.recipients = recipients
            self.totalBytes = totalBytes
            self.connections = connections
            self.refusedExtensions = refusedExtensions
        }

        /// What differs from no limit, for a reader: `6 messages a minute, 1 connection`; empty when nothing does.
        public var words: String {
            var words: [String] = []
            if let messagesPerMinute { words.append("\(messagesPerMinute) messages a minute") }
            if let recipients { words.append("\(recipients) recipients") }
            if let totalBytes { words.append("\(totalBytes) in all") }
            if connections != 2 { words.append(connections == 1 ? "1 connection" : "\(connections) connections") }
            if !refusedExtensions.isEmpty { words.append("\(refusedExtensions.count) kinds of files refused") }
            return words.joined(separator: ", ")
        }
    }

    /// A provider.
    public init(
        name: String,
        isCertified: Bool,
        submit: Endpoint,
        pop3: Endpoint? = nil,
        imap: Endpoint? = nil,
        limits: Limits = .init(),
        note: String? = nil,
        login: Login = .address,
        authorization: Authorization? = nil
    ) {
        self.name = name
        self.isCertified = isCertified
        self.submit = submit
        self.pop3 = pop3
        self.imap = imap
        self.limits = limits
        self.note = note
        self.login = login
        self.authorization = authorization
    }
}

extension ProviderConfiguration {
    /// The ways in which its mailboxes can be retrieved, the usual one first; `none` is always the last.
    public var retrievals: [FetchConfiguration.RetrievalProtocol] {
        (pop3 == nil ? [] : [.pop3]) + (imap == nil ? [] : [.imap]) + [.none]
    }
}
