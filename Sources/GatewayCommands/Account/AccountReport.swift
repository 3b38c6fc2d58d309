// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// An account with how it stands and what is wrong with it.
struct AccountReport {
    let account: AccountConfiguration
    let standing: AccountStanding
    let alerts: [Alert]
    /// Certified messages of which something is still to come.
    var openMessages = 0
    /// How its sign-in stands; nil for an account with a password.
    var signIn: CommandTokens.Standing?
    /// What of them is late.
    var overdue: OverdueSubmissions?

    /// The accounts in the order of the configuration; without a queue nothing has happened to them yet.
    static func all(_ options: ConfigurationOptions) async throws -> [Self] {
        let configuration = try options.load()
        defer { options.remarkIfIdle(configuration.state) }
        guard try StateDirectory.hasQueue(configuration.state) else {
            return configuration.accounts.map { Self(account: $0, standing: .init(), alerts: []) }
        }
        return try await options.withStore { configuration, store in
            var reports = try await all(
                configuration,
                standings: store.standings(),
                alerts: store.openAlerts(),
                tracked: TrackedCount(
                    store,
                    configuration.tracking,
                    now: CommandEnvironment.current.clock.now()
                )
            )
            for index in reports.indices {
                reports[index].signIn = CommandTokens.standing(reports[index].account, configuration, store)
            }
            return reports
        }
    }

    static func all(
        _ configuration: Configuration,
        standings: [String: AccountStanding],
        alerts: [Alert],
        tracked: TrackedCount
    ) -> [Self] {
        configuration.accounts.map { account in
            let key = account.address.comparisonKey
            return Self(
                account: account,
                standing: standings[key] ?? .init(),
                alerts: alerts.filter { $0.key == "account:\(key)" || $0.key.hasPrefix("account:\(key):") },
                openMessages: tracked.messages[key] ?? 0,
                overdue: tracked.overdue.first { $0.account == key }
            )
        }
    }

    /// The account of this address.
    static func find(_ address: String, in configuration: Configuration) throws -> AccountConfiguration {
        let key = AddrSpec(address)?.comparisonKey
        guard let account = configuration.accounts.first(where: { $0.address.comparisonKey == key }) else {
            throw CommandFailure(
                "there is no account \(PlainText.line(address, limit: 100))",
                remedy: suggestion(for: address, configuration.accounts.map(\.address.description))
            )
        }
        return account
    }

    private static func suggestion(for address: String, _ known: [String]) -> String {
        guard !known.isEmpty else { return "The configuration has no accounts." }
        let near = Similarity.nearest(to: address, among: known).map { "Did you mean \($0)? " } ?? ""
        let shown = known.prefix(20).joined(separator: ", ")
        return "\(near)The accounts are: \(shown)\(known.count > 20 ? " and \(known.count - 20) more" : "")."
    }

    /// `error`, `ok`, that somebody has to sign in, or that nothing has been fetched or submitted yet.
    var stateWord: String {
        if hasError { return "error" }
        if signIn?.isNeeded == true { return "sign-in needed" }
        return standing.lastFetch == nil && standing.lastSubmission == nil ? "not used yet" : "ok"
    }

    var hasError: Bool { standing.fetchError != nil || standing.submissionError != nil || !alerts.isEmpty }

    static func table(_ accounts: [Self]) -> TextTable {
        var table = TextTable(["ADDRESS", "PROVIDER", "DELIVER TO", "FETCH", "LAST FETCH", "LAST SUBMISSION", "STATE"])
        for report in accounts {
            table.add([
                report.account.address.description, report.account.provider.name,
                report.account.deliverTo.map(\.description).joined(separator: ", "),
                report.account.fetch.retrieval.rawValue, LocalTime.text(report.standing.lastFetch),
                LocalTime.text(report.standing.lastSubmission), report.stateWord,
            ])
            if let error = report.standing.fetchError { table.addNote("fetch: \(error)") }
            if let error = report.standing.submissionError { table.addNote("submission: \(error)") }
        }
        return table
    }

    var lines: [String] {
        let retrievalLogin = account.fetch.login.map { ", for retrieval \(PlainText.line($0))" } ?? ""
        let logins = "login \(PlainText.line(account.login))\(retrievalLogin)"
        var lines = ["\(account.address) at \(account.provider.name), \(logins)"]
        func add(_ name: String, _ value: String) {
            lines.append(
                "    " + name + String(repeating: " ", count: 17 - name.count) + PlainText.line(value, limit: 400)
            )
        }
        if let signIn { add("sign-in", signIn.words) }
        add("deliver to", account.deliverTo.map(\.description).joined(separator: ", "))
        switch account.fetch.retrieval {
        case .none: add("fetch", "not retrieved")
        case .pop3, .imap:
            let octets = ByteCount(octets: standing.fetchedOctets)
            add("last fetch", LocalTime.text(standing.lastFetch))
            add("fetched", "\(PlainText.count(standing.fetchedMessages, "message")), \(octets)")
            let left = standing.leftBehind > 0 ? ", \(standing.leftBehind) of them not retrieved" : ""
            add("in the maildrop", PlainText.count(standing.inMaildrop, "message") + left)
        }
        if let error = standing.fetchError { add("fetch error", "\(LocalTime.text(standing.fetchErrorAt)) \(error)") }
        add("last submission", LocalTime.text(standing.lastSubmission))
        add("submitted", PlainText.count(standing.submittedMessages, "message"))
        if let error = standing.submissionError {
            add("submission error", "\(LocalTime.text(standing.submissionErrorAt)) \(error)")
        }
        if account.provider.isCertified {
            let late = overdue?.words.map { "; \($0)" } ?? ""
            add("certified", "\(PlainText.count(openMessages, "message")) not at their end\(late)")
        }
        for alert in alerts { lines += AlertListing.lines(alert).map { "    \($0)" } }
        return lines
    }

    var json: JSONValue {
        func time(_ moment: Timestamp?) -> JSONValue { .optional(moment.map { MailDate.formatISO8601($0) }) }
        return .object([
            ("address", .string(account.address.description)), ("provider", .string(account.provider.name)),
            ("certified", .bool(account.provider.isCertified)), ("login", .string(account.login)),
            ("sign_in", .optional(signIn?.words)),
            ("deliver_to", .array(account.deliverTo.map { .string($0.description) })),
            ("fetch", .string(account.fetch.retrieval.rawValue)), ("last_fetch", time(standing.lastFetch)),
            ("fetch_error", .optional(standing.fetchError)), ("fetch_error_at", time(standing.fetchErrorAt)),
            ("fetched_messages", .integer(standing.fetchedMessages)),
            ("fetched_octets", .integer(standing.fetchedOctets)),
            ("in_maildrop", .integer(standing.inMaildrop)), ("left_behind", .integer(standing.leftBehind)),
            ("last_submission", time(standing.lastSubmission)),
            ("submission_error", .optional(standing.submissionError)),
            ("submission_error_at", time(standing.submissionErrorAt)),
            ("submitted_messages", .integer(standing.submittedMessages)),
            ("open_messages", .integer(openMessages)), ("overdue", overdue?.json ?? .null),
            ("alerts", .array(alerts.map { AlertListing.json($0) })),
        ])
    }
}

/// Open alerts, for people and as JSON.
enum AlertListing {
    static func lines(_ alert: Alert) -> [String] {
        [
            "\(LocalTime.text(alert.since)) [\(PlainText.line(alert.key))] \(PlainText.line(alert.summary, limit: 400))",
            "    affects: \(PlainText.line(alert.affects, limit: 400))",
            "    do: \(PlainText.line(alert.remedy, limit: 400))",
        ]
    }

    static func json(_ alert: Alert) -> JSONValue {
        .object([
            ("key", .string(alert.key)), ("since", .string(MailDate.formatISO8601(alert.since))),
            ("summary", .string(alert.summary)), ("affects", .string(alert.affects)), ("remedy", .string(alert.remedy)),
        ])
    }
}
