// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import Foundation
import MailModel
import MailQueue
import Testing

@testable import GatewayCommands

struct PecCommandTests {
    let world: CommandWorld
    private let route = Route.account(CommandWorld.account)

    init() throws {
        world = try CommandWorld()
    }

    private func ids(_ outcome: CommandWorld.Outcome) throws -> [String] {
        try outcome.objects.compactMap { $0["id"] as? String }
    }

    /// A message that was accepted, delivered to one and failed for another; the third is an ordinary mailbox.
    private func story() async throws -> (id: QueueID, receipts: [QueueID]) {
        let names = ["a@pec.example.it", "b@pec.example.it", "c@gmail.example"]
        let id = try await world.submit("uno", to: names, subject: "=?utf-8?Q?perch=C3=A9?=")
        try await world.settle(route, .delivered, reply: "250 ok")
        let named = names.map { CertifiedRecipient(address: $0, isCertified: $0.hasSuffix("pec.example.it")) }
        var receipts = [try await world.receive(.accepted, of: "uno", after: .seconds(100), named: named)]
        receipts.append(
            try await world.receive(.delivered, of: "uno", after: .seconds(200), concerned: ["a@pec.example.it"])
        )
        receipts.append(
            try await world.receive(
                .failed,
                of: "uno",
                after: .seconds(300),
                concerned: ["b@pec.example.it"],
                failure: .unknownRecipient,
                detail: "5.1.1 - casella\u{1B}[2J inesistente"
            )
        )
        receipts.append(
            try await world.receive(
                .delivered,
                of: "uno",
                after: .seconds(400),
                concerned: ["b@pec.example.it"],
                doubt: "its signature does not hold: digest"
            )
        )
        return (id, receipts)
    }

    @Test func `without certified messages there is nothing to list`() async throws {
        #expect(await world.run("pec", "list").text == "No such messages.\n")
        #expect(await world.run("pec", "list", "--json").output.isEmpty)
        #expect(await world.run("pec", "list", "--foreign").text == "No such receipts.\n")
        let absent = await world.run("pec", "show", "0000000000000000")
        #expect(absent.status == 1 && absent.errors.contains("pec list"))
        let ordinary = try await world.insert()
        #expect(await world.run("pec", "show", ordinary.description).status == 1)
    }

    @Test func `list shows each recipient with its kind and its state, newest first`() async throws {
        let (id, _) = try await story()
        let newer = try await world.submit("due", after: .seconds(30))
        let outcome = await world.run("pec", "list")
        #expect(outcome.status == 0)
        let lines = outcome.lines
        #expect(lines[1].hasPrefix(newer.description) && lines[1].contains("queued"))
        #expect(lines[2].hasPrefix("\(id)  2026-11-2") && lines[2].contains("perché"))
        #expect(lines[2].contains("a@pec.example.it  certified  delivered"))
        #expect(lines[3].contains("b@pec.example.it  certified  failed"))
        #expect(lines[4] == "    5.1.1 - casella [2J inesistente")
        #expect(lines[5].contains("c@gmail.example") && lines[5].contains("ordinary") && lines[5].contains("accepted"))
        #expect(lines[6] == "2 messages")
        #expect(!outcome.output.contains(0x1B))
    }

    @Test func `list selects by account, by state, by what is open, and by number`() async throws {
        let (id, _) = try await story()
        let open = try await world.submit("due", after: .seconds(30))
        let other = try await world.submit("tre", account: "b@pec.it", after: .seconds(40))
        func list(_ more: String...) async throws -> [String] {
            try ids(await world.run(["pec", "list", "--json"] + more))
        }
        let all = [other, open, id].map(\.description)
        #expect(try await list() == all)
        #expect(try await list("--all") == all)
        #expect(try await list("--open") == [other, open].map(\.description))
        #expect(try await list("--account", "AZIENDA@pec.it") == [open, id].map(\.description))
        #expect(try await list("--account", "azienda@pec.it", "--open") == [open.description])
        #expect(try await list("--account", "b@pec.it", "--state", "queued") == [other.description])
        #expect(try await list("--state", "failed") == [id.description])
        #expect(try await list("--state", "failed", "--open") == [])
        #expect(try await list("--limit", "2") == Array(all.prefix(2)))
        #expect(await world.run("pec", "list", "--limit", "2").errors.contains("--limit shows more"))
        for wrong in [["--state", "lost"], ["--open", "--all"], ["--foreign", "--open"], ["--limit", "0"]] {
            #expect(await world.run("pec", "list", wrong[0], wrong[1]).status == 64, "\(wrong)")
        }
        let unknown = await world.run("pec", "list", "--account", "c@pec.it")
        #expect(unknown.status == 1 && unknown.errors.contains("there is no account"))
    }

    @Test func `show tells what each receipt said, and which is not believed`() async throws {
        let (id, receipts) = try await story()
        let outcome = await world.run("pec", "show", id.description)
        #expect(outcome.status == 0)
        for part in [
            "message      \(id)", "account      azienda@pec.it", "message-id   uno@azienda.it",
            "identifier   opec.uno@pec.it", "subject      perché", "sender       mario@azienda.it",
            "recipient 0  a@pec.example.it, certified\n    delivered since", "said: 5.1.1 - casella [2J inesistente",
            "receipt \(receipts[0])  accettazione: accepted", "receipt \(receipts[2])  errore-consegna: failed",
            "Prova PEC, 2026-11-2", "about b@pec.example.it", "signature valid, by posta-certificata@pec.it",
            "believed; moved one recipient", "signature invalid", "NOT BELIEVED: its signature does not hold: digest",
            "archive      2026-11-23/1\n", "    archive 2026-11-23/2\n",
        ] { #expect(outcome.text.contains(part), "\(part) in \(outcome.text)") }
        #expect(!outcome.output.contains(0x1B))
    }

    @Test func `JSON has the whole of it, times in UTC`() async throws {
        let (id, receipts) = try await story()
        let object = try #require(try await world.run("pec", "show", id.description, "--json").objects.first)
        #expect(object["subject"] as? String == "perché")
        #expect(object["created"] as? String == "2026-11-23T10:00:00.000Z")
        #expect(object["final"] as? Bool == true)
        let recipients = try #require(object["recipients"] as? [[String: Any]])
        #expect(recipients.map { $0["state"] as? String } == ["delivered", "failed", "accepted"])
        #expect(recipients.map { $0["kind"] as? String } == ["certified", "certified", "ordinary"])
        let said = try #require(object["receipts"] as? [[String: Any]])
        #expect(said.map { $0["id"] as? String } == receipts.map(\.description))
        #expect(said.map { $0["believed"] as? Bool } == [true, true, true, false])
        #expect(said.map { $0["statement"] as? String } == ["accepted", "delivered", "failed", "delivered"])
        #expect(said[2]["error"] as? String == "no-dest")
        #expect(said.map { $0["archive"] as? String } == (2...5).map { "2026-11-23/\($0)" })
        let listed = try #require(try await world.run("pec", "list", "--json").objects.first)
        #expect(listed["receipts"] == nil)
    }

    @Test func `receipts of messages that did not come through here are listed apart`() async throws {
        let id = try await world.receive(.delivered, of: "elsewhere", concerned: ["a@pec.example.it"])
        let outcome = await world.run("pec", "list", "--foreign")
        #expect(outcome.text.contains("\(id)") && outcome.text.contains("elsewhere@azienda.it"))
        #expect(outcome.lines.last == "1 receipt")
        #expect(try ids(await world.run("pec", "list", "--foreign", "--json")) == [id.description])
        #expect(await world.run("pec", "list", "--foreign", "--account", "b@pec.it").text == "No such receipts.\n")
    }

    /// Two messages of which nobody knows whether the provider took them, and the account fetched more than
    /// half an hour after the replies were lost unless told otherwise.
    private func uncertain(fetched: Duration = .seconds(3600)) async throws -> (QueueID, QueueID) {
        let first = try await world.submit("uno")
        let second = try await world.submit("due", after: .seconds(1))
        try await world.settle(route, .uncertain, reply: "connection lost behind the final dot")
        try await world.store.record(
            .fetched(at: CommandWorld.start + fetched, messages: 0, octets: 0, inMaildrop: 0),
            account: CommandWorld.account
        )
        return (first, second)
    }

    @Test func `uncertain messages are resent or settled by a person, who stands in the history`() async throws {
        let (first, second) = try await uncertain()
        let shown = await world.run("pec", "show", first.description)
        #expect(shown.text.contains("uncertain since") && shown.text.contains("pec resend or pec settle"))
        let resent = await world.run("pec", "resend", first.description, now: CommandWorld.start + .seconds(4000))
        #expect(resent.status == 0 && resent.text == "\(first): 1 recipient to be submitted again.\n")
        let settled = await world.run("pec", "settle", second.description)
        #expect(settled.status == 0 && settled.text == "\(second): 1 recipient taken as submitted.\n")
        #expect(try await world.store.tracked(first)?.message.recipients.map(\.state) == [.queued])
        #expect(try await world.store.tracked(second)?.message.recipients.map(\.state) == [.submitted])
        #expect(await world.run("queue", "show", first.description).text.contains("maria"))
    }

    @Test func `what is not uncertain is neither resent nor settled, and the state is named`() async throws {
        let (first, second) = try await uncertain()
        let named = [CertifiedRecipient(address: "a@pec.example.it", isCertified: true)]
        try await world.receive(.accepted, of: "uno", after: .seconds(100), named: named)
        let ordinary = try await world.insert()
        for action in ["resend", "settle"] {
            let refused = await world.run("pec", action, first.description)
            #expect(refused.status == 1 && refused.output.isEmpty)
            #expect(
                refused.errors.contains("\(first) is not uncertain: a@pec.example.it is accepted"),
                "\(refused.errors)"
            )
            #expect(refused.errors.contains("`ceralacca pec show \(first)` tells more"))
            for unknown in [ordinary.description, "0000000000000000"] {
                let outcome = await world.run("pec", action, unknown)
                #expect(outcome.status == 1 && outcome.errors.contains("there is no certified message \(unknown)"))
            }
            #expect(await world.run("pec", action).status == 64)
            #expect(await world.run("pec", action, "not-an-id").status == 64)
        }
        #expect(await world.run("pec", "resend", "--anyway", first.description).status == 1)
        #expect(try await world.store.tracked(first)?.message.recipients.map(\.state) == [.accepted])
        // What does not work for one is told, the other is done.
        let both = await world.run("pec", "settle", first.description, second.description)
        #expect(both.status == 1 && both.text == "\(second): 1 recipient taken as submitted.\n")
    }

    @Test func `nothing is resent while its receipt may still come, unless a person says so`() async throws {
        let (first, second) = try await uncertain(fetched: .seconds(1700))
        for (now, words) in [(1700, "is uncertain since"), (4000, "was not fetched since")] {
            let refused = await world.run("pec", "resend", first.description, now: CommandWorld.start + .seconds(now))
            #expect(refused.status == 1 && refused.errors.contains("\(first)"))
            #expect(refused.errors.contains(words), "\(refused.errors)")
        }
        #expect(try await world.store.entry(first)?.recipients.map(\.state) == [.uncertain])
        #expect(await world.run("pec", "resend", "--anyway", first.description).status == 0)
        #expect(try await world.store.entry(first)?.recipients.map(\.state) == [.waiting])
        #expect(await world.run("pec", "settle", second.description).status == 0, "settling sends nothing")
    }

    @Test func `nothing is resent while messages lie unread at the provider, unless a person says so`() async throws {
        let (first, _) = try await uncertain()
        func fetched(_ left: Int) async throws {
            try await world.store.record(
                .fetched(
                    at: CommandWorld.start + .seconds(3700),
                    messages: 0,
                    octets: 0,
                    inMaildrop: 9,
                    leftBehind: left
                ),
                account: CommandWorld.account
            )
        }
        try await fetched(2)
        let now = CommandWorld.start + .seconds(4000)
        let refused = await world.run("pec", "resend", first.description, now: now)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("left 2 messages unread at the provider"), "\(refused.errors)")
        let status = await world.run("account", "status", CommandWorld.account)
        #expect(status.text.contains("in the maildrop  9 messages, 2 of them not retrieved"))
        #expect(
            try await world.run("account", "status", CommandWorld.account, "--json").objects.first?["left_behind"]
                as? Int == 2
        )
        try await fetched(0)
        #expect(await world.run("pec", "resend", first.description, now: now).status == 0)
    }

    @Test func `an account that is not fetched here needs no fetch before a message is resent`() async throws {
        let id = try await world.submit("uno", account: "b@pec.it")
        try await world.settle(.account("b@pec.it"), .uncertain, reply: "connection lost behind the final dot")
        #expect(await world.run("pec", "resend", id.description).errors.contains("is uncertain since"))
        let later = CommandWorld.start + .seconds(4000)
        #expect(await world.run("pec", "resend", id.description, now: later).status == 0)
    }

    @Test func `nothing is resent over a receipt that is not believed, unless a person says so`() async throws {
        let (first, _) = try await uncertain()
        let receipt = try await world.receive(.accepted, of: "uno", after: .seconds(100), doubt: "unknown authority")
        let refused = await world.run("pec", "resend", first.description)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("is not believed: unknown authority (\(receipt))"), "\(refused.errors)")
        #expect(try await world.store.entry(first)?.recipients.map(\.state) == [.uncertain])
        #expect(await world.run("pec", "resend", "--anyway", first.description).status == 0)
    }

    @Test func `export writes the message and its receipts as they were handed over`() async throws {
        let (id, receipts) = try await story()
        try await world.submit("due", after: .seconds(500))
        let directory = "\(world.directory)/out"
        #expect(await world.run("pec", "export", id.description, "--output", directory).status == 0)
        let files = try FileManager.default.contentsOfDirectory(atPath: "\(directory)/2026-11-23").sorted()
        #expect(files.count == 1 + receipts.count)
        #expect(files.first == "000001-submission-\(id).eml")
        let content = FileManager.default.contents(atPath: "\(directory)/2026-11-23/\(files[0])")
        #expect(content == Data(CommandWorld.content("uno").utf8))
        #expect(await world.run("pec", "export", "0000000000000000", "-o", "\(directory)2").status == 1)
    }

    @Test func `status counts what is open and what is late`() async throws {
        #expect(await world.run("status").text.contains("certified ") == false)
        _ = try await story()
        let late = try await world.submit("due", after: .seconds(30))
        try await world.settle(route, .delivered, reply: "250 ok")
        try await world.submit("tre", after: .seconds(100))
        let now = CommandWorld.start + .seconds(4000)
        let text = await world.run("status", now: now).text
        let words = "certified  1 queued, 1 submitted; overdue: 1 acceptance (ceralacca pec list --open)"
        #expect(text.contains(words), "\(text)")
        let object = try #require(try await world.run("status", "--json", now: now).objects.first)
        #expect((object["tracked"] as? [String: Int])?["submitted"] == 1)
        let overdue = try #require((object["overdue"] as? [[String: Any]])?.first)
        #expect(overdue["account"] as? String == "azienda@pec.it")
        #expect(overdue["oldest_acceptance"] as? String == late.description)
        let account = await world.run("account", "status", "azienda@pec.it", now: now).text
        let line = "certified        2 messages not at their end; 1 acceptance overdue (the oldest \(late))"
        #expect(account.contains(line), "\(account)")
        let facts = try await world.run("account", "list", "--json", now: now).objects
        #expect(facts.map { $0["open_messages"] as? Int } == [2, 0])
    }
}
