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
            if let line = file.excessLine {
                let limit = FetchmailFile.maximumValues
                throw .unreadable(path, reason: "it has more than \(limit) mailboxes and values, at line \(line)")
            }
            guard file.servers.contains(where: { $0.users.contains { $0.login != nil } }) else {
                throw .noMailbox(path, program: "fetchmail", brokenAt: file.brokenLines.min())
            }
            if postmaster == nil, let name = file.postmaster { postmaster = AddrSpec(name) }
            let (seenFile, fetched) = readFetchids(file)
            let seen = Dictionary(grouping: fetched) { SeenState.Owner($0.user, $0.host) }
            let before = mailboxes.count
            for server in file.servers {
                for token in server.others { remarkOption(token, path) }
                for user in server.users { add(user, of: server, file, seen) }
            }
            for index in mailboxes.indices[before...] where !mailboxes[index].isIMAP {
                mailboxes[index].seenFile = seenFile
                mailboxes[index].seenPlaces = fetchidsPaths(file)
            }
        }
    }

    /// Options by which fetchmail does something that the gateway does not.
    private static let optionRemedies = [
        "mda": "Ceralacca delivers to Exchange by SMTP, to `deliver_to`.",
        "plugin": "Ceralacca connects by itself; a tunnel of another kind becomes an endpoint under `providers`.",
        "limit": "Ceralacca fetches messages of every size up to 1000 MB.",
        "folder":
            "POP3 knows the INBOX alone: with IMAP, where the provider has it, fetch: {protocol: imap, folders: […]}.",
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
        _ seen: [SeenState.Owner: [SeenState.Fetched]]
    ) {
        let place = SourcePlace(file.file, user.line)
        guard let isIMAP = isIMAP(user, of: entry, place), var mailbox = mailbox(user, of: entry, isIMAP, place) else {
            return
        }
        mailbox.keep = user.keeps ? .forever : .duration(.zero)
        mailbox.every = Self.pause(file.daemonSeconds ?? 60, rounds: entry.interval ?? 1)
        mailbox.localNames = user.smtpName.map { [$0] } ?? user.localNames
        mailbox.localDomain = user.smtpAddress
        mailbox.smtpHosts = user.smtpHosts.compactMap { smtpHost($0, place) }
        for token in user.others { remarkOption(token, file.file) }
        if isIMAP {
            setFolders(user.folders.map { ModifiedUTF7.decode($0.text) }, of: &mailbox)
        } else {
            if let line = user.folders.first?.line {
                remarkOption(FetchmailToken(text: "folder", isQuoted: false, line: line), file.file)
            }
            let owners = mailbox.names.sorted().map { SeenState.Owner(user.login ?? "", $0) }
            mailbox.seen = owners.flatMap { seen[$0] ?? [] }.map(\.uniqueID)
        }
        if entry.isSkipped {
            mailbox.isFetched = false
            remark(place, "`skip`: the mailbox is not fetched", "Give it \(mailbox.hint()) when it shall be.")
        }
        if user.isMultidrop { refuseMultidrop(&mailbox) }
        mailboxes.append(mailbox)
    }

    /// True for IMAP, false for POP3; nil, with a remark, for other protocols.
    private mutating func isIMAP(
        _ user: FetchmailFile.User,
        of entry: FetchmailFile.Server,
        _ place: SourcePlace
    ) -> Bool? {
        switch entry.protocolName ?? "auto" {
        case "imap": return true
        case "pop3", "apop": return false
        case "auto":
            if [143, 993].contains(entry.port) || !user.folders.isEmpty { return true }
            guard entry.port == nil else { return false }
            remark(
                place,
                "no protocol is named, and fetchmail asks for IMAP first: POP3 was taken, which does not know what was fetched by IMAP",
                "If the provider has IMAP alone: its `imap` under `providers`, and fetch: {protocol: imap}."
            )
            return false
        case let name:
            remark(
                place,
                "\(name.uppercased()) is not carried over",
                "Use POP3 or IMAP, whichever the provider has: fetch: {protocol: …}."
            )
            return nil
        }
    }

    private mutating func mailbox(
        _ user: FetchmailFile.User,
        of entry: FetchmailFile.Server,
        _ isIMAP: Bool,
        _ place: SourcePlace
    ) -> ImportedMailbox? {
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
            remark(place, "the name of the server is none", "Correct it and import again.")
            return nil
        }
        return ImportedMailbox(
            program: "fetchmail",
            place: place,
            login: plain(user.login, place),
            password: usable(user.password, place),
            server: server,
            names: [entry.name.lowercased(), entry.host.lowercased()],
            isIMAP: isIMAP
        )
    }

    /// What the header divided among several people is not fetched.
    mutating func refuseMultidrop(_ mailbox: inout ImportedMailbox) {
        mailbox.isFetched = false
        remark(
            mailbox.place,
            "one mailbox for several people (multidrop), which the header divided: not carried over, the mailbox is not fetched",
            "Name who gets all of it in `deliver_to`, then give it \(mailbox.hint())."
        )
    }

    /// The time from one round that polls a mailbox to the next, a day at most; `seconds` from one round to the next, none for a fetchmail
    /// that is called anew each time.
    private static func pause(_ seconds: Int, rounds: Int) -> Duration {
        let seconds = seconds < 1 ? 60 : min(seconds, 86_400)
        return .seconds(min(seconds * min(max(rounds, 1), 86_400), 86_400))
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

    /// Where fetchmail's identifiers may be: where somebody says, else beside its file, as in a home directory; Debian's service has its own.
    private func fetchidsPaths(_ file: FetchmailFile) -> [String] {
        let directory = SystemFile.directory(of: file.file)
        if let path = sources.fetchids { return [path] }
        guard var path = file.idfile else {
            let beside = "\(directory)/.fetchids"
            return file.file == "/etc/fetchmailrc" ? [beside, "/var/lib/fetchmail/.fetchids"] : [beside]
        }
        if path.hasPrefix("~/") { path.removeFirst(2) }
        return [FilePath.absolute(path, in: directory)]
    }

    /// The identifiers of the first file that can be read, and where that is.
    private mutating func readFetchids(_ file: FetchmailFile) -> (path: String, fetched: [SeenState.Fetched]) {
        let paths = fetchidsPaths(file)
        for path in paths {
            do throws(ClassicFileError) { return (path, SeenState.fetchids(try files.text(path))) } catch {
                guard sources.fetchids != nil || file.idfile != nil else { continue }
                remark(
                    SourcePlace(path),
                    "cannot be read: \(error.reason). What fetchmail has fetched and kept would be fetched once more",
                    "Name fetchmail's file of identifiers: --fetchids FILE."
                )
            }
        }
        return (paths[0], [])
    }

    /// Local names become addresses, now that the company's domains are known.
    mutating func resolveNames(_ mailbox: inout ImportedMailbox) {
        var known = Set(mailbox.deliverTo)
        for name in mailbox.localNames {
            if let address = AddrSpec(name) {
                if known.insert(address).inserted { mailbox.deliverTo.append(address) }
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
            if known.insert(address).inserted { mailbox.deliverTo.append(address) }
        }
    }
}
