// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The company's mail system, as `exchange` describes it.
public struct ExchangeConfiguration: Hashable, Sendable {
    /// The servers with their TLS policy, in the order of the file; one or more.
    public var servers: [Endpoint]
    /// The company's own domains, in lower case; what the internet listener takes mail for.
    public var domains: [String]
    /// The login of SMTP AUTH; nil for none.
    public var login: String?
    /// The password that goes with `login`.
    public var password: SecretReference?
    /// The certificate that the gateway shows to the servers which ask for one; nil for none.
    public var identity: Identity?
    /// Connections to all servers together, at most; 1...100.
    public var connections: Int
    /// How long a certified submission waits for further transactions of the same message, which Exchange may have divided; zero: not at all.
    public var mergeWindow: Duration
    /// How the recipients of `domains` are known to the `internet` listener.
    public var recipients: RecipientsConfiguration

    /// A certificate of the gateway's own.
    public struct Identity: Hashable, Sendable {
        /// The PEM file of the certificate with its chain.
        public var certificate: String
        /// The PEM file of the private key.
        public var key: String

        /// A certificate and its key.
        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// The number of connections unless the file says otherwise.
    public static let defaultConnections = 15

    /// An Exchange without login.
    public init(
        servers: [Endpoint],
        domains: [String],
        login: String? = nil,
        password: SecretReference? = nil,
        identity: Identity? = nil,
        connections: Int = Self.defaultConnections,
        mergeWindow: Duration = .zero,
        recipients: RecipientsConfiguration = .none
    ) {
        self.servers = servers
        self.domains = domains
        self.login = login
        self.password = password
        self.identity = identity
        self.connections = connections
        self.mergeWindow = mergeWindow
        self.recipients = recipients
    }
}
