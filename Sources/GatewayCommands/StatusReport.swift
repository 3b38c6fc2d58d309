// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import GatewayConfiguration
internal import MailModel
internal import MailQueue

/// What `status` shows.
struct StatusReport {
    /// How many open messages are counted by flow.
    static let maximumCounted = 50_000

    let process: Int32?
    let now: Timestamp
    let configuration: Configuration
    let summary: QueueSummary
    let flows: [FlowCount]
    let tracked: TrackedCount
    let alerts: [Alert]
    let accounts: [AccountReport]
    let servers: [ServerReport]

    var lines: [String] {
        var lines = [
            "gateway    \(configuration.hostname), \(process.map { "running (process \($0))" } ?? "not running")",
            "queue      \(queueWords)",
            "history    \(count(.delivered)) delivered, \(count(.failed)) failed, \(count(.deleted)) taken out",
        ]
        if let oldest = summary.oldestWaiting {
            lines.append("oldest     waits since \(LocalTime.text(oldest)) (\(LocalTime.age(oldest, now: now)))")
        }
        lines += tracked.lines
        if !flows.isEmpty {
            var table = TextTable(["FLOW", "TO", "WAITING", "ON ITS WAY", "HELD", "QUARANTINED", "UNCERTAIN", "SINCE"])
            for flow in flows {
                table.add([
                    "from \(flow.origin)", flow.route, "\(flow.sum(.waiting))", "\(flow.sum(.leased, .submitting))",
                    "\(flow.sum(.held))", "\(flow.sum(.quarantined))", "\(flow.sum(.uncertain))",
                    LocalTime.text(flow.oldest),
                ])
            }
            lines += [""] + table.lines
        }
        if !accounts.isEmpty { lines += [""] + accountLines }
        lines += [""] + ServerReport.table(servers).lines
        lines.append("")
        guard !alerts.isEmpty else { return lines + ["No alerts."] }
        lines.append("\(PlainText.count(alerts.count, "open alert")):")
        for alert in alerts { lines += AlertListing.lines(alert) }
        return lines
    }

    private var accountLines: [String] {
        var table = TextTable(["ACCOUNT", "LAST FETCH", "FETCHED", "LAST SUBMISSION", "SUBMITTED", "STATE"])
        for report in accounts {
            let isRetrieved = report.account.fetch.retrieval != .none
            table.add([
                report.account.address.description,
                isRetrieved ? LocalTime.text(report.standing.lastFetch) : "not retrieved",
                "\(report.standing.fetchedMessages)", LocalTime.text(report.standing.lastSubmission),
                "\(report.standing.submittedMessages)", report.stateWord,
            ])
        }
        return table.lines
    }

    private var queueWords: String {
        let states: [(String, Int)] = [
            ("waiting", count(.waiting)), ("on their way", count(.leased) + count(.submitting)), ("held", count(.held)),
            ("in quarantine", count(.quarantined)), ("uncertain", count(.uncertain)),
        ]
        let words = states.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
        return words.isEmpty ? "empty" : "\(words.joined(separator: ", ")); \(ByteCount(octets: summary.openOctets))"
    }

    private func count(_ state: RecipientState) -> Int { summary.recipients[state] ?? 0 }

    var json: JSONValue {
        .object([
            ("hostname", .string(configuration.hostname)), ("process", process.map { .integer(Int($0)) } ?? .null),
            ("recipients", .object(RecipientState.allCases.map { ($0.rawValue, .integer(count($0))) })),
            ("open_octets", .integer(summary.openOctets)),
            ("oldest_waiting", .optional(summary.oldestWaiting.map { MailDate.formatISO8601($0) })),
            ("flows", .array(flows.map(\.json))), ("tracked", tracked.statesJSON), ("overdue", tracked.overdueJSON),
            ("accounts", .array(accounts.map(\.json))),
            ("servers", .array(servers.map(\.json))), ("alerts", .array(alerts.map { AlertListing.json($0) })),
        ])
    }
}
