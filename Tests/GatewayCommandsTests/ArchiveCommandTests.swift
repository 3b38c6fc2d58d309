// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import Foundation
import MailModel
import MailQueue
import Testing

@testable import GatewayCommands

struct ArchiveCommandTests {
    let world: CommandWorld
    private static let day = Duration.seconds(86_400)

    init() throws {
        world = try CommandWorld()
    }

    private func fill() async throws -> [QueueID] {
        var ids = [try await world.submit("uno")]
        ids.append(try await world.submit("due", account: "b@pec.it", after: .seconds(1)))
        ids.append(try await world.receive(.accepted, of: "uno", after: .seconds(10)))
        ids.append(try await world.receive(.delivered, of: "uno", after: Self.day, concerned: ["a@pec.example.it"]))
        return ids
    }

    private func pack() async throws {
        for route in [Route.account("azienda@pec.it"), .account("b@pec.it"), .exchange] {
            let now = CommandWorld.start + Self.day + .seconds(100)
            let lease = Lease(owner: "test", until: now + .seconds(60))
            for claim in try await world.store.claim(route, limit: 10, now: now, lease: lease) {
                let attempt = DeliveryAttempt(moment: now, duration: .zero, server: "x", reply: "250 ok")
                let results = claim.recipients.map {
                    RecipientResult(number: $0.number, outcome: .delivered, attempt: attempt)
                }
                try await world.store.settle(Settlement(id: claim.message.id, lease: lease, results: results))
            }
        }
        #expect(try await world.store.packArchive(limit: 100, now: CommandWorld.start + .seconds(30 * 86_400)) == 4)
    }

    @Test
    func `an account that neither the configuration nor the archive knows is refused, with the name it is near to`()
        async throws
    {
        _ = try await fill()
        let directory = "\(world.directory)/out"
        for outcome in [
            await world.run("archive", "list", "--account", "aziend@pec.it"),
            await world.run("archive", "export", "--account", "aziend@pec.it", "--output", directory),
            await world.run("pec", "list", "--account", "aziend@pec.it"),
            await world.run("account", "status", "aziend@pec.it"), await world.run("account", "fetch", "aziend@pec.it"),
        ] {
            #expect(outcome.status == 1, "\(outcome)")
            #expect(outcome.errors.contains("there is no account aziend@pec.it"), "\(outcome.errors)")
            #expect(outcome.errors.contains("Did you mean azienda@pec.it?"), "\(outcome.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: directory))
        // One that has left the configuration still has its entries.
        let text = try String(contentsOfFile: "\(world.directory)/x.yaml", encoding: .utf8)
        let left = text.split(separator: "\n").filter { !$0.contains("b@pec.it") }.joined(separator: "\n")
        try world.write("x.yaml", left)
        let former = await world.run("archive", "list", "--account", "b@pec.it")
        #expect(former.status == 0 && former.lines.count == 2)
    }

    @Test func `list shows entries, and days with their chains`() async throws {
        #expect(await world.run("archive", "list").text == "The archive has no such entries.\n")
        #expect(await world.run("archive", "list", "--days").text == "The archive has no such days.\n")
        let ids = try await fill()
        let outcome = await world.run("archive", "list")
        #expect(outcome.lines.count == 5)
        #expect(outcome.lines[0].hasPrefix("2026-11-23/1      \(ids[0])  submission"))
        #expect(outcome.lines[4].hasPrefix("4 entries, "))
        let entries = try await world.run("archive", "list", "--json").objects
        #expect(entries.map { $0["id"] as? String } == ids.map(\.description))
        #expect(entries[0]["sha256"] as? String == CommandWorld.digest(Array(CommandWorld.content("uno").utf8)))
        let days = try await world.run("archive", "list", "--days", "--json").objects
        #expect(days.map { $0["day"] as? String } == ["2026-11-23", "2026-11-24"])
        #expect(days.map { $0["entries"] as? Int } == [3, 1])
        #expect(days[1]["chain"] as? String == entries[3]["chain"] as? String)
        let some = try await world.run("archive", "list", "--json", "--account", "B@pec.it").objects
        #expect(some.map { $0["id"] as? String } == [ids[1].description])
        let second = try await world.run("archive", "list", "--json", "--from", "2026-11-24").objects
        #expect(second.map { $0["id"] as? String } == [ids[3].description])
        let story = try await world.run("archive", "list", "--json", "--message", ids[0].description).objects
        #expect(story.map { $0["id"] as? String } == [ids[0], ids[2], ids[3]].map(\.description))
        for wrong in [["--from", "2026-13-01"], ["--from", "today"], ["--days", "--account=b@pec.it"]] {
            #expect(await world.run("archive", "list", wrong[0], wrong[1]).status == 64, "\(wrong)")
        }
        #expect(
            await world.run("archive", "list", "--from", "2026-11-24", "--to", "2026-11-23").status == 64
        )
    }

    @Test(arguments: [false, true]) func `what is whole is verified, packed or not`(_ isPacked: Bool) async throws {
        #expect(await world.run("archive", "verify").status == 0)
        _ = try await fill()
        if isPacked { try await pack() }
        let outcome = await world.run("archive", "verify")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines[0].hasPrefix("4 entries, "))
        #expect(outcome.lines[1].hasPrefix("the chain ends in "))
        #expect(await world.run("archive", "verify", "--json").output.isEmpty)
        #expect(await world.run("archive", "verify", "--from", "2026-11-24").lines[0].hasPrefix("1 entry, "))
    }

    @Test func `an octet that changed in the archive's file is named`() async throws {
        let ids = try await fill()
        try await pack()
        let path = "\(world.directory)/state/archive/2026/2026-11-23.pack"
        var octets = try #require(FileManager.default.contents(atPath: path))
        let place = try #require(octets.range(of: Data("Oggetto due".utf8)))
        octets[place.lowerBound] = UInt8(ascii: "X")
        try octets.write(to: URL(fileURLWithPath: path))
        let outcome = await world.run("archive", "verify")
        #expect(outcome.status == 1)
        #expect(outcome.lines[0] == "2026-11-23/2 \(ids[1]): its octets have another SHA-256 than the archive says")
        #expect(outcome.errors.contains("1 entry of the archive missing or changed"))
        let object = try #require(try await world.run("archive", "verify", "--json").objects.first)
        #expect(object["number"] as? Int == 2)
        // The export says so too, and goes on.
        let export = await world.run("archive", "export", "--output", "\(world.directory)/out")
        #expect(export.status == 1)
        #expect(export.errors.contains("2026-11-23/2 \(ids[1])"))
        #expect(export.text.hasPrefix("4 messages"))
    }

    @Test func `a file that is gone is named with all that were in it`() async throws {
        _ = try await fill()
        try await pack()
        try FileManager.default.removeItem(atPath: "\(world.directory)/state/archive/2026/2026-11-24.pack")
        let outcome = await world.run("archive", "verify")
        #expect(outcome.status == 1)
        #expect(outcome.lines[0].contains("2026-11-24/1") && outcome.lines[0].contains("its octets cannot be read"))
        #expect(await world.run("archive", "verify", "--to", "2026-11-23").status == 0)
    }

    @Test func `export writes each message as it was handed over, with an index`() async throws {
        let ids = try await fill()
        try await pack()
        let directory = "\(world.directory)/out"
        let outcome = await world.run("archive", "export", "--output", directory)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.text.hasPrefix("4 messages, "))
        let name = "2026-11-23/000003-accettazione-\(ids[2]).eml"
        let receipt = FileManager.default.contents(atPath: "\(directory)/\(name)")
        #expect(receipt == Data(CommandWorld.receiptContent("uno", .accepted).utf8))
        for (path, mode) in [("", 0o700), ("/2026-11-23", 0o700), ("/\(name)", 0o600), ("/index.csv", 0o600)] {
            let facts = try FileManager.default.attributesOfItem(atPath: directory + path)
            #expect((facts[.posixPermissions] as? NSNumber)?.intValue == mode, "\(path)")
        }
        let index = String(
            decoding: FileManager.default.contents(atPath: "\(directory)/index.csv") ?? Data(),
            as: UTF8.self
        )
        let rows = index.split(separator: "\r\n")
        #expect(rows.count == 5)
        #expect(rows[0].hasPrefix("\"file\",\"day\",\"number\",\"kind\",\"account\",\"subject\""))
        #expect(
            rows[3].hasPrefix("\"\(name)\",\"2026-11-23\",\"3\",\"accettazione\",\"azienda@pec.it\",\"accepted uno\"")
        )
        let lines = FileManager.default.contents(atPath: "\(directory)/index.jsonl") ?? Data()
        #expect(lines.split(separator: 0x0A).count == 4)
    }

    @Test func `export writes over nothing`() async throws {
        _ = try await fill()
        let directory = "\(world.directory)/out"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        #expect(await world.run("archive", "export", "--output", directory, "--account", "b@pec.it").status == 0)
        let again = await world.run("archive", "export", "--output", directory)
        #expect(again.status == 1 && again.errors.contains("is not empty"))
        let nowhere = await world.run("archive", "export", "--output", "\(world.directory)/no/out")
        #expect(nowhere.status == 1 && nowhere.errors.contains("No such file"))
    }

    @Test func `what a spreadsheet would take for a formula is made plain in the index`() {
        let row = ArchiveExport.row(["=1+1", "-x", "+y", "@z", "a \"b\"\r\nc", "", "1@pec.it"])
        #expect(
            String(decoding: row, as: UTF8.self)
                == "\"'=1+1\",\"'-x\",\"'+y\",\"'@z\",\"a \"\"b\"\" c\",\"\",\"1@pec.it\"\r\n"
        )
    }
}
