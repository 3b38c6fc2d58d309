// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import MailModel
import MailRetrieval
import SASLMechanisms
import SMTPDelivery
import SecretsVault
import Testing

@testable import GatewayRuntime

/// What the agents are told of an account.
@Suite struct RetrievalSettingsTests {
    private struct NoVault: VaultReading {
        func read(_ name: SecretName) throws(SecretError) -> Secret { throw SecretError("none", remedy: "") }
    }

    private func configuration(_ accounts: [String]) throws -> Configuration {
        try ConfigurationFile.read(
            """
            hostname: relay.azienda.it
            postmaster: postmaster@azienda.it
            exchange: {servers: ["smtp://127.0.0.1:1"], domains: [azienda.it], tls: none}
            listeners: []
            accounts:
            \(accounts.map { "  - {\($0), deliver_to: [a@azienda.it]}" }.joined(separator: "\n"))
            """,
            path: "test.yaml",
            checkingFiles: false
        ).configuration
    }

    @Test(arguments: ["password: {env: HOME}", "oauth: {client_id: x, authorization_server: google}"])
    func `retrieval logs in with fetch.login, submission with login`(_ credential: String) throws {
        let configuration = try configuration([
            "address: mario@icloud.com, provider: icloud, \(credential), fetch: {protocol: imap, login: mario}",
            "address: b@icloud.com, provider: icloud, \(credential), fetch: {protocol: imap}",
        ])
        let retrieval = RetrievalSettings(configuration, vault: NoVault())
        #expect(retrieval.accounts.map(\.login.name) == ["mario", "b@icloud.com"])
        let delivery = DeliverySettings(configuration, vault: NoVault())
        #expect(delivery.accounts["mario@icloud.com"]?.login.name == "mario@icloud.com")
    }

    @Test func `keep becomes days`() throws {
        let accounts = ["0d", "1w", "forever"].enumerated().map { number, keep in
            "address: a\(number)@pec.it, provider: aruba, password: {env: HOME}, fetch: {keep: \(keep)}"
        }
        let retrieval = RetrievalSettings(try configuration(accounts), vault: NoVault())
        #expect(retrieval.accounts.map(\.keep) == [.days(0), .days(7), .forever])
    }
}
