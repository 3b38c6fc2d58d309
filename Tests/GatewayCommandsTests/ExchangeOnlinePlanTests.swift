// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import Testing

@testable import GatewayCommands

struct ExchangeOnlinePlanTests {
    private typealias World = ExchangeOnlineWorld

    @Test func `the plan is the configuration's and the certificates'`() throws {
        let plan = try World.cases[0].plan
        #expect(plan.smartHost == "relay.azienda.it" && plan.tlsDomain == "relay.azienda.it" && plan.port == 25)
        #expect(plan.certificateName == "relay.azienda.it" && plan.mailboxMegabytes == 134)
        #expect(plan.mailboxes == ["x@azienda.it"] && plan.contacts.map(\.address.description) == ["azienda@pec.it"])
        let pattern = try World.cases[3].plan
        #expect(pattern.smartHost == "relay.azienda.it" && pattern.tlsDomain == "*.azienda.it")
        #expect(pattern.certificateName == "*.azienda.it")
        let named = try World.cases[6].plan
        #expect(named.smartHost == "mx.azienda.it" && named.certificateName == "other.azienda.it")
        #expect(named.mailboxes == ["x@azienda.it", "maria@azienda.it", "Ufficio acquisti"])
        #expect(try World.cases[4].plan.mailboxMegabytes == nil)
        let huge = World.Case(name: "", configuration: World.configuration([ExchangeWorld.account("a", limit: 900)]))
        #expect(try huge.plan.mailboxMegabytes == 150)
    }

    @Test func `the first name that does is taken where none is the host's`() throws {
        var other = World.cases[0]
        other.options.smartHost = "a.azienda.it"
        other.names = ["b.azienda.it", "a.azienda.it"]
        #expect(try other.plan.certificateName == "b.azienda.it")
        #expect(try other.plan.tlsDomain == "a.azienda.it")
    }

    @Test func `what lacks is asked for with words`() {
        for (configuration, options, names, words) in [
            (World.configuration(tenants: nil), ExchangeOnlinePlan.Options(), ["relay.azienda.it"], "tenants"),
            (World.configuration(identity: nil), .init(), ["relay.azienda.it"], "exchange.certificate"),
            (World.configuration(towards: .none), .init(), ["relay.azienda.it"], "exchange.tls"),
            (World.configuration(hostname: "relay"), .init(), ["relay.azienda.it"], "--smart-host"),
            (World.configuration(), .init(smartHost: "192.0.2.2"), ["192.0.2.2"], "--smart-host"),
            (World.configuration(), .init(), ["altro.azienda.it"], "--smart-host"),
            (World.configuration(), .init(), [], "--smart-host"),
            (World.configuration(hostname: "a.b.azienda.it"), .init(), ["*.azienda.it"], "--smart-host"),
            (
                World.configuration(), .init(certificateName: "altro.azienda.it"), ["relay.azienda.it"],
                "--certificate-name"
            ),
            (World.configuration(), .init(sendAs: ["x@y.it=z"]), ["relay.azienda.it"], "ADDRESS=USER"),
        ] {
            let given = World.Case(name: "", configuration: configuration, options: options, names: names)
            let failure = #expect(throws: CommandFailure.self) { try given.plan }
            #expect(failure?.remedy.contains(words) == true, "\(words): \(failure?.remedy ?? "-")")
        }
    }

    @Test func `a rule by sender and a rule by From lead each account to the gateway`() throws {
        let script = ExchangeOnlineScript.setUp.text(try World.cases[0].plan)
        #expect(script.contains("RouteMessageOutboundConnector = 'Ceralacca to the gateway'"))
        #expect(script.contains("SenderAddressLocation = 'Header'"))
        #expect(script.contains("'^azienda@pec\\.it$'") && script.contains("'<azienda@pec\\.it>'"))
        #expect(script.contains("'Ceralacca: PEC to an internal recipient 1'"))
        // Spam 4; sixty accounts: 6 and 6 by their sender, 3 for internal recipients.
        #expect(try World.cases[1].plan.rules.count == 4)
        #expect(try World.cases[5].plan.rules.count == 4 + 12 + 3)
    }

    @Test func `the command writes the scripts of Exchange Online, from the certificates in the files`() async throws {
        let world = try CommandWorld()
        let refused = await world.run("exchange-script", "--online")
        #expect(refused.status == 1 && refused.errors.contains("no listener takes mail from Exchange Online"))
        for options in [
            ["--certificate-name", "x"], ["--online", "--gateway", "10.0.0.2"],
            ["--online", "--address-space", "x.it"],
            ["--online", "--check", "--remove"],
        ] {
            #expect(await world.run(["exchange-script"] + options).status == 64, "\(options)")
        }
        try world.serveExchangeOnline()
        let printed = await world.run("exchange-script", "--online", "--send-as", "azienda@pec.it=maria@azienda.it")
        #expect(printed.status == 0, "\(printed.errors)")
        #expect(printed.text.contains("New-OutboundConnector") && printed.text.contains("TlsDomain = '*.azienda.it'"))
        #expect(printed.text.contains("CertificateName = 'gateway.azienda.it'"))
        let check = await world.run("exchange-script", "--online", "--check")
        #expect(check.text.contains("It changes nothing.") && check.text.contains("Get-EachOutboundConnector"))
        #expect(await world.run("exchange-script", "--online", "--remove").text.contains("Remove-InboundConnector"))
        let wrong = await world.run("exchange-script", "--online", "--smart-host", "a.b.it")
        #expect(wrong.status == 1 && wrong.errors.contains("does not name a.b.it, but *.azienda.it"))
    }
}
