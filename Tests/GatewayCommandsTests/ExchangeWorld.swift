// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import TestLab

@testable import GatewayCommands

/// Configurations for the scripts of Exchange, and the grammar that reads what they become.
enum ExchangeWorld {
    struct Case: Sendable {
        var name: String
        var configuration: Configuration
        var options = ExchangePlan.Options()

        var plan: ExchangePlan { get throws(CommandFailure) { try ExchangePlan(configuration, options) } }
    }

    /// What would do something if PowerShell took it for more than text.
    static let hostile = [
        "d'este", "''; Remove-Mailbox x; '", "$(Remove-Mailbox x)", "`$x`'`n", "\"; calc; \"", "‘; calc; ’",
        "‚x‛ “y” „z",
        "a\nRemove-Mailbox x\n", "\r\n'@\r\ncalc", "Ñ‘è\u{0}\u{85}\u{2028}", "🙂'🙂", "#> calc <#", "@{a=1}", "--%", "",
        "'",
    ]

    static func endpoint(_ host: String, _ port: Int = 25) -> Endpoint {
        Endpoint(scheme: .smtp, host: host, port: port, tls: .opportunistic)
    }

    static func account(
        _ local: String,
        _ domain: String = "pec.it",
        limit: Int? = nil,
        certified: Bool = true
    )
        -> AccountConfiguration
    {
        AccountConfiguration(
            address: AddrSpec(localPart: local, domain: domain),
            provider: ProviderConfiguration(
                name: "p",
                isCertified: certified,
                submit: endpoint("smtp.pec.it", 465),
                limits: .init(totalBytes: limit.map(ByteCount.megabytes))
            ),
            login: local,
            password: .environment("PASSWORD"),
            deliverTo: [AddrSpec(localPart: "x", domain: "azienda.it")],
            fetch: .init(retrieval: .none)
        )
    }

    static func configuration(
        _ accounts: [AccountConfiguration] = [account("azienda", limit: 100)],
        hostname: String = "relay.azienda.it",
        address: String = "10.0.0.2",
        tls: ListenerTLS? = nil,
        logins: [ListenerLogin] = [],
        domains: [String] = ["azienda.it"],
        recipients: RecipientsConfiguration = .none
    ) -> Configuration {
        Configuration(
            hostname: hostname,
            postmaster: AddrSpec(localPart: "postmaster", domain: "azienda.it"),
            state: "/nowhere",
            exchange: .init(servers: [endpoint("exch1.azienda.lan")], domains: domains, recipients: recipients),
            listeners: [
                .init(role: .internet, address: "10.0.0.2", port: 25),
                .init(role: .exchange, address: address, port: 2525, tls: tls, logins: logins),
            ],
            accounts: accounts
        )
    }

    static let tls = ListenerTLS(certificate: "/c", key: "/k", isRequired: true)
    static let login = ListenerLogin(login: "exchange", password: .environment("PASSWORD"))

    static let cases: [Case] = [
        Case(name: "plain", configuration: configuration()),
        Case(name: "no account", configuration: configuration([])),
        Case(name: "TLS", configuration: configuration(tls: tls), options: .init(smartHost: "relay.azienda.it")),
        Case(name: "login", configuration: configuration(tls: tls, logins: [login])),
        Case(name: "no known limit", configuration: configuration([account("a"), account("b", certified: false)])),
        Case(name: "sixty accounts", configuration: configuration((0..<60).map { account("box\($0)") })),
        Case(name: "long names", configuration: configuration([account(String(repeating: "x", count: 64))])),
        Case(name: "IPv6", configuration: configuration(address: "2001:db8::2")),
        Case(
            name: "scoped",
            configuration: configuration(address: "0.0.0.0"),
            options: .init(
                gateway: "10.0.0.2",
                addressSpaces: ["*.pec.it", "pec.it"],
                sendAs: ["azienda@pec.it=AZIENDA\\Protocollo", "AZIENDA@PEC.IT=maria@azienda.it"]
            )
        ),
        Case(
            name: "hostile",
            configuration: configuration(
                hostile.filter { !$0.isEmpty }.map { account($0, limit: 100) } + [account("azienda")],
                hostname: hostile.joined(),
                domains: hostile,
                recipients: .exchange
            ),
            options: .init(
                smartHost: hostile.joined(),
                addressSpaces: hostile,
                sendAs: hostile.filter { !$0.isEmpty }.map { "azienda@pec.it=\($0)" }
            )
        ),
    ]

    /// The lines that change Exchange outside a `Step`, with their numbers, and how many change it at all.
    static func changesWithoutStep(_ lines: [String]) -> (unasked: [String], found: Int) {
        let changing = #/\b(New|Set|Add|Remove|Enable|Disable)-(?!Object|StrictMode)[A-Z]/#
        let opens = { (text: String) in text.trimmingPrefix { $0 == " " }.hasPrefix("Step ") && text.contains("{") }
        var (unasked, found): ([String], Int) = ([], 0)
        for (number, line) in lines.enumerated() where line.contains(changing) && !line.contains("#") {
            found += 1
            let margin = line.prefix { $0 == " " }.count
            let outer = lines[..<number].last { !$0.isEmpty && $0.prefix { $0 == " " }.count < margin }
            if !opens(line), outer.map({ opens($0) }) != true { unasked.append("\(number + 1): \(line)") }
        }
        return (unasked, found)
    }

    struct Reading {
        var status: Int32
        var output: String
        /// The commands that the script calls.
        var commands: Set<String> {
            guard let range = output.firstRange(of: ": commands: ") else { return [] }
            return Set(output[range.upperBound...].prefix { !$0.isNewline }.split(separator: " ").map(String.init))
        }
    }

    /// Reads a script with `dev/check-powershell`.
    static func read(_ script: String) throws -> Reading {
        let file = FileManager.default.temporaryDirectory.appending(path: "ceralacca-\(UUID().uuidString).ps1")
        try Data(script.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let checker = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
            path: "../../dev/check-powershell"
        ).standardizedFileURL
        let result: Command.Result
        do { result = try Command.outcome(checker.path, [file.path]) } catch {
            throw CommandFailure("\(checker.path) does not start: \(error)", remedy: "Run scripts/setup test.")
        }
        return Reading(status: result.code, output: result.output)
    }
}
