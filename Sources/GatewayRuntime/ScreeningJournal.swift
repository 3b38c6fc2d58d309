// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import SMTPServer
import SenderScreening
import Synchronization

/// Carries what the screening knows into the store and, after a restart, out of it again, and persons' decisions to the screening.
final class ScreeningJournal: Sendable {
    /// How long what has ended is kept.
    private static let blockMemory = BlockRules().memory

    private let screen: SenderScreen
    private let store: any ScreeningLedger
    private let clock: any WallClock
    private let logger: Logger
    private let isFailing = Mutex(false)

    init(screen: SenderScreen, store: any ScreeningLedger, clock: any WallClock, logger: Logger) {
        self.screen = screen
        self.store = store
        self.clock = clock
        self.logger = logger
    }

    /// Takes what was kept, before the first client comes.
    func load() async {
        do {
            // What was decided while no gateway ran stands in the lists already.
            _ = try await store.takeBlockDecisions()
            screen.load(blocks: try await store.clientBlocks(), passes: try await store.greylistPasses())
        } catch {
            logger.error("what is known of clients could not be read", metadata: ["error": "\(error)"])
        }
    }

    /// One round, each second. Decisions come first: a block that a person lifts before it was kept is not kept.
    func round() async {
        do {
            for decision in try await store.takeBlockDecisions() { take(decision) }
        } catch { return note(error) }
        let news = screen.takeNews()
        do {
            try await store.record(blocks: news.blocks, passes: news.passes)
            isFailing.withLock { $0 = false }
        } catch {
            screen.giveBack(news)
            note(error)
        }
    }

    private func take(_ decision: BlockDecision) {
        switch decision {
        case .lift(let network): screen.lift(network)
        case .block(let block):
            screen.block(block)
            logger.notice(
                "client blocked by a person",
                metadata: ["client": "\(block.network)", "until": "\(MailDate.formatISO8601(block.until))"]
            )
        }
    }

    /// Forgets what is of no use any more.
    func forget(remember: Duration) async {
        let now = clock.now()
        do {
            try await store.forgetScreening(
                blocksEndedBefore: now - Self.blockMemory,
                passesSeenBefore: now - remember
            )
        } catch { note(error) }
    }

    /// Once while it lasts: it is tried each second.
    private func note(_ error: any Error) {
        let isKnown = isFailing.withLock { isFailing in
            defer { isFailing = true }
            return isFailing
        }
        if !isKnown { logger.error("what is known of clients could not be kept", metadata: ["error": "\(error)"]) }
    }
}
