// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What scanners put into the quarantine, and who was told of it.
public protocol QuarantineStore: Sendable {
    /// Messages that a scanner had quarantined before their first attempt, and of which nobody was told: oldest first, at most `limit`.
    func quarantineUntold(limit: Int) async throws(QueueError) -> [QueueEntry]
    /// Queues `notice`, where there is one, and remembers that somebody was told of the message `id`, in one commit. Told once, it is not told again.
    func noteQuarantineTold(_ id: QueueID, notice: Arrival?, now: Timestamp) async throws(QueueError)
    /// Identifiers of messages from `origin` that came before `before` and whose recipients are all in the quarantine or at their end, one
    /// of them in the quarantine: oldest first, at most `limit`.
    func quarantineExpired(
        from origin: MessageOrigin,
        before: Timestamp,
        limit: Int
    ) async throws(QueueError) -> [QueueID]
}
