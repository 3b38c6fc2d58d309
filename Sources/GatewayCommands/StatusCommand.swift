// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// `ceralacca status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show flows, accounts, queue, servers and open alerts on one screen.",
        discussion: "The exit status is 1 while an alert is open or no gateway runs."
    )

    @OptionGroup var options: ConfigurationOptions
    @Flag(name: .long, help: "Print one JSON object.") var json = false

    func run() async throws {
        let environment = CommandEnvironment.current
        let report = try await options.withStore { configuration, store in
            let alerts = try await store.openAlerts()
            let standings = try await store.standings()
            let tracked = try await TrackedCount(store, configuration.tracking, now: environment.clock.now())
            let accounts = AccountReport.all(configuration, standings: standings, alerts: alerts, tracked: tracked)
            return StatusReport(
                process: options.remarkIfIdle(configuration.state),
                now: environment.clock.now(),
                configuration: configuration,
                summary: try await store.summary(),
                flows: FlowCount.count(try await store.list(.open, limit: StatusReport.maximumCounted)),
                tracked: tracked,
                alerts: alerts,
                accounts: accounts,
                servers: ServerReport.all(
                    configuration,
                    standings: try await store.serverStandings(),
                    accounts: accounts
                )
            )
        }
        if json {
            try environment.print(report.json.text)
        } else {
            for line in report.lines { try environment.print(line) }
        }
        if !report.alerts.isEmpty || report.process == nil { throw SilentExit(status: ExitStatus.failed) }
    }
}

/// How many recipients of one flow are in which open state.
struct FlowCount {
    let origin: String
    let route: String
    var states: [RecipientState: Int] = [:]
    var oldest: Timestamp

    /// The flows with something open, by origin and route.
    static func count(_ entries: [QueueEntry]) -> [Self] {
        var flows: [String: Self] = [:]
        for entry in entries {
            for recipient in entry.recipients where !recipient.state.isFinal {
                let origin = entry.message.origin.description
                let route = recipient.route.description
                var flow =
                    flows["\(origin) \(route)"] ?? Self(origin: origin, route: route, oldest: entry.message.arrival)
                flow.states[recipient.state, default: 0] += 1
                flow.oldest = min(flow.oldest, entry.message.arrival)
                flows["\(origin) \(route)"] = flow
            }
        }
        return flows.sorted { $0.key < $1.key }.map(\.value)
    }

    var json: JSONValue {
        let counts = RecipientState.allCases.filter { !$0.isFinal }.map { state in
            (state.rawValue, JSONValue.integer(states[state] ?? 0))
        }
        return .object([("origin", .string(origin)), ("route", .string(route))] + counts)
    }

    func sum(_ states: RecipientState...) -> Int { states.reduce(0) { $0 + (self.states[$1] ?? 0) } }
}
