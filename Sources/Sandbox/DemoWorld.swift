// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import NIOCore

/// What the demo plays with: an authority, a certified provider with two accounts, an Exchange, and a gateway's configuration.
struct DemoWorld: Sendable {
    static let buyer = AddrSpec(localPart: "azienda", domain: "pec.gestore.example")
    static let supplier = AddrSpec(localPart: "fornitore", domain: "pec.gestore.example")
    /// A mailbox that takes nothing from this sender: the provider refuses what is for it.
    static let closedBox = AddrSpec(localPart: "riservato", domain: "pec.gestore.example")
    /// A mailbox that is full.
    static let fullBox = AddrSpec(localPart: "casella-piena", domain: "pec.gestore.example")
    static let buyerMailbox = AddrSpec(localPart: "protocollo", domain: "azienda.example")
    static let supplierMailbox = AddrSpec(localPart: "vendite", domain: "azienda.example")

    let authority: CertificateAuthority
    let provider: SimulatedProvider
    let exchange: SimulatedExchange
    let configurationPath: String
    let clock: any WallClock

    /// Makes the world in `directory`; provider and Exchange listen, and serve once they are run.
    static func make(
        in directory: DemoDirectory,
        clock: any WallClock,
        group: any EventLoopGroup,
        logger: Logger
    ) async throws -> DemoWorld {
        let authority = try CertificateAuthority(name: "Ceralacca Demo Root", now: clock.now())
        let profile = ProviderProfile(name: "Gestore Simulato S.p.A.", domain: buyer.domain)
        let accounts = [buyer, supplier].map { address in
            ProviderAccount(address: address, password: Secret(String(UInt64.random(in: .min ... .max), radix: 36)))
        }
        var behaviour = SimulatedProvider.Behaviour()
        behaviour.script = RecipientScript([
            closedBox.description: .closed, fullBox.description: .fails(.fullBox),
        ])
        let provider = try await SimulatedProvider.open(
            profile,
            accounts: accounts,
            authority: authority,
            behaviour: behaviour,
            clock: clock,
            group: group,
            logger: logger
        )
        let exchange = try await SimulatedExchange.open(
            domains: [buyerMailbox.domain],
            clock: clock,
            group: group,
            logger: logger
        )
        let configuration = try configuration(in: directory, authority, accounts, provider, exchange)
        return DemoWorld(
            authority: authority,
            provider: provider,
            exchange: exchange,
            configurationPath: configuration,
            clock: clock
        )
    }

    private static func configuration(
        in directory: DemoDirectory,
        _ authority: CertificateAuthority,
        _ accounts: [ProviderAccount],
        _ provider: SimulatedProvider,
        _ exchange: SimulatedExchange
    ) throws(SandboxError) -> String {
        let state = try directory.makeDirectory("state")
        let trust = try directory.write(try authority.trustPEM(), to: "provider-ca.pem")
        var text = """
            hostname: gateway.azienda.example
            postmaster: postmaster@azienda.example
            state: \(state)
            exchange:
              servers: ["smtp://127.0.0.1:\(exchange.port)"]
              domains: [azienda.example]
              tls: none
            listeners:
              - {role: exchange, address: "127.0.0.1:0", allow: [127.0.0.1]}
            providers:
              simulato:
                certified: true
                submit: smtps://localhost:\(provider.submissionPort)
                pop3: pop3s://localhost:\(provider.pop3Port)
                trust: \(trust)
            certified: {trust: \(trust)}
            accounts:

            """
        for (account, mailbox) in zip(accounts, [buyerMailbox, supplierMailbox]) {
            let secret = try directory.write(account.password.reveal(), to: "\(account.address.localPart).secret")
            text += """
                  - address: \(account.address)
                    provider: simulato
                    password: {file: \(secret)}
                    deliver_to: [\(mailbox)]
                    fetch: {protocol: pop3, every: 1s, keep: 0d}

                """
        }
        return try directory.write(text, to: "ceralacca.yaml")
    }
}
