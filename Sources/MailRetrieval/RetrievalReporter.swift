// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import SASLMechanisms

/// Tells log, ledger and alerts how a fetch ended.
struct RetrievalReporter {
    let account: RetrievalAccount
    let ledger: any AccountLedger
    let alerts: any AlertReporting
    let clock: any WallClock
    let logger: Logger

    /// Reports one outcome.
    /// - Returns: the pause before the next fetch.
    func report(
        _ outcome: Result<FetchReport, RetrievalFailure>,
        every: Duration,
        took: Duration,
        _ schedule: inout AccountSchedule
    ) async -> Duration {
        let now = clock.now()
        let decision: (pause: Duration, notices: [AccountSchedule.Notice])
        switch outcome {
        case .success(let report):
            decision = schedule.fetched(report, every: every, now: now)
            log(report, took)
            await record(
                .fetched(
                    at: now,
                    messages: report.messages,
                    octets: report.octets,
                    inMaildrop: report.inMaildrop,
                    leftBehind: report.leftBehind
                )
            )
        case .failure(let failure):
            decision = schedule.failed(failure, now: now)
            guard failure.kind != .cancelled else { return decision.pause }
            logger.warning(
                "fetch failed",
                metadata: [
                    "account": "\(account.key)", "error": "\(failure)", "kind": "\(failure.kind.rawValue)",
                    "retryAfter": "\(decision.pause)",
                ]
            )
            await record(.fetchFailed(at: now, error: failure.message))
        }
        for notice in decision.notices { await tell(notice, outcome, schedule.failingSince) }
        return decision.pause
    }

    private func log(_ report: FetchReport, _ took: Duration) {
        let isQuiet = report.messages == 0 && report.deleted == 0 && report.renamed == 0 && report.refused == 0
        logger.log(
            level: isQuiet ? .debug : .info,
            "maildrop fetched",
            metadata: [
                "account": "\(account.key)", "messages": "\(report.messages)", "octets": "\(report.octets)",
                "deleted": "\(report.deleted)", "inMaildrop": "\(report.inMaildrop)", "renamed": "\(report.renamed)",
                "refused": "\(report.refused)", "waiting": "\(report.unsettled)",
                "milliseconds": "\(took.wholeMilliseconds)",
            ]
        )
    }

    private func record(_ event: AccountEvent) async {
        do throws(QueueError) {
            try await ledger.record(event, account: account.key)
        } catch {
            logger.warning("standing not recorded", metadata: ["account": "\(account.key)", "error": "\(error)"])
        }
    }

    private func tell(
        _ notice: AccountSchedule.Notice,
        _ outcome: Result<FetchReport, RetrievalFailure>,
        _ since: Timestamp?
    ) async {
        switch notice {
        case .clear(.login):
            // Of an account whose protocol was changed the alert of the other one may stand.
            for name in ["pop3", "imap"] { await alerts.clear(key: loginKey(name)) }
        case .clear(let topic): await alerts.clear(key: key(topic))
        case .raise(let topic, let words):
            await alerts.raise(
                key: key(topic),
                summary: summary(topic, words, since),
                affects: affects(topic),
                remedy: remedy(topic, outcome)
            )
        }
    }

    private func key(_ topic: AccountSchedule.Topic) -> String {
        topic == .login
            ? loginKey(account.usesIMAP ? "imap" : "pop3") : "account:\(account.key):\(topic.rawValue)"
    }

    private func loginKey(_ name: String) -> String { "account:\(account.key):login-\(name)" }

    private func summary(_ topic: AccountSchedule.Topic, _ words: String, _ since: Timestamp?) -> String {
        switch topic {
        case .login: "\(account.endpoint) refuses the login of \(account.key): \(words)"
        case .fetch:
            "\(account.key) could not be fetched"
                + (since.map { " since \(MailDate.formatISO8601($0))" } ?? "") + ": \(words)"
        case .messages: "messages of \(account.key) stay at \(account.endpoint.host): \(words)"
        case .mailbox: "The mailbox of \(account.key) is full or nearly so, as \(account.endpoint.host) says: \(words)"
        case .folder: "a folder of \(account.key) is not fetched from \(account.endpoint.host): \(words)"
        case .deletion:
            "delivered messages of \(account.key) could not be \(removed) at \(account.endpoint.host): \(words)"
        }
    }

    private var removed: String { account.moveTo.map { "moved to \($0)" } ?? "deleted" }

    private func affects(_ topic: AccountSchedule.Topic) -> String {
        switch topic {
        case .login, .fetch:
            "New mail for \(account.key) stays at the provider; nothing is lost. Other accounts are not affected."
        case .messages: "These messages stay at the provider; all others of \(account.key) are fetched."
        case .mailbox: "The provider may refuse new mail for \(account.key)."
        case .folder: "Its mail stays at the provider; the other folders of \(account.key) are fetched."
        case .deletion: "They stay at the provider, which may become full. They are here and are not fetched again."
        }
    }

    private func remedy(
        _ topic: AccountSchedule.Topic,
        _ outcome: Result<FetchReport, RetrievalFailure>
    ) -> String {
        if case .failure(let failure) = outcome, !failure.remedy.isEmpty { return failure.remedy }
        switch topic {
        case .login: return account.login.remedy
        case .fetch:
            return "Check the network and the provider's service page, then run: ceralacca account fetch \(account.key)"
        case .messages:
            return
                "Look at them in the provider's web mail; the log names each, as refused by the provider or as not scanned."
        case .folder:
            return "Make the folder in the provider's web mail, or correct fetch.folders, then run: ceralacca reload."
        case .deletion:
            return
                "Look into the mailbox with the provider's web mail; deletions and moves are tried again with each fetch."
        case .mailbox:
            return "Delete mail at the provider or buy room; with keep: 0d delivered mail is deleted by itself."
        }
    }
}
