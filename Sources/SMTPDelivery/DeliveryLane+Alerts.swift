// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import SASLMechanisms
import Synchronization

extension DeliveryLane {
    private var downKey: String { "lane:\(route):down" }

    private var loginKey: String {
        switch route {
        case .exchange: "exchange:login"
        case .internet: "internet:relay:login"
        case .account(let address): "account:\(address):login"
        }
    }

    private var missingKey: String {
        switch route {
        case .exchange: "exchange:servers"
        case .internet: "internet:relay"
        case .account(let address): "account:\(address):missing"
        }
    }

    private var affected: String {
        switch route {
        case .exchange: "All mail for Exchange: it waits in the queue."
        case .internet: "All mail for the Internet that is not an account's: it waits in the queue."
        case .account(let address): "Mail sent as \(address): it waits in the queue."
        }
    }

    func reportLoginRefused(_ words: String) async {
        let remedy = state.withLock { state in
            state.mayHaveAlerts = true
            return state.target?.login?.remedy ?? "Correct the login, then run: ceralacca reload."
        }
        await context.alerts.raise(
            key: loginKey,
            summary: "The login was refused twice: \(words)",
            affects: affected,
            remedy: "\(remedy) The gateway tries by itself only after 15 minutes to 2 hours."
        )
    }

    func reportMissingTarget(_ reason: String) async {
        state.withLock { $0.mayHaveAlerts = true }
        await context.alerts.raise(
            key: missingKey,
            summary: "Mail waits, because \(reason).",
            affects: affected,
            remedy: "Add it to the configuration and run: ceralacca reload."
        )
    }

    /// What to do about a lane that only the DNS closes.
    private static let nameServers =
        "See what ceralacca check --connect says of dns. Servers that do not answer, or that break DNSSEC: name others in dns.servers "
        + "(or give up validation, and DANE with it, by dns.trust_anchor: none), then ceralacca reload."

    /// Tells a person once of a lane that has been down for long enough.
    func reportDown(_ now: Timestamp, _ tuning: DeliveryTuning) async {
        let report = state.withLock { state -> (since: Timestamp, reason: String, remedy: String)? in
            guard let since = state.gate.downSince, now - since >= tuning.downAlert, !state.isDownAlertRaised,
                state.breaker.state != .refused
            else { return nil }
            state.isDownAlertRaised = true
            state.mayHaveAlerts = true
            let isByMX = state.target?.isByMX ?? false
            return (since, state.gate.reason, isByMX ? Self.nameServers : "Check the server and the network between.")
        }
        guard let report else { return }
        await context.alerts.raise(
            key: downKey,
            summary: "No server of the route \(route) can be used since \(MailDate.formatISO8601(report.since)): "
                + report.reason,
            affects: affected,
            remedy: "\(report.remedy) The gateway tries again by itself and says when it works."
        )
    }

    /// What the route lacked is configured now.
    func clearMissingTarget() async {
        await context.alerts.clear(key: missingKey)
    }

    /// The lane works: what was reported of it has ended.
    func clearAlerts() async {
        await context.alerts.clear(key: downKey)
        await context.alerts.clear(key: loginKey)
        await context.alerts.clear(key: missingKey)
    }

    /// Alerts about single messages, once their outcome is written.
    func raiseAlerts(_ outcomes: [JudgedRecipient], _ message: QueuedMessage, _ facts: AttemptFacts) async {
        let quarantined = outcomes.filter { $0.judgement.outcome == .quarantined }
        if let first = quarantined.first {
            if let key = context.watch.sharedKey(of: message.origin) {
                context.watch.noteQuarantined(key)
            } else {
                await MessageAlert.raiseQuarantined(
                    message,
                    quarantined.map(\.recipient),
                    words: first.judgement.words,
                    to: context.alerts
                )
            }
        }
        let uncertain = outcomes.filter { $0.judgement.outcome == .uncertain }
        if let first = uncertain.first {
            await MessageAlert.raiseUncertain(
                message,
                uncertain.map(\.recipient),
                words: "\(facts.server): \(first.judgement.words)",
                to: context.alerts
            )
        }
    }
}

/// The words of alerts about one message.
enum MessageAlert {
    static func quarantineKey(_ id: QueueID) -> String { "quarantine:\(id)" }
    static func uncertainKey(_ id: QueueID) -> String { "uncertain:\(id)" }
    /// One for all messages from the Internet: who sends them must not fill the postmaster's mailbox.
    static let internetQuarantineKey = "quarantine:internet"

    /// Likewise for the copies that providers forward.
    static let providerQuarantineKey = "quarantine:provider"

    /// Likewise for an account of ordinary mail.
    static func quarantineKey(ofAccount address: String) -> String { "quarantine:account:\(address)" }

    static func isAboutMessages(_ key: String) -> Bool {
        key.hasPrefix("quarantine:") || key.hasPrefix("uncertain:")
    }

    static func raiseQuarantined(
        _ message: QueuedMessage,
        _ recipients: [QueuedRecipient],
        words: String,
        to alerts: any AlertReporting
    ) async {
        await alerts.raise(
            key: quarantineKey(message.id),
            summary:
                "Message \(message.id) (\(describe(message))) was refused for good and is in the quarantine: \(words)",
            affects: "Recipients: \(list(recipients)).",
            remedy:
                "Look: ceralacca quarantine show \(message.id). Then: ceralacca quarantine release \(message.id), or "
                + "ceralacca quarantine delete \(message.id)."
        )
    }

    /// The alert that the messages of the Internet, of providers, or of an ordinary account, share.
    static func raiseQuarantined(
        _ key: String,
        _ count: String,
        first: QueueEntry,
        to alerts: any AlertReporting
    ) async {
        let words = first.recipients.first { $0.state == .quarantined }?.lastReply ?? "refused"
        let whose =
            switch first.message.origin {
            case .account(let address): "of \(address)"
            case .provider: "that providers forwarded"
            case .internet, .exchange, .notice: "from the Internet"
            }
        await alerts.raise(
            key: key,
            summary:
                "Messages \(whose) were refused for good and are in the quarantine, \(count) so far; the oldest is "
                + "\(first.message.id) (\(describe(first.message))): \(words)",
            affects: "These messages; their senders are not told. More of them do not raise another alert.",
            remedy:
                "Look: ceralacca quarantine list. Then, for each: ceralacca quarantine release ID, or "
                + "ceralacca quarantine delete ID."
        )
    }

    static func raiseUncertain(
        _ message: QueuedMessage,
        _ recipients: [QueuedRecipient],
        words: String,
        to alerts: any AlertReporting
    ) async {
        await alerts.raise(
            key: uncertainKey(message.id),
            summary:
                "Nobody knows whether the provider took the certified message \(message.id) (\(describe(message))): \(words)",
            affects: "Recipients: \(list(recipients)). The message is not sent again by itself.",
            remedy:
                "Look: ceralacca pec show \(message.id), and in the provider's web mail for its receipt of acceptance. A receipt "
                + "that comes settles it by itself. If the provider took it: ceralacca pec settle \(message.id). If not: "
                + "ceralacca pec resend \(message.id)."
        )
    }

    static func describe(_ message: QueuedMessage) -> String {
        "from \(message.headerFrom ?? "\(message.reversePath)"), subject \(message.subject ?? "-")"
    }

    static func list(_ recipients: [QueuedRecipient]) -> String {
        let names = recipients.prefix(10).map(\.recipient.forwardPath.description).joined(separator: ", ")
        return recipients.count > 10 ? "\(names) and \(recipients.count - 10) more" : names
    }
}
