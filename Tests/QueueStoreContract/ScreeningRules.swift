// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import SenderScreening

extension QueueStoreContract {
    private static func block(_ text: String, until seconds: Int, strikes: Int = 1) throws -> ClientBlock {
        guard let network = Network(text) else { throw Violation(description: "no network: \(text)") }
        return ClientBlock(
            network: network,
            since: Sample.start,
            until: Sample.start + .seconds(seconds),
            strikes: strikes,
            reason: "more than 5 errors"
        )
    }

    static let screeningRules = [
        Rule("blocks and networks that came again survive a restart, the last word on each") { open in
            var store = try await open()
            let pass = GreylistPass(network: try block("192.0.2.0/24", until: 0).network, seen: Sample.start)
            let first = try block("198.51.100.7", until: 60)
            try await store.record(blocks: [first, try block("2001:db8::/64", until: 9)], passes: [pass])
            let second = try block("198.51.100.7", until: 600, strikes: 2)
            let later = GreylistPass(network: pass.network, seen: Sample.start + .seconds(5))
            try await store.record(blocks: [second], passes: [later])
            await store.close()
            store = try await open()
            try expectEqual(try await store.clientBlocks(), [second, try block("2001:db8::/64", until: 9)])
            try expectEqual(try await store.greylistPasses(), [later])
            try await store.forgetScreening(
                blocksEndedBefore: Sample.start + .seconds(10),
                passesSeenBefore: Sample.start + .seconds(6)
            )
            try expectEqual(try await store.clientBlocks(), [second])
            try expectEqual(try await store.greylistPasses(), [])
            await store.close()
        },
        Rule("a person's decision on a block holds at once, and the gateway is told of it once") { open in
            let store = try await open()
            let wide = try block("198.51.100.0/24", until: 60)
            let inside = try block("198.51.100.7", until: 60)
            let other = try block("203.0.113.9", until: 60)
            try await store.record(blocks: [inside, other], passes: [])
            try expectEqual(try await store.decide(.block(wide)), [wide])
            try expectEqual(Set(try await store.decide(.lift(inside.network))), [wide, inside])
            try expectEqual(try await store.clientBlocks(), [other])
            try expectEqual(try await store.decide(.lift(inside.network)), [])
            try expectEqual(
                try await store.takeBlockDecisions(),
                [.block(wide), .lift(inside.network), .lift(inside.network)]
            )
            try expectEqual(try await store.takeBlockDecisions(), [])
            await store.close()
        },
    ]
}
