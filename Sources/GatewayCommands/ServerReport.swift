// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// A configured server, what it is for, and how the gateway last found it.
struct ServerReport {
    /// What a server is for.
    enum Purpose: String {
        case exchange, relay, submission, retrieval
    }

    /// How it stands for one of those who use it.
    struct Use {
        /// The account; nil for Exchange and the relay.
        var account: String?
        var error: String?
        var since: Timestamp?
        var seen: Timestamp?
    }

    /// Over all who use it.
    enum State: String {
        /// Nobody has used it yet.
        case unknown
        case works
        /// For some of its accounts it works, for others not.
        case partly
        case fails
    }

    let purpose: Purpose
    let server: Endpoint
    /// How many accounts are configured for it; 0 for Exchange and the relay.
    var accounts = 0
    /// How it stands for those who have used it.
    var uses: [Use] = []

    /// The servers in the order of the configuration; one that serves several accounts stands once.
    static func all(
        _ configuration: Configuration,
        standings: [ServerStanding],
        accounts: [AccountReport]
    ) -> [Self] {
        let known = Dictionary(standings.map { ("\($0.route) \($0.server)", $0) }, uniquingKeysWith: { $1 })
        func use(_ route: Route, _ server: Endpoint, _ account: String? = nil) -> Use? {
            known["\(route) \(server)"].map { Use(account: account, error: $0.error, since: $0.since, seen: $0.seen) }
        }
        func report(_ purpose: Purpose, _ server: Endpoint, _ route: Route) -> Self {
            Self(purpose: purpose, server: server, uses: use(route, server).map { [$0] } ?? [])
        }
        var reports = configuration.exchange.servers.map { report(.exchange, $0, .exchange) }
        if let relay = configuration.internet.relay { reports.append(report(.relay, relay, .internet)) }
        var shared: [Self] = []
        func add(_ purpose: Purpose, _ server: Endpoint, _ use: Use?) {
            let place = shared.firstIndex { $0.purpose == purpose && $0.server == server } ?? shared.endIndex
            if place == shared.endIndex { shared.append(Self(purpose: purpose, server: server)) }
            shared[place].accounts += 1
            if let use { shared[place].uses.append(use) }
        }
        for report in accounts {
            let (account, name) = (report.account, report.account.address.description)
            let route = Route.account(account.address.comparisonKey)
            add(.submission, account.provider.submit, use(route, account.provider.submit, name))
            if let server = account.retrievalServer {
                add(.retrieval, server, Use(retrieval: report.standing, account: name))
            }
        }
        return reports + shared
    }

    private var failing: [Use] { uses.filter { $0.error != nil } }

    var state: State {
        if uses.isEmpty { return .unknown }
        if failing.isEmpty { return .works }
        return failing.count == uses.count ? .fails : .partly
    }

    private var seen: Timestamp? { uses.compactMap(\.seen).max() }

    /// Since when it has been as it is; where some fail, since the first of them does.
    private var since: Timestamp? { (failing.isEmpty ? uses : failing).compactMap(\.since).min() }

    private var error: String? {
        failing.first.flatMap { use in
            use.error.map { error in accounts > 1 ? "\(use.account ?? ""): \(error)" : error }
        }
    }

    static func table(_ reports: [Self]) -> TextTable {
        var table = TextTable(["SERVER", "FOR", "STATE", "SINCE", "LAST USED"])
        for report in reports {
            let users = report.accounts > 0 ? ", \(PlainText.count(report.accounts, "account"))" : ""
            table.add([
                "\(report.server)", report.purpose.rawValue + users, report.words, LocalTime.text(report.since),
                LocalTime.text(report.seen),
            ])
            if let error = report.error { table.addNote(error) }
        }
        return table
    }

    private var words: String {
        switch state {
        case .unknown: "not used yet"
        case .works: "works"
        case .partly: "fails for \(failing.count) of \(PlainText.count(uses.count, "account"))"
        case .fails: "fails"
        }
    }

    var json: JSONValue {
        func time(_ moment: Timestamp?) -> JSONValue { .optional(moment.map { MailDate.formatISO8601($0) }) }
        return .object([
            ("server", .string("\(server)")), ("purpose", .string(purpose.rawValue)),
            ("accounts", .integer(accounts)), ("failing", .integer(failing.count)), ("state", .string(state.rawValue)),
            ("since", time(since)), ("last_used", time(seen)), ("error", .optional(error)),
        ])
    }
}

extension ServerReport.Use {
    /// What fetching an account says of its server; nil before the first fetch.
    fileprivate init?(retrieval standing: AccountStanding, account: String) {
        guard standing.lastFetch != nil || standing.fetchError != nil else { return nil }
        self.init(
            account: account,
            error: standing.fetchError,
            since: nil,
            seen: standing.fetchError == nil ? standing.lastFetch : standing.fetchErrorAt
        )
    }
}
