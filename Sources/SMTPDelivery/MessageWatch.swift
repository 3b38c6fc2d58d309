// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import Synchronization

/// Keeps the alerts about messages that wait for a person in step with the queue, which other processes change too: a person settles
/// a message with the command line, even while no gateway runs; another gateway dies between an outcome and its alert.
final class MessageWatch: Sendable {
    private static let period = Duration.seconds(60)
    /// Messages of one sort that are looked at; beyond it alerts neither begin nor end, and nobody reads them any more.
    private static let limit = 5000
    /// Of what the Internet sent, one alert gives the number up to here.
    private static let internetLimit = 100

    private struct State {
        var next: Timestamp?
        var known: Set<String> = []
        /// Accounts of ordinary mail in comparison form, each with one alert for all its messages.
        var ordinary: Set<String> = []
    }

    private let state = Mutex(State())

    /// Takes over which accounts are of ordinary mail.
    func update(_ settings: DeliverySettings) {
        let ordinary = settings.accounts.filter { !$0.value.isCertified }.keys
        state.withLock { $0.ordinary = Set(ordinary) }
    }

    /// The alert that a quarantined message from `origin` shares with others: whoever writes to the company, or to an ordinary account, must not
    /// fill the postmaster's mailbox. nil where each has its own, as all certified mail.
    func sharedKey(of origin: MessageOrigin) -> String? {
        switch origin {
        case .internet: MessageAlert.internetQuarantineKey
        case .account(let address):
            state.withLock { $0.ordinary.contains(address) } ? MessageAlert.quarantineKey(ofAccount: address) : nil
        case .exchange, .provider, .notice: nil
        }
    }

    /// A message that shares its alert is in the quarantine: unless that is known, the next look is at once.
    func noteQuarantined(_ sharedKey: String) {
        state.withLock { state in
            if !state.known.contains(sharedKey) { state.next = nil }
        }
    }

    /// Looks once a minute.
    func look(_ context: LaneContext, now: Timestamp) async {
        let isDue = state.withLock { state in
            if let next = state.next, next > now { return false }
            state.next = now + Self.period
            return true
        }
        guard isDue else { return }
        do {
            // The alerts first: what is raised after this was in the queue before the listing.
            let raised = Set(try await context.store.openAlerts().map(\.key).filter(MessageAlert.isAboutMessages))
            let known = raised.union(state.withLock { $0.known })
            let uncertain = try await context.store.list(.state(.uncertain), limit: Self.limit)
            let quarantined = try await context.store.list(.quarantined(isFromInternet: false), limit: Self.limit)
            let fromInternet = try await context.store.list(
                .quarantined(isFromInternet: true),
                limit: Self.internetLimit
            )
            var waiting = await raiseUncertain(uncertain, known, context)
            waiting.formUnion(await raiseQuarantined(quarantined, known, context))
            waiting.formUnion(await raiseFromInternet(fromInternet, known, context))
            let isWhole = uncertain.count < Self.limit && quarantined.count < Self.limit
            if isWhole {
                for key in known.subtracting(waiting) { await context.alerts.clear(key: key) }
            }
            state.withLock { $0.known = isWhole ? waiting : known.union(waiting) }
        } catch {
            context.logger.error(
                "messages that wait for a person could not be listed",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// - Returns: the keys of the alerts that are to be open.
    private func raiseUncertain(
        _ entries: [QueueEntry],
        _ known: Set<String>,
        _ context: LaneContext
    ) async -> Set<String> {
        var keys: Set<String> = []
        for entry in entries {
            let key = MessageAlert.uncertainKey(entry.message.id)
            keys.insert(key)
            guard !known.contains(key) else { continue }
            let recipients = entry.recipients.filter { $0.state == .uncertain }
            await MessageAlert.raiseUncertain(
                entry.message,
                recipients,
                words: recipients.first?.lastReply ?? "the gateway ended before the reply came",
                to: context.alerts
            )
        }
        return keys
    }

    private func raiseQuarantined(
        _ entries: [QueueEntry],
        _ known: Set<String>,
        _ context: LaneContext
    ) async -> Set<String> {
        var keys: Set<String> = []
        let shared = Dictionary(grouping: entries) { sharedKey(of: $0.message.origin) }
        for (key, entries) in shared {
            guard let key, let first = entries.first else { continue }
            keys.insert(key)
            guard !known.contains(key) else { continue }
            await MessageAlert.raiseQuarantined(key, "\(entries.count)", first: first, to: context.alerts)
        }
        for entry in shared[nil] ?? [] {
            let key = MessageAlert.quarantineKey(entry.message.id)
            keys.insert(key)
            guard !known.contains(key) else { continue }
            let recipients = entry.recipients.filter { $0.state == .quarantined }
            let words = recipients.first?.lastReply ?? "refused"
            await MessageAlert.raiseQuarantined(entry.message, recipients, words: words, to: context.alerts)
        }
        return keys
    }

    private func raiseFromInternet(
        _ entries: [QueueEntry],
        _ known: Set<String>,
        _ context: LaneContext
    ) async -> Set<String> {
        guard let first = entries.first else { return [] }
        let key = MessageAlert.internetQuarantineKey
        if !known.contains(key) {
            let count = entries.count < Self.internetLimit ? "\(entries.count)" : "at least \(entries.count)"
            await MessageAlert.raiseQuarantined(key, count, first: first, to: context.alerts)
        }
        return [key]
    }
}
