// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// Reads a fetchmail control file by its grammar: global `set`s, then entries of servers, each with its users.
///
/// ```text
/// set daemon 300
/// poll pop3s.pec.aruba.it proto POP3 user "azienda@pec.it" there with password "…" is "protocollo@azienda.it" here ssl
/// ```
struct FetchmailReader {
    private static let noise: Set<String> = ["and", "with", "has", "wants", "options", "here", "there"]
    private static let entries: Set<String> = ["poll", "server", "skip", "defaults", "set"]
    /// Keywords that take a text or a number.
    private static let withValue: Set<String> = [
        "proto", "protocol", "service", "port", "interval", "auth", "authenticate", "preauth", "preauthenticate",
        "timeout", "envelope", "qvirtual", "principal", "esmtpname", "esmtppassword", "bad-header", "user", "username",
        "pass", "password", "passwordfile", "passwordfd", "folder", "folders", "smtp", "smtphost", "fetchdomains",
        "smtpaddress", "smtpname", "antispam", "mda", "bsmtp", "lmtp", "pre", "preconnect", "post", "postconnect",
        "interface", "monitor", "plugin", "plugout", "batchlimit", "fetchlimit", "fetchsizelimit", "fastuidl",
        "expunge",
        "properties", "is", "to", "via", "aka", "local", "localdomains", "limit", "warnings", "sslkey", "sslcert",
        "sslproto", "sslcertpath", "sslcertfile", "sslcommonname", "sslfingerprint", "retrieve-error",
    ]
    private static let flags: Set<String> = [
        "keep", "flush", "limitflush", "fetchall", "rewrite", "forcecr", "stripcr", "pass8bits", "pass8", "dropstatus",
        "dropdelivered", "mimedecode", "mimedec", "idle", "dns", "uidl", "ssl", "sslcertck", "checkalias", "tracepolls",
        "envelope", "bouncemail", "spambounce", "softbounce", "moveonerror",
    ]
    /// Keywords whose texts may be several.
    private static let lists: Set<String> = [
        "aka", "local", "localdomains", "is", "to", "smtp", "smtphost", "fetchdomains", "antispam", "folder", "folders",
    ]
    /// What needs no remark: the gateway does it its own way.
    private static let silent: Set<String> = [
        "timeout", "uidl", "dns", "rewrite", "forcecr", "stripcr", "pass8bits", "pass8", "checkalias", "sslproto",
        "sslcertck",
        "batchlimit", "expunge", "fastuidl", "aka", "bouncemail", "spambounce", "softbounce", "tracepolls", "antispam",
        "invisible", "showdots", "syslog", "fetchall", "idle", "sslcertpath", "envelope",
        "warnings",
    ]

    private let tokens: [FetchmailToken]
    private var index = 0
    private var result: FetchmailFile
    private var defaults: FetchmailFile.Server?
    /// The mailboxes so far and the values of their lists.
    private var weight = 0

    static func read(_ text: String, file: String) -> FetchmailFile {
        let (tokens, isUnfinished) = FetchmailLexer.tokens(text)
        var reader = Self(tokens: tokens, result: FetchmailFile(file: file))
        if isUnfinished { reader.result.brokenLines.append(tokens.last?.line ?? 1) }
        reader.run()
        return reader.result
    }

    private init(tokens: [FetchmailToken], result: FetchmailFile) {
        self.tokens = tokens
        self.result = result
    }

    private var keyword: String? {
        guard index < tokens.count, !tokens[index].isQuoted else { return nil }
        return tokens[index].text.lowercased()
    }

    private mutating func run() {
        while index < tokens.count, result.excessLine == nil {
            let token = tokens[index]
            switch keyword {
            case "set":
                index += 1
                global()
            case "poll", "server", "skip", "defaults":
                index += 1
                server(token)
            default:
                breakOff(token.line)
            }
        }
    }

    /// Leaves out what stands here up to the next entry.
    private mutating func breakOff(_ line: Int) {
        result.brokenLines.append(line)
        while index < tokens.count, keyword.map(Self.entries.contains) != true { index += 1 }
    }

    private mutating func text() -> FetchmailToken? {
        if index < tokens.count, tokens[index].text == "=", !tokens[index].isQuoted { index += 1 }
        guard index < tokens.count else { return nil }
        defer { index += 1 }
        return tokens[index]
    }

    private mutating func global() {
        guard index < tokens.count else { return }
        let token = tokens[index]
        index += 1
        switch token.text.lowercased() {
        case "daemon": result.daemonSeconds = text().flatMap { Int($0.text) }
        case "postmaster": result.postmaster = text()?.text
        case "idfile": result.idfile = text()?.text
        case "logfile", "pidfile", "properties": _ = text()
        case "no": index += 1
        case let word where Self.silent.contains(word): if word == "warnings" { _ = text() }
        default: breakOff(token.line)
        }
    }

    private mutating func server(_ entry: FetchmailToken) {
        let isDefaults = entry.text.lowercased() == "defaults"
        var server = FetchmailFile.Server(name: "", line: entry.line)
        if !isDefaults {
            guard let name = text() else { return breakOff(entry.line) }
            server = defaults ?? server
            server.name = name.text
            server.line = entry.line
            server.isSkipped = entry.text.lowercased() == "skip"
        }
        // What `defaults` says of a user holds for every user of the entries behind it.
        let template = server.users.first ?? FetchmailFile.User()
        var user = template
        user.line = entry.line
        var hasUser = false
        server.users = []
        while index < tokens.count, keyword.map(Self.entries.contains) != true {
            let token = tokens[index]
            if let word = keyword, word == "user" || word == "username" {
                index += 1
                guard let login = text() else { return breakOff(token.line) }
                if hasUser, !add(user, to: &server) { return }
                // The first user takes what stood before it.
                if hasUser { user = template }
                hasUser = true
                user.login = login.text
                user.line = token.line
            } else if !option(&server, &user) {
                return breakOff(token.line)
            }
        }
        if isDefaults {
            server.users = [user]
            defaults = server
            return
        }
        if add(user, to: &server) { result.servers.append(server) }
    }

    /// Adds a mailbox; false when there are too many, and reading ends.
    private mutating func add(_ user: FetchmailFile.User, to server: inout FetchmailFile.Server) -> Bool {
        weight += user.weight
        guard weight <= FetchmailFile.maximumValues else {
            result.excessLine = user.line
            return false
        }
        server.users.append(user)
        return true
    }

    /// Reads one option; false when the grammar is broken.
    private mutating func option(_ server: inout FetchmailFile.Server, _ user: inout FetchmailFile.User) -> Bool {
        let token = tokens[index]
        guard let word = keyword else { return false }
        index += 1
        if Self.noise.contains(word) { return true }
        if word == "no" || word.hasPrefix("no") && Self.flags.contains(String(word.dropFirst(2))) {
            var flag = String(word.dropFirst(2))
            if word == "no" {
                guard let next = keyword else { return false }
                flag = next
                index += 1
            }
            return set(flag, false, token, &server, &user)
        }
        if Self.withValue.contains(word), !(word == "envelope" && index >= tokens.count) {
            return value(word, token, &server, &user)
        }
        return set(word, true, token, &server, &user)
    }

    private mutating func set(
        _ flag: String,
        _ isOn: Bool,
        _ token: FetchmailToken,
        _ server: inout FetchmailFile.Server,
        _ user: inout FetchmailFile.User
    ) -> Bool {
        guard Self.flags.contains(flag) else { return false }
        switch flag {
        case "keep": user.keeps = isOn
        case "ssl": user.hasTLS = isOn
        case _ where !isOn || Self.silent.contains(flag): break
        default: user.others.append(FetchmailToken(text: flag, isQuoted: false, line: token.line))
        }
        return true
    }

    private mutating func value(
        _ word: String,
        _ token: FetchmailToken,
        _ server: inout FetchmailFile.Server,
        _ user: inout FetchmailFile.User
    ) -> Bool {
        guard let first = text() else { return false }
        var texts = [first.text]
        var hasMap = false
        while Self.lists.contains(word), index < tokens.count {
            let isEqual = keyword == "="
            guard isEqual || tokens[index].isQuoted || keyword.map(Self.isKeyword) == false else { break }
            if isEqual {
                hasMap = true
                index += 1
                if index < tokens.count { texts[texts.count - 1] = tokens[index].text }
            } else {
                texts.append(tokens[index].text)
            }
            index += 1
        }
        switch word {
        case "proto", "protocol": server.protocolName = first.text.lowercased()
        case "port", "service":
            guard let port = Self.port(first.text) else { return false }
            server.port = port
        case "interval": server.interval = Int(first.text)
        case "via": server.via = first.text
        case "pass", "password": user.password = Secret(first.text)
        case "is", "to":
            // `is NAME there` names the login.
            if keyword == "there", user.login == nil {
                user.login = first.text
                return true
            }
            user.isMultidrop = user.isMultidrop || hasMap || texts.contains("*")
            user.localNames += texts.filter { $0 != "*" }
        case "smtp", "smtphost": user.smtpHosts += texts
        case "folder", "folders":
            user.folders += texts.map { FetchmailToken(text: $0, isQuoted: true, line: token.line) }
        case "smtpaddress": user.smtpAddress = first.text
        case "smtpname": user.smtpName = first.text
        case "sslcertfile": user.trust = first.text
        case _ where Self.silent.contains(word): break
        case "local", "localdomains", "auth", "authenticate", "preauth", "preauthenticate":
            if !["password", "any"].contains(first.text.lowercased()) {
                server.others.append(FetchmailToken(text: word, isQuoted: false, line: token.line))
            }
        default: user.others.append(FetchmailToken(text: word, isQuoted: false, line: token.line))
        }
        return true
    }

    private static func isKeyword(_ word: String) -> Bool {
        withValue.contains(word) || flags.contains(word) || noise.contains(word) || entries.contains(word)
            || word == "no"
            || word.hasPrefix("no") && flags.contains(String(word.dropFirst(2)))
    }

    private static func port(_ text: String) -> Int? {
        let names = ["pop3": 110, "pop3s": 995, "imap": 143, "imaps": 993, "imap2": 143]
        guard let port = names[text.lowercased()] ?? Int(text), (1...65_535).contains(port) else { return nil }
        return port
    }
}
