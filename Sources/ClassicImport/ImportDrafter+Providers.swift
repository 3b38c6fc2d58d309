// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel
internal import SecretsVault

extension ImportDrafter {
    /// Gives each account its provider: a built-in one that has its servers, else an entry of its own.
    mutating func makeProviders() {
        for index in accounts.indices {
            let account = accounts[index]
            guard account.tunnelPort == nil else {
                accounts[index].provider = suggestedProvider(account.address)
                continue
            }
            let submit = account.submit?.endpoint
            let pop3 = account.mailbox.flatMap { $0.isIMAP ? nil : $0.server.endpoint }
            let imap = account.mailbox.flatMap { $0.isIMAP ? $0.server.endpoint : nil }
            if let preset = preset(submit, pop3, imap) {
                accounts[index].provider = preset.name
                add(pop3, imap, to: preset, account.place)
                compare(preset, [(submit, preset.submit), (pop3, preset.pop3), (imap, preset.imap)], account)
                continue
            }
            accounts[index].provider = entry(account, submit, pop3, imap)
        }
    }

    /// The built-in provider that has these hosts.
    func preset(_ submit: Endpoint?, _ pop3: Endpoint?, _ imap: Endpoint?) -> ProviderConfiguration? {
        let given = [submit, pop3, imap].compactMap { $0 }
        guard !given.isEmpty, given.allSatisfy({ $0.trust == nil }) else { return nil }
        let found = ProviderPreset.all.first { preset in
            let own = preset.configuration
            let known = [(submit, Optional(own.submit)), (pop3, own.pop3), (imap, own.imap)].compactMap { given, own in
                given.flatMap { given in own.map { given.host == $0.host } }
            }
            return !known.isEmpty && !known.contains(false)
        }
        return found?.configuration
    }

    /// A built-in provider without POP3 or IMAP gets what the old files knew.
    private mutating func add(
        _ pop3: Endpoint?,
        _ imap: Endpoint?,
        to preset: ProviderConfiguration,
        _ place: SourcePlace
    ) {
        let (pop3, imap) = (preset.pop3 == nil ? pop3 : nil, preset.imap == nil ? imap : nil)
        guard pop3 != nil || imap != nil else { return }
        guard let index = providers.firstIndex(where: { $0.name == preset.name }) else {
            return providers.append(
                ImportedProvider(
                    name: preset.name,
                    isCertified: preset.isCertified,
                    pop3: pop3,
                    imap: imap,
                    isAddition: true,
                    place: place
                )
            )
        }
        for (given, path, name) in [(pop3, \ImportedProvider.pop3, "POP3"), (imap, \ImportedProvider.imap, "IMAP")] {
            guard let given else { continue }
            if providers[index][keyPath: path] == nil { providers[index][keyPath: path] = given }
            guard providers[index][keyPath: path] != given else { continue }
            remark(
                place,
                "another \(name) server of \(preset.name) than that of other accounts",
                "Look which is right."
            )
        }
    }

    private mutating func compare(
        _ preset: ProviderConfiguration,
        _ servers: [(given: Endpoint?, known: Endpoint?)],
        _ account: ImportedAccount
    ) {
        for (given, known) in servers {
            guard let given, let known, known.port != given.port || known.scheme != given.scheme else { continue }
            remark(
                (given == account.submit?.endpoint ? account.submit?.place : account.mailbox?.place) ?? account.place,
                "\(given) was used; the built-in provider \(preset.name) has \(known)",
                "A firewall has to let that port through; else give \(preset.name) the old one under `providers`."
            )
        }
    }

    /// An entry of `providers` with these servers, made unless there is one.
    private mutating func entry(
        _ account: ImportedAccount,
        _ submit: Endpoint?,
        _ pop3: Endpoint?,
        _ imap: Endpoint?
    ) -> String {
        let trust = [submit, pop3, imap].compactMap { $0?.trust }.first
        func plain(_ endpoint: Endpoint?) -> Endpoint? {
            var endpoint = endpoint
            endpoint?.trust = nil
            return endpoint
        }
        let (submit, pop3, imap) = (plain(submit), plain(pop3), plain(imap))
        let same = providers.firstIndex { provider in
            func fits(_ one: Endpoint?, _ other: Endpoint?) -> Bool { one == nil || other == nil || one == other }
            // Without a server in common it is another one.
            let shares = [(provider.submit, submit), (provider.pop3, pop3), (provider.imap, imap)].contains {
                $0.0 != nil && $0.0 == $0.1
            }
            return !provider.isAddition && shares && provider.trust == trust && fits(provider.submit, submit)
                && fits(provider.pop3, pop3) && fits(provider.imap, imap)
        }
        if let same {
            providers[same].submit = providers[same].submit ?? submit
            providers[same].pop3 = providers[same].pop3 ?? pop3
            providers[same].imap = providers[same].imap ?? imap
            return providers[same].name
        }
        let host = submit?.host ?? pop3?.host ?? imap?.host ?? account.address.domain
        let tunnel = account.submit?.tunnel ?? account.mailbox?.server.tunnel
        let isCertified = ImportNaming.looksCertified([account.address.domain, host])
        let provider = ImportedProvider(
            name: freeName(ImportNaming.provider(tunnel: tunnel, host: host)),
            isCertified: isCertified,
            submit: submit,
            pop3: pop3,
            imap: imap,
            trust: trust,
            place: account.place
        )
        providers.append(provider)
        remark(
            account.place,
            "the provider \(provider.name) is not built in: certified: \(isCertified) was taken from its names",
            "Look whether it is a provider of certified mail (PEC), and what limits it has."
        )
        return provider.name
    }

    private func freeName(_ name: String) -> String {
        let taken = Set(providers.map(\.name)).union(ProviderConfiguration.builtIn.keys)
        guard taken.contains(name) else { return name }
        var number = 2
        while taken.contains("\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }
}

/// Names that the configuration needs and the old files have not.
enum ImportNaming {
    /// The name of a provider: that of the tunnel to it, or its host without the name of a service.
    static func provider(tunnel: String?, host: String) -> String {
        let text: String
        if let tunnel {
            text = tunnel
        } else if IPLiteral.isAddress(host) {
            text = "provider-\(host)"
        } else {
            let labels = host.split(separator: ".")
            let services = [
                "smtp", "smtps", "ssmtp", "pop", "pop3", "pop3s", "pops", "imap", "imaps", "mail", "mbox", "out", "in",
                "mx",
                "sendm", "relay", "submission",
            ]
            let isService = labels.count > 2 && services.contains(String(labels[0]))
            text = labels.dropFirst(isService ? 1 : 0).joined(separator: "-")
        }
        var name = ""
        for scalar in text.lowercased().unicodeScalars {
            let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if isPlain { name.unicodeScalars.append(scalar) } else if name.last != "-" { name += "-" }
        }
        while name.hasPrefix("-") { name.removeFirst() }
        while name.hasSuffix("-") { name.removeLast() }
        return name.isEmpty ? "provider" : String(name.prefix(60))
    }

    /// True when a label of the names is one that providers of certified mail use.
    static func looksCertified(_ names: [String]) -> Bool {
        names.flatMap { $0.lowercased().split { ".-_".contains($0) } }.contains { label in
            label.hasPrefix("pec") || label.hasSuffix("pec") || label == "cert" || label.contains("legalmail")
                || label.contains("postacert")
        }
    }

    /// The name in the vault of an account's password: its address, where that is a name.
    static func secret(_ address: AddrSpec) -> String {
        var name = ""
        for scalar in address.description.unicodeScalars {
            let isName = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            name.unicodeScalars.append(isName || "-_.@".unicodeScalars.contains(scalar) ? scalar : "-")
        }
        while name.hasPrefix("-") { name.removeFirst() }
        return String(name.prefix(100))
    }
}
