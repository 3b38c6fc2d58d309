// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import Synchronization

/// Brings certified mail that has come to its end into the archive's files, a little at a time, and takes out what is older than the
/// archive keeps.
final class Archiver: Sendable {
    static let key = "store:archive"

    /// Messages in one batch: one fsync and one commit.
    private static let batch = 500
    /// Batches in one round, so that a large backlog leaves room for mail.
    private static let batches = 20
    /// How long mail that is due keeps the archiver waiting.
    private static let patience = Duration.seconds(15 * 60)

    private struct State {
        var lastPacked: Timestamp?
        var expiredBefore: String?
    }

    private let store: any QueueStore & ArchiveStore
    private let alerts: any AlertReporting
    private let clock: any WallClock
    private let logger: Logger
    private let state = Mutex(State())

    init(store: any QueueStore & ArchiveStore, alerts: any AlertReporting, clock: any WallClock, logger: Logger) {
        self.store = store
        self.alerts = alerts
        self.clock = clock
        self.logger = logger
    }

    /// One round: what ended is packed unless mail is due; once a day what has had its time goes.
    func round(_ archive: ArchiveConfiguration) async {
        do throws(QueueError) {
            try await pack()
            try await expire(archive)
            await alerts.clear(key: Self.key)
        } catch {
            logger.error("the archive could not be written", metadata: ["error": "\(error)"])
            await alerts.raise(
                key: Self.key,
                summary: "certified mail could not be moved into the archive: \(error.message)",
                affects: "Nothing is lost: the octets stay in the queue until it works, and take room there.",
                remedy: error.remedy.isEmpty ? "It is tried again each minute." : error.remedy
            )
        }
    }

    private func pack() async throws(QueueError) {
        let now = clock.now()
        let last = state.withLock { state in
            if state.lastPacked == nil { state.lastPacked = now }
            return state.lastPacked ?? now
        }
        if try await isBusy(now), now - last < Self.patience { return }
        var moved = 0
        for _ in 0..<Self.batches where !Task.isCancelled {
            let count = try await store.packArchive(limit: Self.batch, now: now)
            moved += count
            guard count == Self.batch, try await !isBusy(clock.now()) else { break }
        }
        state.withLock { $0.lastPacked = now }
        if moved > 0 { logger.debug("archived", metadata: ["messages": "\(moved)"]) }
    }

    /// True while mail is due that nobody has taken up yet.
    private func isBusy(_ now: Timestamp) async throws(QueueError) -> Bool {
        try await store.nextAttempts(now: now).values.contains { $0 <= now }
    }

    private func expire(_ archive: ArchiveConfiguration) async throws(QueueError) {
        guard let keep = archive.keep else { return }
        let day = String(MailDate.formatISO8601(clock.now() - keep).prefix(10))
        guard state.withLock({ $0.expiredBefore }) != day else { return }
        let count = try await store.expireArchive(before: day)
        state.withLock { $0.expiredBefore = day }
        if count > 0 {
            logger.notice("archive: entries had their time", metadata: ["entries": "\(count)", "before": "\(day)"])
        }
    }
}
