// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Where mail goes that is from no account, as `internet` describes it.
public struct InternetConfiguration: Hashable, Sendable {
    /// The smarthost; nil for none: mail then goes by MX.
    public var relay: Endpoint?
    /// The login of SMTP AUTH at the relay; nil for none.
    public var login: String?
    /// The password that goes with `login`.
    public var password: SecretReference?

    /// The port of the servers that MX records name.
    public var port: Int
    /// The roots, a PEM bundle, that MTA-STS trusts instead of the system's; nil for the system's.
    public var trust: String?
    /// True when MX and address records may lead to this machine itself: loopback and link-local addresses.
    public var admitsLocal: Bool

    /// No relay, unless one is given.
    public init(
        relay: Endpoint? = nil,
        login: String? = nil,
        password: SecretReference? = nil,
        port: Int = 25,
        trust: String? = nil,
        admitsLocal: Bool = false
    ) {
        self.relay = relay
        self.login = login
        self.password = password
        self.port = port
        self.trust = trust
        self.admitsLocal = admitsLocal
    }
}
