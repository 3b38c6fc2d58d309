// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import MailQueue
import Testing

@testable import GatewayCommands

struct QueueCommandTests {
    let world: CommandWorld

    init() throws {
        world = try CommandWorld()
    }

    private func states(_ id: QueueID) async throws -> [RecipientState] {
        try #require(await world.store.entry(id)).recipients.map(\.state)
    }

    @Test func `an empty queue says so, and is no line of JSON`() async {
        #expect(await world.run("queue", "list").text == "The queue is empty.\n")
        #expect(await world.run("queue", "list", "--json").output.isEmpty)
        #expect(await world.run("quarantine", "list").text == "The quarantine is empty.\n")
    }

    @Test func `list shows each recipient with its state and its last reply`() async throws {
        let id = try await world.insert(["a@altro.it", "b@altro.it"])
        try await world.settle(
            .internet,
            .deferred(until: CommandWorld.start + .seconds(300)),
            reply: "451 4.7.1 try\u{1B}[2J later"
        )
        let outcome = await world.run("queue", "list")
        #expect(outcome.status == 0)
        #expect(outcome.lines.count == 6)
        #expect(outcome.lines[1].hasPrefix("\(id)  2026-11-2"))
        #expect(outcome.lines[1].contains("mario@azienda.it  a@altro.it  internet  waiting"))
        #expect(outcome.lines[2] == "    451 4.7.1 try [2J later")
        #expect(outcome.lines[3].contains("b@altro.it"))
        #expect(outcome.lines[5] == "1 message, 24 B")
        #expect(!outcome.output.contains(0x1B))
        // Columns stand under each other.
        let column = outcome.lines[0].range(of: "RECIPIENT")?.lowerBound
        #expect(column == outcome.lines[1].range(of: "a@altro.it")?.lowerBound)
        #expect(column == outcome.lines[3].range(of: "b@altro.it")?.lowerBound)
    }

    @Test func `JSON is one object a message, whatever stands in it`() async throws {
        try await world.insert(subject: "perché \"no\"\r\n{\u{2028}")
        let id = try await world.insert(["x@y.it", "z@y.it"], after: .seconds(1))
        let objects = try await world.run("queue", "list", "--json").objects
        #expect(objects.count == 2)
        #expect(objects[0]["subject"] as? String == "perché \"no\"\r\n{\u{2028}")
        #expect(objects[1]["id"] as? String == id.description)
        #expect(
            (objects[1]["recipients"] as? [[String: Any]])?.map { $0["address"] as? String } == ["x@y.it", "z@y.it"]
        )
        let shown = try await world.run("queue", "show", "--json", id.description.lowercased()).objects
        #expect(shown.count == 1)
        #expect((shown.first?["history"] as? [Any])?.isEmpty == true)
    }

    @Test func `list takes a state, a limit, and what has ended`() async throws {
        let first = try await world.insert()
        try await world.settle(.internet, .delivered, reply: "250 ok")
        let second = try await world.insert(after: .seconds(1))
        try await world.insert(after: .seconds(2))
        #expect(await world.run("queue", "list").text.contains(first.description) == false)
        #expect(await world.run("queue", "list", "--all").text.contains(first.description))
        #expect(await world.run("queue", "list", "--state", "delivered").text.contains(first.description))
        let one = await world.run("queue", "list", "--limit", "1", "--json")
        #expect(try one.objects.map { $0["id"] as? String } == [second.description])
        #expect(one.errors.contains("--limit"))
    }

    @Test func `show tells the whole story of a message`() async throws {
        let id = try await world.insert()
        try await world.settle(.internet, .deferred(until: CommandWorld.start + .seconds(300)), reply: "451 4.3.2 no")
        let outcome = await world.run("queue", "show", id.description)
        for part in [
            "message      \(id)", "from exchange", "sender       mario@azienda.it", "route        from no account",
            "recipient 0  cliente@altro.it → internet", "waiting, next attempt", "1 attempt: 451 4.3.2 no",
            "smarthost.isp.it:25: 451 4.3.2 no (waiting, 120 ms)",
        ] { #expect(outcome.text.contains(part), "\(part) in \(outcome.text)") }
    }

    @Test func `hold, release, retry and delete do what they say, and keep who did it`() async throws {
        let id = try await world.insert()
        #expect(await world.run("queue", "hold", id.description).text == "\(id): 1 recipient held.\n")
        #expect(try await states(id) == [.held])
        let again = await world.run("queue", "hold", id.description)
        #expect(again.status == 1)
        #expect(!again.errors.isEmpty)
        #expect(await world.run("queue", "release", id.description).status == 0)
        #expect(try await states(id) == [.waiting])
        try await world.settle(.internet, .deferred(until: CommandWorld.start + .seconds(3000)), reply: "451 no")
        #expect(await world.run("queue", "retry").text == "1 recipient due now.\n")
        #expect(try await world.store.entry(id)?.recipients[0].nextAttempt == CommandWorld.start + .seconds(60))
        #expect(await world.run("queue", "delete", id.description).status == 0)
        #expect(try await states(id) == [.deleted])
        #expect(await world.run("queue", "show", id.description).text.contains("maria"))
    }

    @Test func `retry says which account waits after a refused login`() async throws {
        let id = try await world.insert(route: .account("azienda@pec.it"))
        let words = "azienda@pec.it: its account waits after a refused login: ceralacca reload tries it at once."
        for arguments in [["retry"], ["retry", id.description]] {
            #expect(await retry(arguments).text.contains("refused login") == false)
        }
        for key in ["account:azienda@pec.it:login", "account:b@pec.it:login"] {
            let alert = Alert(key: key, since: CommandWorld.start, summary: "s", affects: "a", remedy: "r")
            _ = try await world.store.raise(alert, notice: nil)
        }
        for arguments in [["retry"], ["retry", id.description]] {
            let outcome = await retry(arguments)
            #expect(outcome.status == 0)
            #expect(outcome.lines.last == words)
            #expect(!outcome.text.contains("b@pec.it: "))
        }
    }

    private func retry(_ arguments: [String]) async -> CommandWorld.Outcome {
        arguments.count == 1
            ? await world.run("queue", arguments[0]) : await world.run("queue", arguments[0], arguments[1])
    }

    @Test func `a decision on several messages goes on behind one that is not there`() async throws {
        let id = try await world.insert()
        let outcome = await world.run("queue", "hold", "0000000000000000", id.description)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("there is no message 0000000000000000"))
        #expect(try await states(id) == [.held])
    }

    @Test func `uncertain messages are resent or settled by a person alone`() async throws {
        let route = Route.account("azienda@pec.it")
        let first = try await world.insert(route: route)
        let second = try await world.insert(route: route, after: .seconds(1))
        try await world.settle(route, .uncertain, reply: "connection lost behind the final dot")
        #expect(await world.run("queue", "retry", first.description).status == 1)
        #expect(try await states(first) == [.uncertain])
        #expect(await world.run("queue", "show", first.description).text.contains("resend or settle"))
        let deletion = await world.run("queue", "delete", first.description)
        #expect(deletion.status == 1 && deletion.errors.contains("may have taken it"), "\(deletion.errors)")
        #expect(try await states(first) == [.uncertain])
        #expect(await world.run("queue", "resend", first.description).status == 0)
        #expect(await world.run("queue", "settle", second.description).status == 0)
        #expect(try await states(first) == [.waiting])
        #expect(try await states(second) == [.delivered])
    }

    @Test func `export writes the stored octets, to standard output or a new file`() async throws {
        let body = "Subject: x\r\n\r\n\u{E8}\0.\r\n" + String(repeating: "0123456789\r\n", count: 20_000)
        let id = try await world.insert(body: body)
        #expect(await world.run("queue", "export", id.description).output == Array(body.utf8))
        let file = "\(world.directory)/out.eml"
        #expect(await world.run("queue", "export", id.description, "--output", file).status == 0)
        #expect(FileManager.default.contents(atPath: file) == Data(body.utf8))
        let again = await world.run("queue", "export", id.description, "-o", file)
        #expect(again.status == 1)
        #expect(again.errors.contains("File exists"))
        #expect(await world.run("queue", "export", "0000000000000000").status == 1)
    }

    @Test func `the quarantine is a view of the queue, and other messages are none of its business`() async throws {
        let id = try await world.insert(route: .exchange)
        try await world.settle(.exchange, .quarantined, reply: "550 5.7.1 refused")
        let other = try await world.insert()
        #expect(
            try await world.run("quarantine", "list", "--json").objects.map { $0["id"] as? String } == [id.description]
        )
        #expect(await world.run("quarantine", "show", id.description).text.contains("550 5.7.1 refused"))
        #expect(await world.run("quarantine", "show", other.description).status == 1)
        let wrong = await world.run("quarantine", "delete", other.description)
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("is not in the quarantine"))
        #expect(try await states(other) == [.waiting])
        #expect(await world.run("quarantine", "release", id.description).status == 0)
        #expect(try await states(id) == [.waiting])
    }

    @Test func `a message with more than its quarantined recipients is not deleted from the quarantine`() async throws {
        let id = try await world.insert(["a@azienda.it", "b@azienda.it"], route: .exchange)
        let lease = Lease(owner: "test", until: CommandWorld.start + .seconds(600))
        _ = try await world.store.claim(.exchange, limit: 1, now: CommandWorld.start, lease: lease)
        try await world.store.settle(
            Settlement(
                id: id,
                lease: lease,
                results: [
                    RecipientResult(number: 0, outcome: .quarantined, attempt: nil),
                    RecipientResult(number: 1, outcome: .deferred(until: CommandWorld.start), attempt: nil),
                ]
            )
        )
        #expect(await world.run("quarantine", "delete", id.description).status == 1)
        #expect(try await states(id) == [.quarantined, .waiting])
    }

    @Test func `retry and release say when no gateway runs to carry them out`() async throws {
        let world = try CommandWorld()
        let id = try await world.insert()
        let words = "no gateway runs on \(world.directory)/state"
        #expect(await world.run("queue", "retry").errors.contains(words))
        #expect(await world.run("queue", "retry", "\(id)").errors.contains(words))
        #expect(await world.run("queue", "hold", "\(id)").errors.isEmpty)
        #expect(await world.run("queue", "release", "\(id)").errors.contains(words))
        world.startGateway()
        #expect(await world.run("queue", "retry").errors.isEmpty)
    }

    @Test func `the next attempt of what waits for a route that is left alone is when that is tried again`()
        async throws
    {
        let world = try CommandWorld()
        let id = try await world.insert()
        let until = CommandWorld.start + .seconds(360)
        try world.write("state/lanes.paused", "internet \(until.milliseconds)\n")
        func next(_ arguments: String...) async throws -> String? {
            let entry = try await world.run(arguments + ["--json"]).objects.first
            return (entry?["recipients"] as? [[String: Any]])?.first?["next_attempt"] as? String
        }
        let arrival = MailDate.formatISO8601(CommandWorld.start)
        #expect(try await next("queue", "list") == arrival, "what a gateway that is gone has left behind says nothing")
        world.startGateway()
        #expect(try await next("queue", "list") == MailDate.formatISO8601(until))
        #expect(try await next("queue", "show", "\(id)") == MailDate.formatISO8601(until))
        try world.write("state/lanes.paused", "exchange \(until.milliseconds)\n")
        #expect(try await next("queue", "list") == arrival)
    }
}
