// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// One external mailbox, as an entry of `accounts` describes it.
public struct AccountConfiguration: Hashable, Sendable {
    /// The mailbox's address.
    public var address: AddrSpec
    /// The provider that hosts it, with everything that is known of it.
    public var provider: ProviderConfiguration
    /// The login, for submission, and for retrieval unless `fetch` has one of its own.
    public var login: String
    /// Where its password is; nil when it logs in with access tokens.
    public var password: SecretReference?
    /// How it gets access tokens; nil when it has a password.
    public var oauth: OAuthConfiguration?
    /// The Exchange recipients that its mail goes to; one or more.
    public var deliverTo: [AddrSpec]
    /// How it is retrieved.
    public var fetch: FetchConfiguration
    /// What becomes of its receipts.
    public var receipts: ReceiptConfiguration

    /// An account.
    public init(
        address: AddrSpec,
        provider: ProviderConfiguration,
        login: String,
        password: SecretReference? = nil,
        oauth: OAuthConfiguration? = nil,
        deliverTo: [AddrSpec],
        fetch: FetchConfiguration,
        receipts: ReceiptConfiguration = .init()
    ) {
        self.address = address
        self.provider = provider
        self.login = login
        self.password = password
        self.oauth = oauth
        self.deliverTo = deliverTo
        self.fetch = fetch
        self.receipts = receipts
    }
}

extension AccountConfiguration {
    /// The server from which its mail is retrieved; nil when it is not.
    public var retrievalServer: Endpoint? {
        switch fetch.retrieval {
        case .pop3: provider.pop3
        case .imap: provider.imap
        case .none: nil
        }
    }

    /// The login there.
    public var retrievalLogin: String { fetch.login ?? login }
}

/// How an account's mail is retrieved, as `fetch` describes it.
public struct FetchConfiguration: Hashable, Sendable {
    /// The protocols of retrieval.
    public enum RetrievalProtocol: String, Hashable, Sendable, CaseIterable {
        case pop3
        case imap
        case none
    }

    /// How long a message stays at the provider after it was delivered here.
    public enum Keep: Hashable, Sendable {
        /// This long, in whole days; zero removes it at the next fetch.
        case duration(Duration)
        /// It is never removed.
        case forever

        /// `0d`, whole days such as `7d`, or `forever`; nil for anything else: days are what retrieval counts.
        public init?(_ text: String) {
            guard text != "forever" else {
                self = .forever
                return
            }
            guard let duration = Quantity.duration(text), duration.wholeMilliseconds % 86_400_000 == 0 else {
                return nil
            }
            self = .duration(duration)
        }
    }

    /// The protocol; `none` retrieves nothing.
    public var retrieval: RetrievalProtocol
    /// The login for retrieval; nil for the account's.
    public var login: String?
    /// The time from one fetch to the next.
    public var every: Duration
    /// How long messages stay at the provider.
    public var keep: Keep
    /// With IMAP: the folders that are fetched, as people write them; one or more.
    public var folders: [String]
    /// With IMAP: the folder into which messages are moved where `keep` would remove them; nil to remove them.
    public var moveTo: String?

    /// INBOX once a minute and nothing kept, unless told otherwise.
    public init(
        retrieval: RetrievalProtocol,
        login: String? = nil,
        every: Duration = .seconds(60),
        keep: Keep = .duration(.zero),
        folders: [String] = ["INBOX"],
        moveTo: String? = nil
    ) {
        self.retrieval = retrieval
        self.login = login
        self.every = every
        self.keep = keep
        self.folders = folders
        self.moveTo = moveTo
    }
}
