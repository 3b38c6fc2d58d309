// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import MailModel
import SenderScreening
import Testing

@testable import GatewayCommands

struct BlockCommandTests {
    let world: CommandWorld

    init() throws {
        world = try CommandWorld()
    }

    private func block(_ text: String, for time: Duration) throws -> ClientBlock {
        ClientBlock(
            network: try #require(Network(text)),
            since: CommandWorld.start,
            until: CommandWorld.start + time,
            strikes: 2,
            reason: "more than 100 recipients that do not exist within 600 s"
        )
    }

    @Test func `list shows the blocks that hold, and why`() async throws {
        #expect(await world.run("block", "list").text.contains("Nobody is blocked."))
        let holds = try block("198.51.100.7", for: .seconds(86_400 * 3650))
        try await world.store.record(blocks: [holds, try block("203.0.113.9", for: .seconds(-1))], passes: [])
        let outcome = await world.run("block", "list")
        #expect(outcome.status == 0 && outcome.lines.count == 2)
        #expect(outcome.lines[1].hasPrefix("198.51.100.7/32") && outcome.lines[1].hasSuffix("within 600 s"))
        let objects = try await world.run("block", "list", "--json").objects
        #expect(objects.map { $0["client"] as? String } == ["198.51.100.7/32"])
        #expect(objects[0]["in_a_row"] as? Int == 2)
    }

    @Test func `what is added holds until it is removed, by the address or by a network around it`() async throws {
        let added = await world.run("block", "add", "203.0.113.0/24", "--time", "4h", "--reason", "harvest")
        #expect(added.status == 0, "\(added.text)")
        #expect(await world.run("block", "list").lines[1].hasSuffix("harvest"))
        #expect(await world.run("block", "remove", "198.51.100.7").status == 1)
        let removed = await world.run("block", "remove", "203.0.113.77")
        #expect(removed.status == 0 && removed.text.contains("203.0.113.0/24 is not blocked any more."))
        #expect(await world.run("block", "list").text.contains("Nobody is blocked."))
        #expect(try await world.store.takeBlockDecisions().count == 3)
    }

    @Test(arguments: [
        ["add", "x"], ["add", "198.51.100.7", "--time", "2"], ["add", "198.51.100.7", "--time", "999d"], ["remove"],
    ])
    func `what is no network or time is wrong usage`(_ arguments: [String]) async {
        #expect(await world.run(["block"] + arguments).status == 64)
    }
}
