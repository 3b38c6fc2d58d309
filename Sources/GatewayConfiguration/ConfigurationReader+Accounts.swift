// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ConfigurationReader {
    /// Reads `accounts`; `domains` is nil when `exchange` itself could not be read.
    func readAccounts(_ field: Field, providers: [String: NamedProvider], domains: [String]?) -> [AccountConfiguration]
    {
        let expected = "a list of accounts such as {address: azienda@pec.it, provider: aruba, …}"
        guard let fields = field.list(expected) else { return [] }
        var seen: [String: Int] = [:]
        return fields.compactMap { readAccount($0, providers, domains, &seen) }
    }

    private func readAccount(
        _ field: Field,
        _ providers: [String: NamedProvider],
        _ domains: [String]?,
        _ seen: inout [String: Int]
    ) -> AccountConfiguration? {
        guard var section = field.section("a mapping with address, provider, password and deliver_to") else {
            return nil
        }
        let addressField = section.required("address", "the mailbox's address")
        let address = addressField?.address()
        let providerField = section.required("provider", "the name of a provider")
        let named = providerField.flatMap { provider($0, providers) }
        let login = section.field("login")?.text("a login")
        let hasLogin = section.field("login") != nil
        let oauthField = section.field("oauth")
        let oauth = oauthField.flatMap { readOAuth($0, provider: named?.configuration) }
        let passwordField =
            oauthField == nil
            ? section.required("password", "{vault: NAME}, {file: PATH} or {env: NAME}, or oauth in its place")
            : section.field("password")
        let password = passwordField?.secret()
        if let passwordField, oauthField != nil {
            passwordField.mistake("found a password beside oauth, expected one of the two")
        }
        let deliverToField = section.required("deliver_to", "a list of Exchange recipients")
        let deliverTo = deliverToField?.addresses()
        let fetchField = section.field("fetch")
        let fetch = readFetch(fetchField, providerField ?? field, named?.configuration)
        let receipts = readReceipts(&section, named?.configuration)
        section.finish()
        if let address, let addressField {
            let first = seen.updateValue(addressField.position.line, forKey: address.comparisonKey)
            if let first {
                addressField.mistake("found \(address) twice (first in line \(first)), expected each account once")
            }
        }
        if let deliverToField, let address,
            deliverTo?.contains(where: { $0.comparisonKey == address.comparisonKey }) == true
        {
            deliverToField.mistake(
                "found the account's own address, expected recipients in Exchange: its mail would go round for ever"
            )
        } else if let deliverToField, let deliverTo, let domains, !domains.isEmpty {
            checkDestinations(deliverToField, deliverTo, domains)
        }
        guard let address, let provider = named?.configuration else { return nil }
        if let providerField {
            note(on: provider, providerField, hasLogin: hasLogin, hasPassword: oauthField == nil, fetch)
        }
        guard password != nil || oauth != nil, let deliverTo else { return nil }
        return AccountConfiguration(
            address: address,
            provider: provider,
            login: login ?? address.description,
            password: password,
            oauth: oauth,
            deliverTo: deliverTo,
            fetch: fetch,
            receipts: receipts
        )
    }

    private func provider(_ field: Field, _ providers: [String: NamedProvider]) -> NamedProvider? {
        guard let name = field.text("the name of a provider") else { return nil }
        if let provider = providers[name] { return provider }
        let near = Similarity.nearest(to: name, among: providers.keys.sorted()).map { " (did you mean '\($0)'?)" } ?? ""
        return field.wrong(
            "a provider of this file or one of: \(providers.keys.sorted().joined(separator: ", "))\(near)"
        )
    }

    private func note(
        on provider: ProviderConfiguration,
        _ field: Field,
        hasLogin: Bool,
        hasPassword: Bool,
        _ fetch: FetchConfiguration
    ) {
        // What built-in providers of OAuth say is about passwords.
        if let note = provider.note, hasPassword || provider.authorization == nil { field.warning(note) }
        let isLoginMissing =
            switch provider.login {
            case .address: false
            case .given: !hasLogin
            case .localPartForRetrieval: fetch.retrieval != .none && fetch.login == nil
            }
        if isLoginMissing, let remark = provider.login.remark { field.warning(remark) }
    }

    private func checkDestinations(_ field: Field, _ addresses: [AddrSpec], _ domains: [String]) {
        for address in addresses {
            let key = address.comparisonKey
            guard !domains.contains(where: { key.hasSuffix("@\($0)") }) else { continue }
            field.warning("\(address) is in none of exchange.domains: will Exchange take mail for it?")
        }
    }
}

extension Field {
    /// `0d`, `7d`, `forever`.
    func keep() -> FetchConfiguration.Keep? {
        let expected = "0d, whole days such as 7d, or forever"
        guard let text = text(expected) else { return nil }
        return FetchConfiguration.Keep(text) ?? wrong(expected)
    }

    /// How long something is kept that is kept for days at least.
    func retention() -> FetchConfiguration.Keep? {
        let expected = "a duration from 1d to 36500d, such as 3650d, or forever"
        guard let text = text(expected) else { return nil }
        if text == "forever" { return .forever }
        let day = Duration.seconds(86_400)
        guard let value = Quantity.duration(text), value >= day, value <= day * 36_500 else { return wrong(expected) }
        return .duration(value)
    }
}
