// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import MailQueue
public import SASLMechanisms

/// Where messages go, and how the gateway behaves on the way.
public struct DeliverySettings: Sendable {
    /// The gateway's name: EHLO and reports.
    public var hostname: String
    /// Whom readers of reports can write to.
    public var postmaster: AddrSpec
    /// The Exchange servers, in the order of preference; several are spread over.
    public var exchange: [Endpoint]
    /// The login at the Exchange servers; nil for none.
    public var exchangeLogin: SASLLogin?
    /// The relay for the Internet; nil when none is configured: its mail then goes by MX.
    public var relay: Endpoint?
    /// The login at the relay; nil for none.
    public var relayLogin: SASLLogin?
    /// Delivery by MX, where no relay is configured; nil for none.
    public var internet: InternetDelivery?
    /// The accounts, by address in comparison form.
    public var accounts: [String: AccountTarget]
    /// When a deferred message is tried again.
    public var schedule: RetrySchedule
    /// Times and counts that a configuration leaves alone.
    public var tuning: DeliveryTuning

    /// Settings.
    public init(
        hostname: String,
        postmaster: AddrSpec,
        exchange: [Endpoint],
        exchangeLogin: SASLLogin? = nil,
        relay: Endpoint? = nil,
        relayLogin: SASLLogin? = nil,
        internet: InternetDelivery? = nil,
        accounts: [String: AccountTarget] = [:],
        schedule: RetrySchedule = .standard,
        tuning: DeliveryTuning = DeliveryTuning()
    ) {
        self.hostname = hostname
        self.postmaster = postmaster
        self.exchange = exchange
        self.exchangeLogin = exchangeLogin
        self.relay = relay
        self.relayLogin = relayLogin
        self.internet = internet
        self.accounts = accounts
        self.schedule = schedule
        self.tuning = tuning
    }
}

/// An account's submission at its provider.
public struct AccountTarget: Sendable {
    /// The account's address as it is written.
    public var address: AddrSpec
    /// The provider's submission server.
    public var endpoint: Endpoint
    /// The account's login there.
    public var login: SASLLogin
    /// True for certified mail: nothing is ever sent twice on doubt (P5).
    public var isCertified: Bool
    /// What the provider allows.
    public var limits: AccountLimits

    /// A target.
    public init(
        address: AddrSpec,
        endpoint: Endpoint,
        login: SASLLogin,
        isCertified: Bool,
        limits: AccountLimits = AccountLimits()
    ) {
        self.address = address
        self.endpoint = endpoint
        self.login = login
        self.isCertified = isCertified
        self.limits = limits
    }
}

/// What a provider allows an account; nil where it states nothing.
public struct AccountLimits: Hashable, Sendable {
    /// Mail transactions in any 60 seconds; a message that is divided counts once for each.
    public var messagesPerMinute: Int?
    /// Recipients of one message.
    public var recipients: Int?
    /// Octets of a message times its recipients.
    public var totalOctets: Int?
    /// Connections at a time, 1...
    public var connections: Int

    /// Limits; one connection unless given.
    public init(messagesPerMinute: Int? = nil, recipients: Int? = nil, totalOctets: Int? = nil, connections: Int = 1) {
        self.messagesPerMinute = messagesPerMinute
        self.recipients = recipients
        self.totalOctets = totalOctets
        self.connections = max(1, connections)
    }
}

/// Times and counts of delivery that a configuration leaves as they are, and tests make small.
public struct DeliveryTuning: Sendable {
    /// Timeouts of SMTP sessions.
    public var timeouts = SMTPTimeouts()
    /// Those with servers that MX records name: strangers, of whom any number may be slow.
    public var destinationTimeouts = SMTPTimeouts.ofStrangers
    /// How long a claim is leased before it must be renewed.
    public var lease = Duration.seconds(15 * 60)
    /// How often the store is asked for what is due.
    public var poll = Duration.seconds(1)
    /// How long an unused session is kept.
    public var idleSession = Duration.seconds(30)
    /// The age at which a session with Exchange is ended; Exchange cuts it at 10 minutes.
    public var exchangeSessionAge = Duration.seconds(7 * 60 + 30)
    /// The age at which any other session is ended.
    public var sessionAge = Duration.seconds(30 * 60)
    /// Messages after which a session is ended.
    public var sessionMessages = 1000
    /// Connections with all Exchange servers together.
    public var exchangeConnections = 15
    /// Connections with the relay.
    public var relayConnections = 15
    /// Connections with the servers of one domain, at most.
    public var destinationConnections = 15
    /// The first and the longest pause after no server of a domain could be used.
    public var destinationPause = Duration.seconds(60)...Duration.seconds(30 * 60)
    /// Recipients of one transaction, where nothing else limits them.
    public var recipients = 100
    /// The first and the longest pause after every server of a lane has failed.
    public var lanePause = Duration.seconds(1)...Duration.seconds(60)
    /// The same for an account's provider, which counts connections.
    public var accountPause = Duration.seconds(5)...Duration.seconds(300)
    /// The first and the longest pause of one server among several.
    public var serverPause = Duration.seconds(5)...Duration.seconds(300)
    /// The first and the longest pause after a refused login.
    public var loginPause = Duration.seconds(15 * 60)...Duration.seconds(2 * 3600)
    /// How long a lane may be down before a person is told.
    public var downAlert = Duration.seconds(300)
    /// How long a transient refusal of one recipient holds back a certified message.
    public var certifiedHold = Duration.seconds(3600)
    /// How often messages of a lane that is down are looked through for reports that are due.
    public var sweep = Duration.seconds(60)
    /// Time for transactions in flight at the end.
    public var drain = Duration.seconds(8)

    /// The times of the gateway.
    public init() {}
}
