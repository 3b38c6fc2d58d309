// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import IMAPProtocol
public import MailModel
import MailQueue
public import SASLMechanisms

/// What the retrieval of mail needs to know of the configuration.
public struct RetrievalSettings: Sendable {
    /// Our name, for the Received field.
    public var hostname: String
    /// The reverse-path towards Exchange.
    public var postmaster: AddrSpec
    /// The accounts to fetch.
    public var accounts: [RetrievalAccount]
    /// Sessions open at once, all accounts together, 1...
    public var maximumConnections: Int
    /// How long a server may take.
    public var patience: RetrievalPatience
    /// How sessions of IMAP wait for news.
    public var idle = IdlePace()
    /// RETR in flight at most, where the server pipelines, 1...
    public var window: Int
    /// The largest message that is taken; a larger one ends the session.
    public var maximumMessage: ByteCount
    /// True where a provider may forward what is retrieved as well: such copies are told, so that nobody gets them twice.
    public var recognisesCopies: Bool

    /// Settings; the limits are those of the gateway unless others are given.
    public init(
        hostname: String,
        postmaster: AddrSpec,
        accounts: [RetrievalAccount],
        maximumConnections: Int = 32,
        patience: RetrievalPatience = RetrievalPatience(),
        window: Int = 64,
        maximumMessage: ByteCount = .megabytes(1000),
        recognisesCopies: Bool = false
    ) {
        self.hostname = hostname
        self.postmaster = postmaster
        self.accounts = accounts
        self.maximumConnections = maximumConnections
        self.patience = patience
        self.window = window
        self.maximumMessage = maximumMessage
        self.recognisesCopies = recognisesCopies
    }
}

/// How long a server may take before its session is given up.
public struct RetrievalPatience: Hashable, Sendable {
    /// For the connection, TLS included.
    public var connect: Duration
    /// For the next octets.
    public var silence: Duration
    /// For a whole session.
    public var session: Duration

    /// Patience; the gateway's unless another is given.
    public init(connect: Duration = .seconds(30), silence: Duration = .seconds(120), session: Duration = .seconds(7200))
    {
        self.connect = connect
        self.silence = silence
        self.session = session
    }
}

/// How sessions of IMAP wait for news (RFC 2177).
public struct IdlePace: Hashable, Sendable {
    /// After this time IDLE is ended and asked for anew: less than the 29 minutes after which servers log out, and soon enough to
    /// notice a peer that is gone.
    public var renewal: Duration
    /// How long the server may take to answer the end of a wait; one that does not is gone.
    public var answer: Duration
    /// The mailbox that is waited for is read at least this often all the same, or each `every` when that is longer.
    public var net: Duration

    /// A pace; the gateway's unless another is given.
    public init(renewal: Duration = .seconds(540), answer: Duration = .seconds(30), net: Duration = .seconds(300)) {
        self.renewal = renewal
        self.answer = answer
        self.net = net
    }
}

/// One account whose mail is fetched by POP3 or IMAP, as its endpoint says.
public struct RetrievalAccount: Sendable {
    /// Its address as it was configured.
    public var address: AddrSpec
    /// Its address in comparison form, by which everything is remembered.
    public var key: String
    /// The provider's POP3 or IMAP server.
    public var endpoint: Endpoint
    /// The login there; its source is asked for each session, so that a renewed credential is seen at once.
    public var login: SASLLogin
    /// The Exchange recipients of its mail, one or more.
    public var deliverTo: [AddrSpec]
    /// Time between fetches.
    public var every: Duration
    /// How long the provider's copy stays.
    public var keep: KeepPolicy
    /// With IMAP: the mailboxes that are fetched, one or more; news are waited for in the first.
    public var mailboxes: [IMAPMailboxName]
    /// With IMAP: where messages are moved that `keep` lets go; nil to delete them.
    public var moveTo: IMAPMailboxName?
    /// With IMAP: whether a session may stay open to wait for news.
    public var mayIdle: Bool

    /// True when its endpoint is one of IMAP.
    var usesIMAP: Bool {
        switch endpoint.scheme {
        case .imap, .imaps: true
        case .pop3, .pop3s, .smtp, .smtps: false
        }
    }

    /// An account.
    public init(
        address: AddrSpec,
        endpoint: Endpoint,
        login: SASLLogin,
        deliverTo: [AddrSpec],
        every: Duration = .seconds(60),
        keep: KeepPolicy = .days(0),
        mailboxes: [IMAPMailboxName] = [.inbox],
        moveTo: IMAPMailboxName? = nil,
        mayIdle: Bool = true
    ) {
        self.address = address
        key = address.comparisonKey
        self.endpoint = endpoint
        self.login = login
        self.deliverTo = deliverTo
        self.every = every
        self.keep = keep
        self.mailboxes = mailboxes
        self.moveTo = moveTo
        self.mayIdle = mayIdle
    }
}

/// How long the provider keeps its copy of a message that was retrieved (`keep` of the configuration).
public enum KeepPolicy: Hashable, Sendable {
    /// So many days after it was delivered or settled by a person, and never before (P1). 0: right then.
    case days(Int)
    /// For ever: nothing is deleted.
    case forever

    /// True when the policy lets the provider's copy of `mark` go at `now`.
    func allowsDeletion(of mark: RetrievalMark, now: Timestamp) -> Bool {
        switch self {
        case .forever: false
        case .days(0): mark.isSettled
        case .days(let days):
            mark.isSettled && now >= (mark.settledAt ?? mark.retrieved) + .seconds(86_400 * days)
        }
    }
}
