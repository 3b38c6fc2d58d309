// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel

extension ImportDrafter {
    /// The retrievers, by their type: POP3 or IMAP, with TLS or without.
    private static let retrievers: [String: (isIMAP: Bool, hasTLS: Bool, isMultidrop: Bool)] = [
        "simplepop3retriever": (false, false, false), "simplepop3sslretriever": (false, true, false),
        "brokenuidlpop3retriever": (false, false, false), "brokenuidlpop3sslretriever": (false, true, false),
        "multidroppop3retriever": (false, false, true), "multidroppop3sslretriever": (false, true, true),
        "multidropsdpsretriever": (false, false, true), "simpleimapretriever": (true, false, false),
        "simpleimapsslretriever": (true, true, false), "multidropimapretriever": (true, false, true),
        "multidropimapsslretriever": (true, true, true),
    ]

    /// Reads getmail's files, of which each names one mailbox.
    mutating func readGetmail() throws(ImportFailure) {
        for path in sources.getmailrc {
            let file = GetmailFile(try needed(path), file: path)
            for line in file.strayLines {
                remark(SourcePlace(path, line), "a line that is not understood", "Look whether it matters.")
            }
            guard ["type", "server"].contains(where: { file.text("retriever", $0) != nil }) else {
                throw .noMailbox(path, program: "getmail", brokenAt: file.strayLines.min())
            }
            add(file)
        }
    }

    private mutating func add(_ file: GetmailFile) {
        let place = file.place("retriever")
        guard let type = Self.retrievers[file.text("retriever", "type")?.lowercased() ?? ""],
            let host = file.text("retriever", "server"), HostName.isValid(host) || IPLiteral.isAddress(host)
        else {
            return remark(
                place,
                "a retriever that the gateway has not, or without a server: not carried over",
                "Add the account by hand."
            )
        }
        let standard = type.isIMAP ? (type.hasTLS ? 993 : 143) : (type.hasTLS ? 995 : 110)
        let port = file.text("retriever", "port").map { Int($0) ?? 0 } ?? standard
        guard (1...65_535).contains(port) else {
            return remark(file.place("retriever", "port"), "no port stands here", "Correct it and import again.")
        }
        let directory = SystemFile.directory(of: file.file)
        let trust = file.text("retriever", "ca_certs").map { FilePath.absolute($0, in: directory) }
        let server = server(
            type.isIMAP ? .imap : .pop3,
            host: host,
            port: port,
            isImplicit: type.hasTLS,
            trust: trust,
            place: place
        )
        var mailbox = ImportedMailbox(
            program: "getmail",
            place: place,
            login: plain(file.text("retriever", "username"), file.place("retriever", "username")),
            password: usable(
                file.text("retriever", "password").map { Secret($0) },
                file.place("retriever", "password")
            ),
            server: server,
            names: [host.lowercased()],
            isIMAP: type.isIMAP
        )
        mailbox.keep = keep(file)
        if type.isIMAP { setFolders(file.folders, of: &mailbox) }
        mailbox.deliverTo = file.destinationAddresses
        if type.isMultidrop || file.hasVariableDestination { refuseMultidrop(&mailbox) }
        remarkOptions(file)
        if !type.isIMAP { readOldmail(file, server: host, port: port, &mailbox) }
        mailboxes.append(mailbox)
    }

    private mutating func remarkOptions(_ file: GetmailFile) {
        if file.text("retriever", "password_command") != nil {
            remark(
                file.place("retriever", "password_command"),
                "password_command is not carried over: the gateway runs no command for a password",
                "Set it: ceralacca secret set NAME."
            )
        }
        if let type = file.text("destination", "type"), type.lowercased() != "mda_external" {
            remark(
                file.place("destination", "type"),
                "the destination \(type.filter { $0.isLetter || $0.isNumber || $0 == "_" }) is not carried over",
                "Ceralacca delivers to Exchange by SMTP, to `deliver_to`."
            )
        }
        let told = [
            "imap_search": "Ceralacca fetches all that is new.",
            "move_on_delete": "Ceralacca moves messages once Exchange has them: `fetch.move_to`, in place of `keep`.",
            "max_message_size": "Ceralacca fetches messages of every size up to 1000 MB.",
            "max_messages_per_session": "Ceralacca fetches all that is new.",
            "max_bytes_per_session": "Ceralacca fetches all that is new.",
            "delete_bigger_than": "Ceralacca removes nothing that it has not delivered: `fetch.keep`.",
        ]
        for (key, remedy) in told.sorted(by: { $0.key < $1.key }) {
            for section in ["retriever", "options"] where file.text(section, key) != nil {
                remark(file.place(section, key), "the option \(key) is not carried over", remedy)
            }
        }
        for section in file.sections.keys.sorted() where section.hasPrefix("filter") {
            remark(file.place(section), "a filter is not carried over", "Ceralacca asks its own: `scanners`.")
        }
    }

    private func keep(_ file: GetmailFile) -> FetchConfiguration.Keep {
        if file.flag("delete") == true {
            // With IMAP "delete" may mean to set another flag.
            let flags = file.text("retriever", "imap_on_delete")?.lowercased() ?? ""
            return flags.isEmpty || flags.contains("\\deleted") ? .duration(.zero) : .forever
        }
        if let days = file.text("options", "delete_after").flatMap({ Int($0) }), days > 0 {
            return .duration(.seconds(86_400 * min(days, 36_500)))
        }
        return .forever
    }

    private mutating func readOldmail(
        _ file: GetmailFile,
        server: String,
        port: Int,
        _ mailbox: inout ImportedMailbox
    ) {
        // The Broken… retrievers neither read nor write it: what lies there is of a time before.
        if let type = file.text("retriever", "type"), type.lowercased().hasPrefix("brokenuidl") {
            return remark(
                file.place("retriever", "type"),
                "\(type) knows no message again by its identifier: what was fetched is not taken over",
                "Look that the mailbox is empty of what was delivered before the gateway fetches it."
            )
        }
        let directory = sources.getmailDirectory ?? SystemFile.directory(of: file.file)
        let names = SeenState.oldmailNames(server: server, port: port, login: mailbox.login ?? "")
        for name in files.names(directory).sorted() where names.contains(name) {
            do throws(ClassicFileError) {
                mailbox.seen += SeenState.oldmail(try files.text("\(directory)/\(name)"))
                mailbox.seenFile = "\(directory)/\(name)"
            } catch {
                remark(SourcePlace("\(directory)/\(name)"), "cannot be read: \(error.reason)", "Make it readable.")
            }
        }
    }
}
