// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel
public import NIOSSL
public import Routing

/// How one SMTP listener serves its clients.
public struct ListenerSettings: Sendable {
    /// The name in greeting, EHLO reply and Received.
    public var hostname: String
    /// Where to listen: an IPv4 or IPv6 address.
    public var address: String
    /// The port; 0 takes a free one.
    public var port: Int
    /// The networks served; empty serves everybody.
    public var allowed: [Network]
    /// The server's TLS; nil offers no STARTTLS. It may verify client certificates.
    public var tls: NIOSSLContext?
    /// TLS from the first byte instead of STARTTLS.
    public var hasImplicitTLS: Bool
    /// MAIL before TLS is refused with 530 5.7.0.
    public var requiresTLS: Bool
    /// MAIL without a verified client certificate is refused.
    public var requiresClientCertificate: Bool
    /// Judges the certificates that a client shows in place of the TLS library: says of the chain in DER why it does not do, or nil. Where the
    /// context asks for none, nobody is judged.
    public var judgeClient: (@Sendable (_ chain: [[UInt8]]) -> String?)?
    /// The organisations of Exchange Online that are served, which every message must name; nil where the clients are no Exchange Online.
    public var tenants: TenantRule?
    /// Checks AUTH; nil offers none. AUTH is offered in TLS only.
    public var passwords: (any PasswordChecking)?
    /// MAIL before AUTH is refused with 530 5.7.0.
    public var requiresAuthentication: Bool
    /// DSN (RFC 3461) is announced.
    public var offersDeliveryReports = true
    /// The limits.
    public var limits: ListenerLimits
    /// The networks of proxies that put the header of the PROXY protocol before each connection.
    public var proxies: [Network] = []
    /// The networks of filters that may say by XCLIENT for whom they speak.
    public var xclients: [Network] = []
    /// Recipients are shown without what stands behind a `+`, which may be a secret.
    public var concealsSuffixes = false
    /// Screens the clients; nil for nobody.
    public var screen: SenderScreen?
    /// How far it does.
    public var screening = ScreeningScope.senders

    /// Settings of a plain listener without TLS and AUTH.
    public init(hostname: String, address: String, port: Int, allowed: [Network] = [], limits: ListenerLimits = .init())
    {
        self.hostname = hostname
        self.address = address
        self.port = port
        self.allowed = allowed
        self.tls = nil
        self.hasImplicitTLS = false
        self.requiresTLS = false
        self.requiresClientCertificate = false
        self.passwords = nil
        self.requiresAuthentication = false
        self.limits = limits
    }
}

/// The limits of a listener; each has a test.
public struct ListenerLimits: Hashable, Sendable {
    /// The largest message (SIZE).
    public var messageOctets: Int = 157_286_400
    /// The longest command line with its CRLF (RFC 5321 §4.5.3.1.4 asks for 512, extensions add to it).
    public var commandOctets: Int = 4096
    /// Recipients of one transaction (RFC 5321 §4.5.3.1.8 asks for 100 at least).
    public var recipients: Int = 1000
    /// Commands that went wrong before the session is ended with 421.
    public var errors: Int = 20
    /// Recipients refused for good in one session before it is ended with 421: somebody is guessing addresses.
    public var refusedRecipients: Int = 200
    /// Transactions in one session before it is ended with 421.
    public var transactions: Int = 10_000
    /// Connections from one address at a time.
    public var connectionsPerAddress: Int = 100
    /// Connections in all.
    public var connections: Int = 2000
    /// How long the server waits for the next command or octets of content (RFC 5321 §4.5.3.2.7).
    public var idle: Duration = .seconds(300)
    /// How long one transaction's content may take in all.
    public var content: Duration = .seconds(3600)

    /// The defaults.
    public init() {}
}
