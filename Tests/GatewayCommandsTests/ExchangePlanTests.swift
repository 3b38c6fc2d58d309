// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GatewayConfiguration
import MailModel
import Testing

@testable import GatewayCommands

struct ExchangePlanTests {
    @Test func `the plan is the configuration's`() throws {
        let plan = try ExchangeWorld.cases[0].plan
        #expect(plan.gateway == "10.0.0.2" && plan.smartHost == "10.0.0.2" && plan.port == 2525)
        #expect(plan.addressSpaces == ["*"] && plan.exchangePort == 25 && !plan.requiresTLS && !plan.requiresLogin)
        #expect(plan.organizationMegabytes == 134 && plan.connectorMegabytes == 134)
        #expect(plan.contacts.map(\.address.description) == ["azienda@pec.it"])
    }

    @Test func `sizes follow the largest known limit, and stay where none is known`() throws {
        #expect(ExchangePlan.megabytes(ByteCount(octets: 10_485_760)) == 14)
        #expect(ExchangePlan.megabytes(ByteCount(octets: 10_485_761)) == 15)
        #expect(ExchangePlan.megabytes(ByteCount(octets: .max)) == 2047)
        let accounts = [
            ExchangeWorld.account("a", limit: 30), ExchangeWorld.account("b", limit: 60), ExchangeWorld.account("c"),
        ]
        #expect(try ExchangePlan(ExchangeWorld.configuration(accounts), .init()).organizationMegabytes == 81)
        let unknown = try ExchangePlan(ExchangeWorld.configuration([ExchangeWorld.account("c")]), .init())
        #expect(unknown.organizationMegabytes == nil && unknown.connectorMegabytes == 150)
    }

    @Test func `a listener that Exchange cannot reach is refused with what to do`() {
        for (configuration, words) in [
            (ExchangeWorld.configuration(address: "0.0.0.0"), "--gateway"),
            (ExchangeWorld.configuration(address: "127.0.0.1"), "--gateway"),
            (
                ExchangeWorld.configuration(tls: .init(certificate: "/c", key: "/k", isImplicit: true)),
                "STARTTLS alone"
            ),
        ] {
            let failure = #expect(throws: CommandFailure.self) { try ExchangePlan(configuration, .init()) }
            #expect(failure?.remedy.contains(words) == true)
        }
        for address in ["10.0.0.0/8", "relay.azienda.it", ""] {
            #expect(throws: CommandFailure.self) {
                try ExchangePlan(ExchangeWorld.configuration(), .init(gateway: address))
            }
        }
    }

    @Test func `a login is asked for in TLS only, and never stands in the script`() throws {
        let plan = try ExchangePlan(ExchangeWorld.configuration(logins: [ExchangeWorld.login]), .init())
        #expect(plan.requiresLogin && plan.requiresTLS)
        #expect(!ExchangeScript.setUp.text(plan).contains("PASSWORD"))
    }

    @Test func `Send As is given to whom the options name, whatever the user's name holds`() throws {
        let configuration = ExchangeWorld.configuration([ExchangeWorld.account("a=b"), ExchangeWorld.account("a")])
        let plan = try ExchangePlan(
            configuration,
            .init(sendAs: ["a=b@pec.it=X\\Y", "A@pec.it=m=n", "a@pec.it=m=n", "a@pec.it=Z"])
        )
        #expect(plan.contacts.map(\.sendAs) == [["X\\Y"], ["m=n", "Z"]])
        for text in ["c@pec.it=X", "a@pec.it=", "a@pec.it", "=X"] {
            #expect(throws: CommandFailure.self) { try ExchangePlan(configuration, .init(sendAs: [text])) }
        }
    }

    @Test func `names and aliases fit, differ, and are the same in every run`() {
        let long = String(repeating: "x", count: 60)
        let names = ["\(long)@a.it", "\(long)@b.it"].map(ExchangePlan.name)
        #expect(names.allSatisfy { $0.utf16.count <= 64 && $0.hasPrefix("Ceralacca ") } && names[0] != names[1])
        #expect(ExchangePlan.name("azienda@pec.it") == "Ceralacca azienda@pec.it")
        #expect(ExchangePlan.alias("azienda@pec.it") == "ceralacca-azienda-pec-it-0c8c8f38")
        #expect(ExchangePlan.alias("a-b@c.it") != ExchangePlan.alias("a.b@c.it"))
        #expect(ExchangePlan.alias("\(long)@a.it").count <= 64)
    }

    @Test func `the rules refuse certified mail alone, by patterns that match one address`() throws {
        #expect(ExchangePlan.pattern("a.b+c@pec.it") == "a\\.b\\+c@pec\\.it")
        #expect("a.b@pec.it".wholeMatch(of: try Regex(ExchangePlan.pattern("a.b@pec.it"))) != nil)
        #expect("aXb@pec.it".wholeMatch(of: try Regex(ExchangePlan.pattern("a.b@pec.it"))) == nil)
        let mixed = [ExchangeWorld.account("pec"), ExchangeWorld.account("post", "gmail.com", certified: false)]
        let script = ExchangeScript.setUp.text(try ExchangePlan(ExchangeWorld.configuration(mixed), .init()))
        #expect(script.contains("'^pec@pec\\.it$'") && !script.contains("'^post@gmail"))
        #expect(try ExchangeWorld.cases[1].plan.rules.count == 4)
        #expect(try ExchangeWorld.cases[5].plan.rules.count == 4 + 3)
        #expect(ExchangePlan.refusal.utf16.count < 256)
    }

    @Test func `the command writes to standard output, or to a file that did not exist`() async throws {
        let world = try CommandWorld()
        let printed = await world.run("exchange-script", "--send-as", "azienda@pec.it=AZIENDA\\Protocollo")
        #expect(printed.status == 0 && printed.errors.isEmpty)
        #expect(printed.text.hasPrefix("<#\r\n") && printed.text.contains("'AZIENDA\\Protocollo'"))
        let file = "\(world.directory)/check.ps1"
        let written = await world.run("exchange-script", "--check", "--output", file)
        #expect(written.text == "The script is in \(file).\n")
        #expect(try String(contentsOfFile: file, encoding: .utf8).contains("It changes nothing."))
        let again = await world.run("exchange-script", "--remove", "--output", file)
        #expect(again.status == 1 && again.errors.contains("cannot create \(file)"))
        #expect(await world.run("exchange-script", "--remove").text.contains("Remove-SendConnector"))
        #expect(await world.run("exchange-script", "--check", "--remove").status == 64)
        let stranger = await world.run("exchange-script", "--send-as", "nobody@pec.it=X")
        #expect(stranger.status == 1)
        #expect(stranger.errors.contains("Write ADDRESS=USER"))
    }
}
