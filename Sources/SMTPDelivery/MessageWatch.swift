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
    /// Messages with alerts of their own that are looked at; beyond it alerts neither begin nor end, and nobody reads them any more.
    private let limit: Int
    /// An alert that many messages share gives their number up to here.
    private static let sharedLimit = 100

    private struct State {
        var next: Timestamp?
        var known: Set<String> = []
        /// Accounts of ordinary mail in comparison form, each with one alert for all its messages.
        var ordinary: Set<String> = []
    }

    private let state = Mutex(State())

    /// A watch that has seen nothing yet.
    init(limit: Int = 5000) { self.limit = limit }

    /// Takes over which accounts are of ordinary mail.
    func update(_ settings: DeliverySettings) {
        let ordinary = settings.accounts.filter { !$0.value.isCertified }.keys
        state.withLock { $0.ordinary = Set(ordinary) }
    }

    /// The alert that a quarantined message from `origin` shares with others: whoever writes to the company, to an ordinary account, or to a box
    /// of which a provider forwards copies, must not fill the postmaster's mailbox. nil where each has its own, as retrieved certified mail.
    func sharedKey(of origin: MessageOrigin) -> String? {
        switch origin {
        case .internet: MessageAlert.internetQuarantineKey
        case .provider: MessageAlert.providerQuarantineKey
        case .account(let address):
            state.withLock { $0.ordinary.contains(address) } ? MessageAlert.quarantineKey(ofAccount: address) : nil
        case .exchange, .notice: nil
        }
    }

    /// The ways in whose quarantined messages share an alert.
    private var sharing: Set<MessageOrigin> {
        Set(state.withLock { $0.ordinary }.map { .account($0) }).union([.internet, .provider])
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
            let uncertain = try await context.store.list(.state(.uncertain), limit: limit)
            let sharing = sharing
            let quarantined = try await context.store.list(.quarantinedApart(from: sharing), limit: limit)
            var waiting = await raiseUncertain(uncertain, known, context)
            waiting.formUnion(await raiseQuarantined(quarantined, known, context))
            for origin in sharing {
                let entries = try await context.store.list(.quarantined(from: [origin]), limit: Self.sharedLimit)
                if let key = await raiseShared(origin, entries, known, context) { waiting.insert(key) }
            }
            let isWhole = uncertain.count < limit && quarantined.count < limit
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
        for entry in entries {
            let key = MessageAlert.quarantineKey(entry.message.id)
            keys.insert(key)
            guard !known.contains(key) else { continue }
            let recipients = entry.recipients.filter { $0.state == .quarantined }
            let words = recipients.first?.lastReply ?? "refused"
            await MessageAlert.raiseQuarantined(entry.message, recipients, words: words, to: context.alerts)
        }
        return keys
    }

    /// - Returns: the key of the alert that is to be open; nil when there is nothing of that origin.
    private func raiseShared(
        _ origin: MessageOrigin,
        _ entries: [QueueEntry],
        _ known: Set<String>,
        _ context: LaneContext
    ) async -> String? {
        guard let first = entries.first, let key = sharedKey(of: origin) else { return nil }
        if !known.contains(key) {
            let count = entries.count < Self.sharedLimit ? "\(entries.count)" : "at least \(entries.count)"
            await MessageAlert.raiseQuarantined(key, count, first: first, to: context.alerts)
        }
        return key
    }
}
