// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import GatewayConfiguration
internal import GatewayRuntime
internal import TransportPolicy

/// `ceralacca tls-report`.
struct TLSReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tls-report",
        abstract: "Show what came of TLS with the Internet's mail servers, by day and domain.",
        discussion:
            "The words of the results are those of TLS-RPT (RFC 8460). The counts of the last 30 days are kept; a running gateway "
            + "writes them once a minute."
    )

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var listing: ListingOptions
    @Argument(help: "The recipients' domain; all domains without it.") var domain: String?

    func run() async throws {
        let environment = CommandEnvironment.current
        let name = domain.map { DomainName.ascii($0) ?? $0 }
        let state = try options.load().state
        options.remarkIfIdle(state)
        let report = TLSReportLedger.read(state: state)
        let rows = report.counts.filter { name == nil || $0.key.domain == name }.flatMap { key, results in
            results.map { (key: key, result: $0, count: $1) }
        }
        .sorted {
            ($0.key.day, $0.key.domain, $0.key.policy.rawValue, $0.result.rawValue)
                < ($1.key.day, $1.key.domain, $1.key.policy.rawValue, $1.result.rawValue)
        }
        if listing.json {
            for row in rows {
                try environment.print(
                    JSONValue.object([
                        ("day", .string(row.key.day)), ("domain", .string(row.key.domain)),
                        ("policy", .string(row.key.policy.rawValue)), ("result", .string(row.result.rawValue)),
                        ("sessions", .integer(row.count)),
                    ]).text
                )
            }
            return
        }
        guard !rows.isEmpty else {
            return try environment.print("No session with a server of the Internet was counted.")
        }
        var table = TextTable(["DAY", "DOMAIN", "POLICY", "RESULT", "SESSIONS"])
        for row in rows {
            table.add([row.key.day, row.key.domain, row.key.policy.rawValue, row.result.rawValue, "\(row.count)"])
        }
        for line in table.lines { try environment.print(line) }
    }
}
