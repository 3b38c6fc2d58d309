// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import SMTPServer

/// The accounts of a simulated provider, by login and by address.
struct ProviderAccounts: PasswordChecking {
    private let byLogin: [String: ProviderAccount]
    private let byAddress: [String: ProviderAccount]

    init(_ accounts: [ProviderAccount]) {
        byLogin = Dictionary(accounts.map { ($0.login.lowercased(), $0) }) { first, _ in first }
        byAddress = Dictionary(accounts.map { ($0.address.comparisonKey, $0) }) { first, _ in first }
    }

    /// The account of a login; letters compare without case.
    func account(login: String) -> ProviderAccount? { byLogin[login.lowercased()] }

    /// The account of an address.
    func account(address: AddrSpec) -> ProviderAccount? { byAddress[address.comparisonKey] }

    func isRight(login: String, password: Secret) async -> Bool { hasPassword(login: login, password: password) }

    /// Whether login and password belong together; every octet is compared whatever the first ones are.
    func hasPassword(login: String, password: Secret) -> Bool {
        let account = account(login: login)
        let expected = Array((account?.password.reveal() ?? "").utf8)
        let given = Array(password.reveal().utf8)
        var difference = UInt64(expected.count ^ given.count)
        for (index, octet) in given.enumerated() {
            difference |= UInt64(octet ^ (expected.isEmpty ? 0xFF : expected[index % expected.count]))
        }
        return difference == 0 && account != nil
    }
}
