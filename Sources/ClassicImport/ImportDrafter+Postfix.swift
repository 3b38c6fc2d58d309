// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension ImportDrafter {
    /// Reads Postfix's directory: Exchange and its domains, the relay of the Internet, the ports.
    mutating func readPostfix() throws(ImportFailure) {
        guard let directory = sources.postfix else { return }
        let path = "\(directory)/main.cf"
        let parameters = PostfixParameters(try needed(path), file: path, directory: directory)
        guard parameters.entries.count <= PostfixParameters.maximumParameters else {
            throw .unreadable(path, reason: "it has more than \(PostfixParameters.maximumParameters) parameters")
        }
        for line in parameters.strayLines {
            remark(SourcePlace(path, line), "a line that is no parameter", "Look whether it matters.")
        }
        tables = PostfixTables(parameters: parameters, directory: directory, files: files)
        do throws(ClassicFileError) {
            let text = try files.text("\(directory)/master.cf", limit: Self.maximumSettings)
            let master = PostfixMaster(text)
            for line in master.strayLines {
                remark(SourcePlace("\(directory)/master.cf", line), "a port that is not understood", "Add a listener.")
            }
            self.master = master
        } catch {
            remark(
                SourcePlace("\(directory)/master.cf"),
                "cannot be read: \(error.reason); port 25 is assumed",
                "Compare `listeners` with what Exchange connects to."
            )
        }
        readRelay()
        readExchange()
        remarkParameters()
    }

    func isPostfixSet(_ name: String) -> Bool { tables?.parameters.isSet(name) == true }

    mutating func postfixValue(_ name: String) -> String {
        if let value = values[name] { return value }
        guard let value = tables?.value(name, &remarks) else { return "" }
        values[name] = value
        return value
    }

    /// A path that Postfix's files name, as it is found here.
    mutating func postfixPath(_ path: String) -> String {
        guard let tables, !path.isEmpty else { return path }
        return tables.path(path, &remarks)
    }

    func postfixPlace(_ name: String) -> SourcePlace { tables?.parameters.place(name) ?? SourcePlace("") }

    /// The submission server that a relay host of Postfix's names.
    mutating func submission(_ text: String, _ place: SourcePlace) -> ImportedServer? {
        var text = text
        for prefix in ["smtp:", "relay:", "smtps:"] where text.hasPrefix(prefix + "[") {
            text.removeFirst(prefix.count)
        }
        guard let (host, port, isExact) = Self.nextHop(text) else {
            remark(place, "a relay host that is not understood", "Add the server by hand.")
            return nil
        }
        let isWrapped = postfixValue("smtp_tls_wrappermode") == "yes"
        let server = server(
            .submission,
            host: host,
            port: port ?? 25,
            // Postfix itself has TLS from the first octet in wrapper mode alone: on this machine 465 is a tunnel's.
            isImplicit: isWrapped || port == 465 && !Self.isThisMachine(host),
            trust: isPostfixSet("smtp_tls_CAfile") ? postfixPath(postfixValue("smtp_tls_CAfile")) : nil,
            place: place
        )
        if !isExact, server.tunnel == nil, !IPLiteral.isAddress(host) {
            remark(
                place,
                "\(host) is not in brackets: Postfix asks the DNS for its mail exchangers, the gateway connects to that very host",
                "Put the exchanger's name there if they differ."
            )
        }
        return server
    }

    /// The login that `smtp_sasl_password_maps` has for a relay host.
    mutating func hostLogin(_ relayHost: String) -> ImportedLogin? {
        let table = passwords()
        let host = Self.nextHop(relayHost)?.host ?? relayHost
        for key in [relayHost, host] { if let found = table.lookup(key) { return login(found.value, found.place) } }
        return nil
    }

    /// The table of passwords, opened once.
    mutating func passwords() -> PostfixTable {
        if let table = passwordTable { return table }
        let table = tables?.open("smtp_sasl_password_maps", &remarks) ?? PostfixTable()
        passwordTable = table
        return table
    }

    /// `login:password`.
    mutating func login(_ value: String, _ place: SourcePlace) -> ImportedLogin? {
        guard let colon = value.firstIndex(of: ":"), let name = plain(String(value[..<colon]), place) else {
            remark(place, "no login:password stands here", "Set the account's login and password by hand.")
            return nil
        }
        guard let password = usable(Secret(String(value[value.index(after: colon)...])), place) else { return nil }
        return ImportedLogin(name: name, password: password, place: place)
    }

    /// The login, unless it is none: empty, or with control characters.
    mutating func plain(_ login: String?, _ place: SourcePlace) -> String? {
        guard let login, !login.isEmpty else { return nil }
        guard login.utf8.count <= 1000, login.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            remark(place, "a login has control characters: not carried over", "Correct it and import again.")
            return nil
        }
        return login
    }

    /// The password, unless none can be kept as it is: then it counts as not known.
    mutating func usable(_ password: Secret?, _ place: SourcePlace) -> Secret? {
        guard let password else { return nil }
        let octets = password.reveal().utf8
        guard !octets.isEmpty, octets.count <= 1000, octets.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            remark(place, "a password is empty, or has control characters: not carried over", "Set it by hand.")
            return nil
        }
        if octets.contains(where: { $0 >= 0x80 }) {
            remark(
                place,
                "a password has letters beyond ASCII, which the gateway sends as UTF-8",
                "If it is refused: choose another one at the provider."
            )
        }
        return password
    }

    /// The servers and domains of Exchange, by `relay_domains`, `transport_maps` and `relay_transport`.
    private mutating func readExchange() {
        guard let tables else { return }
        let names = tables.names("relay_domains", &remarks).map { $0.lowercased() }
        let relayDomains = names.filter { !$0.hasPrefix("!") && !$0.hasPrefix(".") && Self.isDomain($0) }
        if names.contains(where: { $0.hasPrefix(".") }) {
            remark(
                postfixPlace("relay_domains"),
                "an entry for all subdomains of a domain (.domain) is not carried over",
                "Name each of them in exchange.domains."
            )
        }
        let relayed = Set(relayDomains)
        var (known, elsewhere) = (Set<String>(), Set<String>())
        let transport = tables.open("transport_maps", &remarks)
        for entry in transport.entries {
            let key = entry.key.lowercased()
            guard Self.isDomain(key), !key.hasPrefix("."),
                relayed.isEmpty || relayed.contains(key) && !elsewhere.contains(key),
                let servers = nextHops(entry.value, entry.place), !servers.isEmpty
            else {
                remark(
                    entry.place,
                    "a transport for \(Self.isDomain(key) ? key : "something else than a whole domain of Exchange's") is not carried over",
                    "Ceralacca sends mail for exchange.domains to exchange.servers, and all else to the Internet."
                )
                continue
            }
            if exchange.isEmpty { exchange = servers }
            guard exchange == servers else {
                remark(
                    entry.place,
                    "mail for \(key) goes to other servers than that for \(domains.first ?? "the first domain"): not carried over",
                    "Exchange is one organisation here: let its first servers take \(key) too, and add it to exchange.domains."
                )
                elsewhere.insert(key)
                continue
            }
            if known.insert(key).inserted { domains.append(key) }
        }
        for rule in transport.rules {
            remark(rule.place, "a transport by pattern is not carried over", "Name the domains in exchange.domains.")
        }
        if exchange.isEmpty, tables.parameters.isSet("relay_transport"),
            let servers = nextHops(postfixValue("relay_transport"), postfixPlace("relay_transport"))
        {
            exchange = servers
        }
        for domain in relayDomains where !elsewhere.contains(domain) && known.insert(domain).inserted {
            domains.append(domain)
            guard !transport.entries.isEmpty || !tables.parameters.isSet("relay_transport") else { continue }
            remark(
                postfixPlace("relay_domains"),
                "no transport is named for \(domain), which Postfix takes mail for: it was taken for Exchange's",
                "Take it out of exchange.domains if Exchange does not have it."
            )
        }
    }

    /// `smtp:[10.0.0.10]:25`, `relay:[exch1], [exch2]`; nil for other transports.
    private mutating func nextHops(_ value: String, _ place: SourcePlace) -> [Endpoint]? {
        guard let colon = value.firstIndex(of: ":"), ["smtp", "relay", ""].contains(String(value[..<colon])) else {
            return nil
        }
        let names = PostfixLines.list(String(value[value.index(after: colon)...]))
        let hops = firstFew(names, place, "servers of Exchange")
        var servers: [Endpoint] = []
        for hop in hops {
            guard let (host, port, _) = Self.nextHop(hop) else { continue }
            let server = server(.submission, host: host, port: port ?? 25, isImplicit: false, place: place)
            var endpoint = server.endpoint
            endpoint.tls = tunnelTLS(server) ?? .opportunistic
            if !servers.contains(endpoint) { servers.append(endpoint) }
        }
        return servers
    }

    static func isDomain(_ text: String) -> Bool {
        AddrSpec("postmaster@\(text.hasPrefix(".") ? String(text.dropFirst()) : text)") != nil && !text.hasPrefix("[")
            && text != "*"
    }
}
