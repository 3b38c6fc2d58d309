// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The configuration of a gateway under test, written as the YAML that an administrator writes.
package struct GatewayFile: Sendable {
    /// One account.
    package struct Account: Sendable {
        /// Its address, which is also its login.
        package var address: String
        /// The name of its provider.
        package var provider: String
        /// The password that the gateway is given.
        package var password: String
        /// Where its mail goes.
        package var deliverTo: String
        /// The flow mapping of `fetch`.
        package var fetch: String
        /// True when its password is not in a file but in the vault, under its address.
        package var isInVault = false
        /// The flow mapping of `oauth`, without its braces, in place of a password.
        package var oauth: String?

        /// An account that is not fetched unless `fetch` says so.
        package init(
            _ address: String,
            provider: String = "pec",
            password: String = CertifiedProvider.password,
            deliverTo: String = "mario@azienda.test",
            fetch: String = "{protocol: none}"
        ) {
            self.address = address
            self.provider = provider
            self.password = password
            self.deliverTo = deliverTo
            self.fetch = fetch
        }
    }

    /// Port of the listener for Exchange.
    package let exchangePort = Ports.take()
    /// Port of the listener for the Internet.
    package let internetPort = Ports.take()
    /// The state directory.
    package var state: String
    /// The directory of the file and of the secrets.
    package let directory: String
    /// Exchange servers as endpoints.
    package var exchange: [String] = []
    /// Flow mapping entries put after `exchange.domains`.
    package var exchangeOptions = "tls: none"
    /// The relay as an endpoint; nil for none.
    package var relay: String?
    /// Providers by name, each a flow mapping without its braces.
    package var providers: [(name: String, entries: String)] = []
    /// The accounts.
    package var accounts: [Account] = []
    /// Networks that may use the listener for Exchange.
    package var allow = ["127.0.0.1"]
    /// Flow mapping entries of the listener for the Internet, each behind a comma.
    package var internetOptions = ""
    /// Further listeners, each a flow mapping without its braces.
    package var listeners: [String] = []
    /// Lines put at the end of the file.
    package var more = ""

    /// A configuration whose files lie in `directory`.
    package init(in directory: String) throws(LabError) {
        self.directory = directory
        state = "\(directory)/state"
        try Files.makeDirectory(directory)
        try Files.makeDirectory(state)
        try Command.run("chmod", ["700", state])
    }

    /// Where the file lies.
    package var path: String { "\(directory)/ceralacca.yaml" }

    /// Writes the file and its secrets.
    package func write() throws(LabError) {
        try Files.makeDirectory("\(directory)/secrets")
        for account in accounts where !account.isInVault && account.oauth == nil {
            try Files.write(account.password, to: secret(account), mode: 0o600)
        }
        try Files.write(text, to: path)
    }

    /// The file.
    package var text: String {
        let servers = exchange.map { "\"\($0)\"" }.joined(separator: ", ")
        var lines = [
            "hostname: relay.azienda.test", "postmaster: postmaster@azienda.test", "state: \(state)",
            "exchange: {servers: [\(servers)], domains: [azienda.test], \(exchangeOptions)}", "listeners:",
            "  - {role: exchange, address: \"127.0.0.1:\(exchangePort)\", allow: [\(allow.joined(separator: ", "))]}",
            "  - {role: internet, address: \"127.0.0.1:\(internetPort)\"\(internetOptions)}",
        ]
        lines += listeners.map { "  - {\($0)}" }
        if let relay { lines.append("internet: {relay: \"\(relay)\", tls: none}") }
        if !providers.isEmpty {
            lines += ["providers:"] + providers.map { "  \($0.name): {\($0.entries)}" }
        }
        if !accounts.isEmpty { lines += ["accounts:"] + accounts.map(line) }
        return lines.joined(separator: "\n") + "\n" + more
    }

    private func secret(_ account: Account) -> String { "\(directory)/secrets/\(account.address)" }

    private func line(_ account: Account) -> String {
        let password = account.isInVault ? "{vault: \"\(account.address)\"}" : "{file: \(secret(account))}"
        let credential = account.oauth.map { "oauth: {\($0)}" } ?? "password: \(password)"
        return "  - {address: \"\(account.address)\", provider: \(account.provider), \(credential), "
            + "deliver_to: [\"\(account.deliverTo)\"], fetch: \(account.fetch)}"
    }
}

extension GatewayFile {
    /// The entries of a provider whose submission is at `submit` and whose boxes are at `pop3` or `imap`, trusted by `authority`.
    package static func provider(
        submit: String,
        pop3: String? = nil,
        imap: String? = nil,
        authority: CertificateAuthority,
        isCertified: Bool = true,
        limits: String = "messages_per_minute: 1000000, connections: 20"
    ) -> String {
        "certified: \(isCertified), submit: \"\(submit)\", " + (pop3.map { "pop3: \"\($0)\", " } ?? "")
            + (imap.map { "imap: \"\($0)\", " } ?? "") + "trust: \(authority.root), limits: {\(limits)}"
    }
}
