// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import MailQueue
import Testing

@testable import GatewayCommands

struct AccountCommandTests {
    let world: CommandWorld
    private let moment = CommandWorld.start + .seconds(10)

    init() throws {
        world = try CommandWorld()
    }

    private func raise(_ key: String) async throws {
        _ = try await world.store.raise(
            Alert(
                key: key,
                since: moment,
                summary: "login refused: 535 no",
                affects: "mail of azienda@pec.it",
                remedy: "Correct the password."
            ),
            notice: nil
        )
    }

    @Test func `list shows every account, its last fetch and its errors`() async throws {
        try await world.store.record(
            .fetched(at: moment, messages: 3, octets: 4096, inMaildrop: 5),
            account: "azienda@pec.it"
        )
        try await world.store.record(.submissionFailed(at: moment, error: "535 5.7.8 no"), account: "b@pec.it")
        let outcome = await world.run("account", "list")
        #expect(outcome.status == 0)
        #expect(outcome.lines.count == 4)
        #expect(outcome.lines[1].contains("azienda@pec.it  aruba     protocollo@azienda.it  pop3"))
        #expect(outcome.lines[1].hasSuffix("ok"))
        #expect(outcome.lines[2].hasSuffix("error"))
        #expect(outcome.lines[3] == "    submission: 535 5.7.8 no")
        let objects = try await world.run("account", "list", "--json").objects
        #expect(objects.map { $0["fetched_messages"] as? Int } == [3, 0])
        #expect(objects[1]["submission_error"] as? String == "535 5.7.8 no")
        #expect(objects[0]["last_fetch"] as? String == MailDate.formatISO8601(moment))
    }

    @Test func `status shows counts and the alerts of that account alone`() async throws {
        try await world.store.record(
            .fetched(at: moment, messages: 3, octets: 4096, inMaildrop: 5),
            account: "azienda@pec.it"
        )
        try await raise("account:azienda@pec.it:login")
        let outcome = await world.run("account", "status", "Azienda@PEC.it")
        #expect(outcome.status == 0)
        #expect(outcome.text.contains("fetched          3 messages, 4 kB"))
        #expect(outcome.text.contains("in the maildrop  5 messages"))
        #expect(outcome.text.contains("do: Correct the password."))
        #expect(outcome.text.contains(" [account:azienda@pec.it:login] login refused"))
        #expect(!outcome.text.contains("b@pec.it"))
        #expect(await world.run("account", "status", "b@pec.it").text.contains("not retrieved"))
        #expect(await world.run("account", "status", "b@pec.it").text.contains("login refused") == false)
        #expect(await world.run("account", "status", "c@pec.it").errors.contains("there is no account c@pec.it"))
    }

    @Test func `fetch asks the running gateway and tells what it brought`() async throws {
        world.startGateway()
        try await world.store.record(
            .fetched(at: moment, messages: 3, octets: 4096, inMaildrop: 5),
            account: "azienda@pec.it"
        )
        async let outcome = world.run("account", "fetch", "azienda@pec.it", "--wait", "20s")
        while try await world.store.takeFetchRequests() != ["azienda@pec.it"] { await Task.yield() }
        let later = moment + .seconds(60)
        try await world.store.record(
            .fetched(at: later, messages: 2, octets: 10, inMaildrop: 7),
            account: "azienda@pec.it"
        )
        #expect(await outcome.text == "azienda@pec.it: 2 new messages; 7 in the maildrop.\n")
        #expect(await outcome.status == 0)
    }

    @Test func `fetch tells the error, and that nothing came in time`() async throws {
        world.startGateway()
        async let outcome = world.run("account", "fetch", "azienda@pec.it", "--wait", "20")
        while try await world.store.takeFetchRequests().isEmpty { await Task.yield() }
        try await world.store.record(.fetchFailed(at: moment, error: "-ERR [AUTH] no"), account: "azienda@pec.it")
        #expect(await outcome.status == 1)
        #expect(await outcome.errors.contains("-ERR [AUTH] no"))
        let late = await world.run("account", "fetch", "azienda@pec.it", "--wait", "0")
        #expect(late.status == 1)
        #expect(late.errors.contains("no outcome after 0 s"))
    }

    @Test func `fetch without a gateway, or for an account that is not retrieved, asks for nothing`() async throws {
        #expect(await world.run("account", "fetch", "azienda@pec.it").errors.contains("no gateway runs on"))
        world.startGateway()
        #expect(await world.run("account", "fetch", "b@pec.it").errors.contains("b@pec.it is not retrieved"))
        #expect(try await world.store.takeFetchRequests().isEmpty)
    }

    @Test func `the status of all is one screen, and 1 while an alert is open`() async throws {
        try await world.insert()
        try await world.insert(route: .account("azienda@pec.it"), after: .seconds(1))
        world.startGateway()
        let calm = await world.run("status")
        #expect(calm.status == 0)
        for part in [
            "relay.azienda.it, running (process 4711)", "queue      2 waiting; 48 B", "history    0 delivered",
            "from exchange  account:azienda@pec.it  1", "No alerts.", "ACCOUNT",
        ] { #expect(calm.text.contains(part), "\(part) in \(calm.text)") }
        try await raise("queue:disk")
        let alarmed = await world.run("status")
        #expect(alarmed.status == 1)
        #expect(alarmed.text.contains("1 open alert:"))
        #expect(alarmed.text.contains(" [queue:disk] login refused: 535 no"))
        #expect(alarmed.text.contains("login refused: 535 no"))
        let json = await world.run("status", "--json")
        #expect(json.status == 1)
        let object = try #require(try json.objects.first)
        #expect((object["recipients"] as? [String: Int])?["waiting"] == 2)
        #expect((object["alerts"] as? [[String: Any]])?.first?["key"] as? String == "queue:disk")
        #expect((object["flows"] as? [Any])?.count == 2)
    }

    @Test func `status says of every server how it stands, and whose use of it fails`() async throws {
        let later = CommandWorld.start + .seconds(40)
        func standing(_ route: Route, _ server: String, _ error: String?) -> ServerStanding {
            ServerStanding(route: route, server: server, error: error, since: CommandWorld.start, seen: later)
        }
        let submission = "smtps://smtps.pec.aruba.it:465"
        try await world.store.record([
            standing(.exchange, "smtp://exch1.azienda.lan:25", nil),
            standing(.exchange, "smtp://exch9.azienda.lan:25", "421 not configured any more"),
            standing(.account("azienda@pec.it"), submission, nil),
            standing(.account("b@pec.it"), submission, "535 no"),
        ])
        try await world.store.record(.fetchFailed(at: later, error: "-ERR locked"), account: "azienda@pec.it")
        let text = await world.run("status").text
        for part in [
            "smtp://exch1.azienda.lan:25", "works", "smtp://smarthost.isp.it:25", "not used yet",
            "submission, 2 accounts", "fails for 1 of 2 accounts", "b@pec.it: 535 no", "retrieval, 1 account",
            "-ERR locked",
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        #expect(!text.contains("exch9"))
        let object = try #require(try await world.run("status", "--json").objects.first)
        let servers = try #require(object["servers"] as? [[String: Any]])
        #expect(servers.map { $0["purpose"] as? String } == ["exchange", "relay", "submission", "retrieval"])
        #expect(servers.map { $0["state"] as? String } == ["works", "unknown", "partly", "fails"])
        #expect(servers[0]["last_used"] as? String == MailDate.formatISO8601(later))
        #expect(servers[0]["since"] as? String == MailDate.formatISO8601(CommandWorld.start))
        #expect(servers[0]["error"] is NSNull && servers[1]["since"] is NSNull)
        #expect(servers[2]["failing"] as? Int == 1 && servers[2]["accounts"] as? Int == 2)
    }
}
