// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ConfigurationReader {
    /// Where mail goes that is from no account; which must not be the way of certified accounts (P4).
    func readInternet(
        _ field: Field,
        _ providers: [String: NamedProvider],
        _ accounts: [AccountConfiguration]
    ) -> InternetConfiguration {
        guard var section = field.section("a mapping with relay, or with port and trust") else { return .init() }
        let relay = section.field("relay").flatMap { field in
            field.endpoint([.smtp, .smtps]).map { GivenEndpoint(endpoint: $0, field: field) }
        }
        let isRelayGiven = section.field("relay") != nil
        let portField = section.field("port")
        let port = portField?.integer(1...65_535) ?? 25
        let admitsLocal = section.field("local_addresses")?.boolean() ?? false
        let tls = TLSKeys(&section, ordinary: .opportunistic)
        let login = Login(&section)
        section.finish()
        if let relay { checkRelay(relay, login, providers, accounts) }
        if isRelayGiven {
            portField?.mistake("found it beside internet.relay, expected the port in the relay's endpoint")
        } else if let stray = login.field ?? tls.fieldBesideTrust {
            stray.mistake("found no internet.relay that it could belong to, expected one")
        }
        return InternetConfiguration(
            relay: relay.flatMap { tls.applied(to: [$0], hasLogin: login.isGiven).first },
            login: login.name,
            password: login.password,
            port: port,
            trust: isRelayGiven ? nil : tls.trust,
            admitsLocal: admitsLocal
        )
    }

    /// A certified provider, or the login of a certified account, takes no mail of others.
    private func checkRelay(
        _ relay: GivenEndpoint,
        _ login: Login,
        _ providers: [String: NamedProvider],
        _ accounts: [AccountConfiguration]
    ) {
        let configured = providers.values.compactMap(\.configuration) + ProviderConfiguration.builtIn.values
        let certified = configured.filter { $0.isCertified && $0.submit.isSameServer(as: relay.endpoint) }
        if let name = certified.map(\.name).min() {
            return relay.field.warning(
                "found \(relay.endpoint.host), the submission server of \(name), a provider of certified mail: ordinary mail of everybody would leave "
                    + "through it; expected a server for ordinary mail, and the mailbox there under accounts"
            )
        }
        guard let name = login.name?.lowercased(), let field = login.field else { return }
        let owner = accounts.first { account in
            account.provider.isCertified
                && [account.login.lowercased(), account.address.description.lowercased()].contains(name)
        }
        guard let owner else { return }
        field.warning(
            "found the login of the certified account \(owner.address): ordinary mail of everybody would leave with its password; expected a "
                + "login of the relay's own"
        )
    }
}
