// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What scanners put into the quarantine, and who was told of it.
public protocol QuarantineStore: Sendable {
    /// Messages that a scanner had quarantined before their first attempt, and of which nobody was told: those from the Internet, or all
    /// others, that came before `before`; oldest first, at most `limit`.
    func quarantineUntold(
        isFromInternet: Bool,
        before: Timestamp,
        limit: Int
    ) async throws(QueueError) -> [QueueEntry]
    /// Queues `notices` and remembers that somebody was told of the messages `ids`, in one commit. Told once, a message is not told again:
    /// when that was done of one of them, nothing is.
    func noteQuarantineTold(_ ids: [QueueID], notices: [Arrival], now: Timestamp) async throws(QueueError)
    /// Identifiers of messages from `origin` that came before `before` and whose recipients are all in the quarantine or at their end, one
    /// of them in the quarantine: oldest first, at most `limit`.
    func quarantineExpired(
        from origin: MessageOrigin,
        before: Timestamp,
        limit: Int
    ) async throws(QueueError) -> [QueueID]
}
