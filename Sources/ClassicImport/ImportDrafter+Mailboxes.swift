// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

extension ImportDrafter {
    /// Reads fetchmail's files.
    mutating func readFetchmail() throws(ImportFailure) {
        for path in sources.fetchmailrc {
            let file = FetchmailReader.read(try needed(path), file: path)
            for line in file.brokenLines {
                remark(
                    SourcePlace(path, line),
                    "the grammar is broken here: up to the next poll, skip or defaults nothing is carried over",
                    "Correct it (fetchmail -f \(path) -V shows what fetchmail reads), and import again."
                )
            }
            if postmaster == nil, let name = file.postmaster { postmaster = AddrSpec(name) }
            let seen = readFetchids(file)
            for server in file.servers {
                for token in server.others { remarkOption(token, path) }
                for user in server.users { add(user, of: server, file, seen) }
            }
        }
    }

    /// Options by which fetchmail does something that the gateway does not.
    private static let optionRemedies = [
        "mda": "Ceralacca delivers to Exchange by SMTP, to `deliver_to`.",
        "plugin": "Ceralacca connects by itself; a tunnel of another kind becomes an endpoint under `providers`.",
        "limit": "Ceralacca fetches messages of every size up to 150 MiB.",
        "flush": "Ceralacca removes nothing that it has not delivered: `fetch.keep`.",
        "mimedecode": "Ceralacca changes no message.", "dropstatus": "Ceralacca changes no message.",
        "dropdelivered": "Ceralacca changes no message.",
        "sslcommonname":
            "The certificate is compared with the host of the endpoint: name the certificate's host under `providers`.",
        "sslfingerprint":
            "The certificate is verified by its root: `trust` of the provider, where it is not the system's.",
        "local": "Ceralacca does not divide a mailbox by recipients: `deliver_to` names who gets all of it.",
        "localdomains": "Ceralacca does not divide a mailbox by recipients: `deliver_to` names who gets all of it.",
        "auth": "Ceralacca logs in by SASL or USER and PASS, whatever the server offers in TLS.",
        "authenticate": "Ceralacca logs in by SASL or USER and PASS, whatever the server offers in TLS.",
    ]

    private mutating func remarkOption(_ token: FetchmailToken, _ path: String) {
        remark(
            SourcePlace(path, token.line),
            "the option \(token.text) is not carried over",
            Self.optionRemedies[token.text] ?? "Look in docs/configuration.md whether you need something in its place."
        )
    }

    private mutating func add(
        _ user: FetchmailFile.User,
        of entry: FetchmailFile.Server,
        _ file: FetchmailFile,
        _ seen: [SeenState.Fetched]
    ) {
        let place = SourcePlace(file.file, user.line)
        let name = entry.protocolName ?? "auto"
        guard ["pop3", "apop", "auto", "imap"].contains(name) else {
            return remark(place, "\(name.uppercased()) is not carried over", "Use POP3, if the provider has it.")
        }
        let isIMAP = name == "imap"
        let standard = isIMAP ? (user.hasTLS ? 993 : 143) : (user.hasTLS ? 995 : 110)
        let server = server(
            isIMAP ? .imap : .pop3,
            host: entry.host,
            port: entry.port ?? standard,
            isImplicit: user.hasTLS,
            trust: user.trust,
            place: place
        )
        guard HostName.isValid(server.endpoint.host) || IPLiteral.isAddress(server.endpoint.host) else {
            return remark(place, "the name of the server is none", "Correct it and import again.")
        }
        var mailbox = ImportedMailbox(
            program: "fetchmail",
            place: place,
            login: plain(user.login, place),
            password: usable(user.password, place),
            server: server,
            names: [entry.name.lowercased(), entry.host.lowercased()],
            isIMAP: isIMAP
        )
        mailbox.keep = user.keeps ? .forever : .duration(.zero)
        mailbox.every = .seconds(min(max((file.daemonSeconds ?? 60) * max(entry.interval ?? 1, 1), 1), 86_400))
        mailbox.localNames = user.smtpName.map { [$0] } ?? user.localNames
        mailbox.localDomain = user.smtpAddress
        mailbox.smtpHosts = user.smtpHosts.compactMap { smtpHost($0, place) }
        for token in user.others { remarkOption(token, file.file) }
        if entry.isSkipped {
            mailbox.isFetched = false
            remark(place, "`skip`: the mailbox is not fetched", "Give it fetch: {protocol: pop3} when it shall be.")
        }
        if user.isMultidrop {
            mailbox.isFetched = false
            remark(
                place,
                "one mailbox for several people (multidrop), which the header divided: not carried over, the mailbox is not fetched",
                "Name who gets all of it in `deliver_to`, then give it fetch: {protocol: pop3}."
            )
        }
        let names = mailbox.names
        mailbox.seen = seen.filter {
            names.contains($0.host.lowercased()) && $0.user.lowercased() == user.login?.lowercased()
        }.map(\.uniqueID)
        mailbox.seenFile = fetchidsPath(file)
        mailboxes.append(mailbox)
    }

    /// A host that mail is handed to; nil for this machine's Postfix.
    private func smtpHost(_ text: String, _ place: SourcePlace) -> Endpoint? {
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        guard let host = parts.first, !Self.isThisMachine(host), HostName.isValid(host) || IPLiteral.isAddress(host)
        else { return nil }
        let port = parts.count > 1 ? Int(parts[1]) ?? 25 : 25
        return Endpoint(
            scheme: .smtp,
            host: host.lowercased(),
            port: (1...65_535).contains(port) ? port : 25,
            tls: .opportunistic
        )
    }

    private func fetchidsPath(_ file: FetchmailFile) -> String {
        let directory = FilePath.directory(file.file)
        if let path = sources.fetchids { return path }
        guard var path = file.idfile else { return "\(directory)/.fetchids" }
        if path.hasPrefix("~/") { path.removeFirst(2) }
        return FilePath.absolute(path, in: directory)
    }

    private mutating func readFetchids(_ file: FetchmailFile) -> [SeenState.Fetched] {
        let path = fetchidsPath(file)
        do throws(ClassicFileError) { return SeenState.fetchids(try files.text(path)) } catch {
            if sources.fetchids != nil || file.idfile != nil {
                remark(
                    SourcePlace(path),
                    "cannot be read: \(error.reason). What fetchmail has fetched and kept would be fetched once more",
                    "Name fetchmail's file of identifiers: --fetchids FILE."
                )
            }
            return []
        }
    }

    /// Local names become addresses, now that the company's domains are known.
    mutating func resolveNames(_ mailbox: inout ImportedMailbox) {
        for name in mailbox.localNames {
            if let address = AddrSpec(name) {
                if !mailbox.deliverTo.contains(address) { mailbox.deliverTo.append(address) }
                continue
            }
            guard let domain = mailbox.localDomain ?? domains.first, let address = AddrSpec("\(name)@\(domain)") else {
                remark(mailbox.place, "a local name that makes no address", "Name who gets the mail in `deliver_to`.")
                continue
            }
            if mailbox.localDomain == nil {
                remark(
                    mailbox.place,
                    "the local name \(name) was taken for \(address)",
                    "Correct `deliver_to` if it is another one's."
                )
            }
            if !mailbox.deliverTo.contains(address) { mailbox.deliverTo.append(address) }
        }
    }
}
