// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel
internal import SecretsVault

extension ImportDrafter {
    /// Writes the configuration down.
    mutating func finish() -> ImportDraft {
        var draft = ImportDraft()
        var lines = head() + exchangeLines(&draft) + listenerLines() + relayLines(&draft)
        lines += providerLines() + accountLines(&draft) + scannerLines()
        if let key = sources.vaultKey {
            lines += [
                "# Passwords lie encrypted in `state`; their key apart from it.",
                "vault: {key: {file: \(YAMLText.scalar(key))}}",
            ]
        }
        while lines.last == "" { lines.removeLast() }
        draft.text = lines.joined(separator: "\n") + "\n"
        draft.remarks = remarks.sorted
        return draft
    }

    private var postmasterAddress: AddrSpec {
        postmaster ?? AddrSpec(localPart: "postmaster", domain: domains.first ?? "localhost.localdomain")
    }

    private mutating func head() -> [String] {
        var hostname = postfixValue("myhostname").lowercased()
        if !HostName.isValid(hostname) || IPLiteral.isAddress(hostname) { hostname = sources.hostname.lowercased() }
        if postmaster == nil {
            remark(
                SourcePlace("postmaster"),
                "nothing names a postmaster who can be reached: \(postmasterAddress) was taken",
                "Look that Exchange has this address: alerts and notices go there."
            )
        }
        return [
            "# Written by `ceralacca import`. Every key is described in docs/configuration.md.",
            "# Before the first start: `ceralacca check --connect`; after a change: `ceralacca check`, then `ceralacca reload`.",
            "",
            "hostname: \(YAMLText.scalar(hostname))",
            "postmaster: \(YAMLText.scalar(postmasterAddress.description))       # alerts and notices go here",
            "state: \(YAMLText.scalar(sources.state))", "",
        ]
    }

    private mutating func exchangeLines(_ draft: inout ImportDraft) -> [String] {
        let servers = exchange.map { YAMLText.scalar($0.description) }.joined(separator: ", ")
        let names = domains.map { YAMLText.scalar($0) }.joined(separator: ", ")
        var lines = ["exchange:", "  servers: [\(servers)]", "  domains: [\(names)]"] + exchangeTLSLines()
        if let recipients = recipients() {
            draft.recipients = recipients
            lines.append(
                "  recipients: {file: \(YAMLText.scalar(sources.recipientsFile))}       # of relay_recipient_maps"
            )
        }
        return lines + [""]
    }

    /// The addresses of `relay_recipient_maps`, as a file of recipients has them; nil when there is no such table.
    private mutating func recipients() -> [String]? {
        guard let tables, tables.parameters.isSet("relay_recipient_maps") else { return nil }
        let table = tables.open("relay_recipient_maps", &remarks)
        for rule in table.rules {
            remark(
                rule.place,
                "recipients by pattern are not carried over",
                "Let Exchange be asked instead: exchange.recipients: exchange."
            )
        }
        let names = table.entries.map(\.key).filter { name in
            AddrSpec(name) != nil || name.hasPrefix("@") && Self.isDomain(String(name.dropFirst()))
        }
        return names.isEmpty || !table.rules.isEmpty ? nil : names
    }

    private mutating func listenerLines() -> [String] {
        var lines = ["listeners:"]
        let tls = listenerTLS()
        let limit = listenerLimit()
        for listener in listeners() {
            lines += [
                listener.role == .exchange
                    ? "  # Mail from Exchange, going out: only the listed addresses are served."
                    : "  # Mail from the Internet for exchange.domains.",
                "  - role: \(listener.role.rawValue)", "    address: \"\(listener.address)\"",
            ]
            if !listener.allow.isEmpty {
                lines.append("    allow: [\(listener.allow.map { YAMLText.scalar($0) }.joined(separator: ", "))]")
            }
            if let tls {
                lines.append(
                    "    tls: {certificate: \(YAMLText.scalar(tls.certificate)), key: \(YAMLText.scalar(tls.key))}"
                )
            }
            if !limit.isEmpty { lines.append(limit) }
        }
        return lines + [""]
    }

    /// The line of `message_size_limit`; empty where there is none.
    private mutating func listenerLimit() -> String {
        guard isPostfixSet("message_size_limit") else { return "" }
        if let octets = Int(postfixValue("message_size_limit")), octets >= 65_536 {
            return "    limits: {message: \(octets)B}"
        }
        remark(
            postfixPlace("message_size_limit"),
            "message_size_limit is not carried over: it is no size of 65536 octets or more",
            "Look whether 150 MiB will do: `limits.message` of the listener."
        )
        return ""
    }

    private mutating func relayLines(_ draft: inout ImportDraft) -> [String] {
        guard let relay else {
            return ["# Mail that is from no account goes to each domain's own servers, by MX.", ""]
        }
        var lines = [
            "# Where mail goes that is from no account.", "internet:",
            "  relay: \(YAMLText.scalar(relay.endpoint.description))",
        ]
        if let trust = relay.endpoint.trust { lines.append("  trust: \(YAMLText.scalar(trust))") }
        if let relayLogin, let name = SecretName("relay") {
            lines += ["  login: \(YAMLText.scalar(relayLogin.name))", "  password: {vault: relay}"]
            draft.secrets.append(.init(name: name, secret: relayLogin.password))
        }
        if let line = relayTLSLine(relay) { lines.append(line) }
        return lines + [""]
    }

    private mutating func providerLines() -> [String] {
        guard !providers.isEmpty else { return [] }
        var lines = ["# Providers that are not built in, or of which the old files knew more.", "providers:"]
        for provider in providers {
            lines.append("  \(YAMLText.scalar(provider.name)):")
            if !provider.isAddition {
                lines.append(
                    "    certified: \(provider.isCertified)       # taken from its names: look whether it is right"
                )
                if let submit = provider.submit {
                    lines.append("    submit: \(YAMLText.scalar(submit.description))")
                } else {
                    lines.append(
                        "    submit: \"smtps://submit.invalid:465\"       # not known: write the provider's own here"
                    )
                    remark(
                        provider.place,
                        "the submission server of \(provider.name) is not known: mail from its accounts waits",
                        "Write it into `submit` of \(provider.name)."
                    )
                }
            }
            if let pop3 = provider.pop3 { lines.append("    pop3: \(YAMLText.scalar(pop3.description))") }
            if let imap = provider.imap { lines.append("    imap: \(YAMLText.scalar(imap.description))") }
            if let trust = provider.trust { lines.append("    trust: \(YAMLText.scalar(trust))") }
        }
        return lines + [""]
    }

    private mutating func accountLines(_ draft: inout ImportDraft) -> [String] {
        guard !accounts.isEmpty else { return [] }
        var lines: [String] = []
        var taken: Set<SecretName> = []
        var numbers: [String: Int] = [:]
        var isEmpty = true
        for account in accounts {
            guard let name = secretName(account.address, &taken, &numbers) else { continue }
            var obstacles: [String] = []
            if let port = account.tunnelPort {
                obstacles.append("it needs the tunnel at port \(port): import again with --stunnel")
            }
            if let login = account.login {
                draft.secrets.append(.init(name: name, secret: login.password))
            } else {
                remark(
                    account.mailbox?.place ?? account.place,
                    "no password of \(account.address) is known: the account is written as a remark",
                    "ceralacca secret set \(name), then take the # away."
                )
                obstacles.append("no password of it is known")
            }
            isEmpty = isEmpty && !obstacles.isEmpty
            lines += entry(account, name).map { "  \(Self.hidden($0, obstacles))" }
            if let mailbox = account.mailbox, !mailbox.seen.isEmpty {
                draft.seen.append(.init(account: account.address, uniqueIDs: mailbox.seen, file: mailbox.seenFile))
            }
        }
        return [isEmpty ? "accounts: []" : "accounts:"] + lines + [""]
    }

    /// A line of an entry that is written as a remark, if something is in its way.
    private static func hidden(_ line: String, _ obstacles: [String]) -> String {
        guard !obstacles.isEmpty else { return line }
        return line.hasPrefix("#") ? "\(line); \(obstacles.joined(separator: "; "))" : "# \(line)"
    }

    /// The account's name in the vault; where two addresses make the same, the others get numbers, of which `numbers` has the next.
    private func secretName(
        _ address: AddrSpec,
        _ taken: inout Set<SecretName>,
        _ numbers: inout [String: Int]
    ) -> SecretName? {
        let text = ImportNaming.secret(address)
        var candidate = SecretName(text)
        while let name = candidate, !taken.insert(name).inserted {
            let number = numbers[text] ?? 2
            candidate = SecretName("\(text.prefix(90))-\(number)")
            numbers[text] = number + 1
        }
        return candidate
    }

    private func entry(_ account: ImportedAccount, _ name: SecretName) -> [String] {
        let mailbox = account.mailbox
        var fetch = FetchConfiguration(retrieval: .none)
        if let mailbox, mailbox.isFetched {
            fetch = .init(
                retrieval: mailbox.isIMAP ? .imap : .pop3,
                login: account.login.flatMap { $0.name == mailbox.login ? nil : mailbox.login },
                every: mailbox.every,
                keep: mailbox.keep,
                folders: mailbox.folders
            )
        }
        let recipients = mailbox?.deliverTo ?? []
        let login = account.login?.name ?? mailbox?.login
        let addition = AccountAddition(
            address: account.address,
            provider: account.provider,
            login: login == account.address.description ? nil : login,
            password: .vault(name),
            deliverTo: recipients.isEmpty ? [postmasterAddress] : recipients,
            fetch: fetch
        )
        var places = [account.place]
        for place in [account.login?.place, account.submit?.place, mailbox?.place] {
            if let place, !places.contains(place) { places.append(place) }
        }
        let stands = recipients.isEmpty ? "; nobody is named who gets its mail: the postmaster stands in" : ""
        return ["# \(places.map { YAMLRemark.text($0.description) }.joined(separator: ", "))\(stands)"]
            + addition.lines()
    }
}

/// Texts of others in remarks of a file.
enum YAMLRemark {
    /// On one line, whatever stands in it.
    static func text(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value < 0x7F }))
    }
}
