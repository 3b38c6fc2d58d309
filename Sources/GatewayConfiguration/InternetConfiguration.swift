// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Where mail goes that is from no account, as `internet` describes it.
public struct InternetConfiguration: Hashable, Sendable {
    /// The smarthost; nil for none.
    public var relay: Endpoint?
    /// The login of SMTP AUTH at the relay; nil for none.
    public var login: String?
    /// The password that goes with `login`.
    public var password: SecretReference?

    /// No relay, unless one is given.
    public init(relay: Endpoint? = nil, login: String? = nil, password: SecretReference? = nil) {
        self.relay = relay
        self.login = login
        self.password = password
    }
}
