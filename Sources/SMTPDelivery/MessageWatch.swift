// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import Synchronization

/// Keeps the alerts about single messages in step with the queue, which other processes change too: a person settles a message with
/// the command line, another gateway dies and leaves one uncertain.
final class MessageWatch: Sendable {
    private static let period = Duration.seconds(60)
    private static let limit = 500

    private struct State {
        var next: Timestamp?
        var known: Set<String> = []
    }

    private let state = Mutex(State())

    /// Looks once a minute.
    func look(_ context: LaneContext, now: Timestamp) async {
        let isDue = state.withLock { state in
            if let next = state.next, next > now { return false }
            state.next = now + Self.period
            return true
        }
        guard isDue else { return }
        do {
            let uncertain = try await context.store.list(.state(.uncertain), limit: Self.limit)
            let quarantined = try await context.store.list(.state(.quarantined), limit: Self.limit)
            for entry in uncertain {
                let recipients = entry.recipients.filter { $0.state == .uncertain }
                await MessageAlert.raiseUncertain(
                    entry.message,
                    recipients,
                    words: recipients.first?.lastReply ?? "the gateway ended before the reply came",
                    to: context.alerts
                )
            }
            await clearSettled(uncertain, quarantined, context)
        } catch {
            context.logger.error(
                "messages that wait for a person could not be listed",
                metadata: ["error": "\(error)"]
            )
        }
    }

    private func clearSettled(_ uncertain: [QueueEntry], _ quarantined: [QueueEntry], _ context: LaneContext) async {
        guard uncertain.count < Self.limit, quarantined.count < Self.limit else { return }
        let open = Set(
            uncertain.map { MessageAlert.uncertainKey($0.message.id) }
                + quarantined.map { MessageAlert.quarantineKey($0.message.id) }
        )
        let gone = state.withLock { state in
            defer { state.known = open }
            return state.known.subtracting(open)
        }
        for key in gone { await context.alerts.clear(key: key) }
    }
}
