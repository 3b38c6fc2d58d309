// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What of the screening survives a restart, and what persons decide about blocks by commands, which are other processes.
public protocol ScreeningLedger: Sendable {
    /// Keeps these, in place of what was known of the same networks.
    func record(blocks: [ClientBlock], passes: [GreylistPass]) async throws
    /// The blocks that are kept, ended ones with them, by network.
    func clientBlocks() async throws -> [ClientBlock]
    /// The networks that have come again.
    func greylistPasses() async throws -> [GreylistPass]
    /// Forgets blocks that ended, and networks that were last seen, before these moments.
    func forgetScreening(blocksEndedBefore: Timestamp, passesSeenBefore: Timestamp) async throws
    /// Does what a person decides, and leaves word of it for the running gateway, in one commit.
    /// - Returns: the blocks that were put or lifted.
    func decide(_ decision: BlockDecision) async throws -> [ClientBlock]
    /// Takes the decisions since the last call, oldest first.
    func takeBlockDecisions() async throws -> [BlockDecision]
}

/// What a person decides about blocks.
public enum BlockDecision: Hashable, Sendable {
    /// This block holds.
    case block(ClientBlock)
    /// Nothing that concerns this network is blocked any more.
    case lift(Network)
}
