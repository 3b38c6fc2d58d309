// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// One mailbox at a simulated provider.
public struct ProviderAccount: Hashable, Sendable {
    /// Its address.
    public let address: AddrSpec
    /// The login of SMTP and POP3: the address, or a code as Legalmail has it.
    public let login: String
    /// The password.
    public let password: Secret

    /// An account; without a login of its own the address is the login.
    public init(address: AddrSpec, login: String? = nil, password: Secret) {
        self.address = address
        self.login = login ?? address.description
        self.password = password
    }
}
