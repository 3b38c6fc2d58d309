// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel

@testable import GatewayCommands

/// Configurations for the scripts of Exchange Online.
enum ExchangeOnlineWorld {
    struct Case: Sendable {
        var name: String
        var configuration: Configuration
        var options = ExchangeOnlinePlan.Options()
        var names: [String] = ["relay.azienda.it"]

        var plan: ExchangeOnlinePlan {
            get throws(CommandFailure) {
                try ExchangeOnlinePlan(configuration, options) { (_: String) throws(CommandFailure) in names }
            }
        }
    }

    static func configuration(
        _ accounts: [AccountConfiguration] = [ExchangeWorld.account("azienda", limit: 100)],
        hostname: String = "relay.azienda.it",
        port: Int = 25,
        tenants: ListenerConfiguration.Tenants? = .init(ids: ["5a3f1c9e-0f1d-4c52-9d5b-6f7f6f1f2a10"]),
        identity: ExchangeConfiguration.Identity? = .init(certificate: "/own", key: "/k"),
        towards: TLSPolicy = .verify
    ) -> Configuration {
        var server = ExchangeWorld.endpoint("azienda-it.mail.protection.outlook.com")
        server.tls = towards
        return Configuration(
            hostname: hostname,
            postmaster: AddrSpec(localPart: "postmaster", domain: "azienda.it"),
            state: "/nowhere",
            exchange: .init(servers: [server], domains: ["azienda.it"], identity: identity),
            listeners: [
                .init(role: .exchange, address: "10.0.0.2", port: 2525),
                .init(
                    role: .exchange,
                    address: "192.0.2.2",
                    port: port,
                    tls: .init(certificate: "/c", key: "/k", client: .required),
                    tenants: tenants
                ),
            ],
            accounts: accounts
        )
    }

    static let cases: [Case] = [
        Case(name: "plain", configuration: configuration()),
        Case(name: "no account", configuration: configuration([])),
        Case(name: "another port", configuration: configuration(port: 2526)),
        Case(name: "a pattern", configuration: configuration(), names: ["azienda.it", "*.azienda.it"]),
        Case(
            name: "no known limit",
            configuration: configuration([
                ExchangeWorld.account("a"), ExchangeWorld.account("b", certified: false),
            ])
        ),
        Case(
            name: "sixty accounts",
            configuration: configuration((0..<60).map { ExchangeWorld.account("box\($0)", limit: 100) })
        ),
        Case(
            name: "named",
            configuration: configuration(hostname: "relay"),
            options: .init(
                smartHost: "MX.azienda.it",
                certificateName: "other.azienda.it",
                sendAs: ["azienda@pec.it=maria@azienda.it", "AZIENDA@PEC.IT=Ufficio acquisti"]
            ),
            names: ["mx.azienda.it", "other.azienda.it"]
        ),
        Case(
            name: "hostile",
            configuration: configuration(
                ExchangeWorld.hostile.filter { !$0.isEmpty }.map { ExchangeWorld.account($0, limit: 100) }
                    + [ExchangeWorld.account("azienda")],
                hostname: ExchangeWorld.hostile.joined() + ".it"
            ),
            options: .init(
                sendAs: ExchangeWorld.hostile.filter { !$0.isEmpty }.map { "azienda@pec.it=\($0)" }
            ),
            names: [(ExchangeWorld.hostile.joined() + ".it").lowercased()]
        ),
    ]
}
