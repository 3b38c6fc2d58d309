// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// One SMTP port that the gateway opens, as an entry of `listeners` describes it.
public struct ListenerConfiguration: Hashable, Sendable {
    /// What the mail that arrives here is.
    public enum Role: String, Hashable, Sendable, CaseIterable {
        /// Mail from Exchange, going out.
        case exchange
        /// Mail for the company's domains.
        case internet
        /// Copies that a provider forwards.
        case provider
    }

    /// The role.
    public var role: Role
    /// The IPv4 or IPv6 address, without brackets.
    public var address: String
    /// 0...65535; 0 takes a free port.
    public var port: Int
    /// The networks that are served; empty serves everybody.
    public var allowed: [Network]
    /// STARTTLS or implicit TLS; nil offers none.
    public var tls: ListenerTLS?
    /// Who may log in; when there is somebody, everybody must.
    public var logins: [ListenerLogin]
    /// The organisations of Exchange Online that are served, by Microsoft's certificate; nil for a listener that serves no Exchange Online.
    public var tenants: Tenants?
    /// The limits.
    public var limits: Limits
    /// The secrets in the recipients of copies by which a `provider` listener serves everybody, each as good as the others; empty for one that does
    /// not.
    public var recipientSuffixes: [SecretReference]
    /// Proxies that put the header of the PROXY protocol before each connection.
    public var proxies: [Network]
    /// Filters that may say by XCLIENT for whom they speak.
    public var xclients: [Network]

    /// Organisations of Exchange Online; of one kind of name or both.
    public struct Tenants: Hashable, Sendable {
        /// Their identifiers, in lower case.
        public var ids: [String]
        /// Their domains.
        public var domains: [String]
        /// Whether mail From an account must say by which way it came to the organisation.
        public var origin: OriginField

        /// What is asked of the field that says by which way a message came to the organisation.
        public enum OriginField: String, Hashable, Sendable, CaseIterable {
            /// It must be there.
            case require
            /// It may lack; one that is there counts.
            case optional
        }

        /// Organisations.
        public init(ids: [String] = [], domains: [String] = [], origin: OriginField = .require) {
            self.origin = origin
            self.ids = ids
            self.domains = domains
        }
    }

    /// The limits of a listener.
    public struct Limits: Hashable, Sendable {
        /// The largest message.
        public var message = ByteCount(octets: 157_286_400)
        /// Recipients of one message.
        public var recipients = 1000
        /// Connections in all.
        public var connections = 2000
        /// Connections from one address.
        public var connectionsPerAddress = 100
        /// Commands that may go wrong in one session.
        public var errors = 20
        /// How long the listener waits for a client that is silent.
        public var idle = Duration.seconds(300)

        /// The defaults.
        public init() {}
    }

    /// What a recipient suffix must be, in words.
    public static let suffixExpectation =
        "expected 16 to 40 letters, digits, -, _ or dots, such as openssl rand -hex 12 prints"

    /// A listener without TLS and logins, unless they are given.
    public init(
        role: Role,
        address: String,
        port: Int,
        allowed: [Network] = [],
        tls: ListenerTLS? = nil,
        logins: [ListenerLogin] = [],
        tenants: Tenants? = nil,
        limits: Limits = .init(),
        recipientSuffixes: [SecretReference] = [],
        proxies: [Network] = [],
        xclients: [Network] = []
    ) {
        self.role = role
        self.address = address
        self.port = port
        self.allowed = allowed
        self.tls = tls
        self.logins = logins
        self.tenants = tenants
        self.limits = limits
        self.recipientSuffixes = recipientSuffixes
        self.proxies = proxies
        self.xclients = xclients
    }
}

/// The TLS of a listener.
public struct ListenerTLS: Hashable, Sendable {
    /// What is asked of the client's certificate.
    public enum ClientCertificate: String, Hashable, Sendable, CaseIterable {
        /// Nothing.
        case none
        /// One that is presented must verify.
        case optional
        /// One that verifies must be presented before MAIL.
        case required
    }

    /// The PEM file of the certificate with its chain.
    public var certificate: String
    /// The PEM file of the private key.
    public var key: String
    /// The PEM bundle that client certificates are verified against; nil when none is asked for, and for the system's roots.
    public var clientCA: String?
    /// What is asked of the client's certificate.
    public var client: ClientCertificate
    /// MAIL is refused before TLS.
    public var isRequired: Bool
    /// TLS begins with the first byte instead of STARTTLS.
    public var isImplicit: Bool

    /// TLS by STARTTLS for those who want it, unless told otherwise.
    public init(
        certificate: String,
        key: String,
        clientCA: String? = nil,
        client: ClientCertificate = .none,
        isRequired: Bool = false,
        isImplicit: Bool = false
    ) {
        self.certificate = certificate
        self.key = key
        self.clientCA = clientCA
        self.client = client
        self.isRequired = isRequired
        self.isImplicit = isImplicit
    }
}

/// A login that a listener knows.
public struct ListenerLogin: Hashable, Sendable {
    /// The login.
    public var login: String
    /// Its password.
    public var password: SecretReference

    /// A login.
    public init(login: String, password: SecretReference) {
        self.login = login
        self.password = password
    }
}
