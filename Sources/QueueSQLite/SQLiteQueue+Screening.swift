// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
public import MailModel
public import MailQueue
public import SenderScreening

extension SQLiteQueue: ScreeningLedger {
    /// In one commit.
    public func record(blocks: [ClientBlock], passes: [GreylistPass]) async throws(QueueError) {
        guard !blocks.isEmpty || !passes.isEmpty else { return }
        try await writer.run { database in
            for block in blocks { try Self.put(block, database) }
            for pass in passes {
                try database.run(
                    "INSERT OR REPLACE INTO greylist_pass (network, seen) VALUES (?, ?)",
                    [pass.network.description, pass.seen.milliseconds]
                )
            }
        }
    }

    private static func put(_ block: ClientBlock, _ database: Database) throws {
        try database.run(
            "INSERT OR REPLACE INTO client_block (network, since, until, strikes, reason) VALUES (?, ?, ?, ?, ?)",
            [
                block.network.description, block.since.milliseconds, block.until.milliseconds, block.strikes,
                block.reason,
            ]
        )
    }

    /// By network.
    public func clientBlocks() async throws(QueueError) -> [ClientBlock] {
        try await read { database in try Self.blocks(database) }
    }

    private static func blocks(_ database: Database) throws -> [ClientBlock] {
        try database.rows("SELECT network, since, until, strikes, reason FROM client_block ORDER BY network") { row in
            ClientBlock(
                network: try network(row[0]),
                since: Timestamp(milliseconds: row[1]),
                until: Timestamp(milliseconds: row[2]),
                strikes: row[3],
                reason: row[4]
            )
        }
    }

    private static func network(_ text: String) throws -> Network {
        guard let network = Network(text) else { throw QueueError.damaged("network \(text)") }
        return network
    }

    /// By network.
    public func greylistPasses() async throws(QueueError) -> [GreylistPass] {
        try await read { database in
            try database.rows("SELECT network, seen FROM greylist_pass ORDER BY network") { row in
                GreylistPass(network: try Self.network(row[0]), seen: Timestamp(milliseconds: row[1]))
            }
        }
    }

    /// A commit only when there is something to forget.
    public func forgetScreening(
        blocksEndedBefore: Timestamp,
        passesSeenBefore: Timestamp
    ) async throws(QueueError) {
        let isNeeded = try await read { database in
            try database.first(
                """
                SELECT 1 WHERE EXISTS (SELECT 1 FROM client_block WHERE until < ?)                 OR EXISTS (SELECT 1 FROM greylist_pass WHERE seen < ?)
                """,
                [blocksEndedBefore.milliseconds, passesSeenBefore.milliseconds]
            ) { _ in true } ?? false
        }
        guard isNeeded else { return }
        try await writer.run { database in
            try database.run("DELETE FROM client_block WHERE until < ?", [blocksEndedBefore.milliseconds])
            try database.run("DELETE FROM greylist_pass WHERE seen < ?", [passesSeenBefore.milliseconds])
        }
    }

    /// The list itself changes at once, so that commands show it while no gateway runs.
    public func decide(_ decision: BlockDecision) async throws(QueueError) -> [ClientBlock] {
        try await writer.run { database in
            switch decision {
            case .block(let block):
                try Self.put(block, database)
                try Self.leave(block.network, block, database)
                return [block]
            case .lift(let network):
                var list = BlockList()
                for block in try Self.blocks(database) { list.put(block) }
                let lifted = list.lift(network)
                for block in lifted {
                    try database.run("DELETE FROM client_block WHERE network = ?", [block.network.description])
                }
                try Self.leave(network, nil, database)
                return lifted
            }
        }
    }

    private static func leave(_ network: Network, _ block: ClientBlock?, _ database: Database) throws {
        try database.run(
            "INSERT INTO block_decision (network, since, until, strikes, reason) VALUES (?, ?, ?, ?, ?)",
            [
                network.description, block?.since.milliseconds, block?.until.milliseconds, block?.strikes,
                block?.reason,
            ]
        )
    }

    /// Asked often, answered seldom: only a decision is worth a commit.
    public func takeBlockDecisions() async throws(QueueError) -> [BlockDecision] {
        let isEmpty = try await read { database in
            try database.first("SELECT 1 FROM block_decision LIMIT 1") { _ in true } == nil
        }
        guard !isEmpty else { return [] }
        return try await writer.run { database in
            let decisions = try database.rows(
                "SELECT network, since, until, strikes, reason FROM block_decision ORDER BY ordinal"
            ) { row in
                let network = try Self.network(row[0])
                guard let since = row[1] as Int64?, let until = row[2] as Int64? else {
                    return BlockDecision.lift(network)
                }
                return .block(
                    ClientBlock(
                        network: network,
                        since: Timestamp(milliseconds: since),
                        until: Timestamp(milliseconds: until),
                        strikes: row[3],
                        reason: row[4]
                    )
                )
            }
            try database.run("DELETE FROM block_decision")
            return decisions
        }
    }
}
