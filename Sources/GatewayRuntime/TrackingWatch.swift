// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import GatewayConfiguration
import Logging
import MailModel
import MailQueue

import struct NIOCore.ByteBuffer

/// Looks for what is late of certified messages and for receipts that are not believed, and tells the senders of those messages of which
/// nobody knows whether they were sent.
struct TrackingWatch: Sendable {
    /// How long a receipt that is not believed keeps its alert open.
    static let memory = Duration.seconds(86_400)

    /// What can be wrong with the receipts of an account.
    enum Sort: String, CaseIterable {
        case acceptance = "acceptance-overdue"
        case delivery = "delivery-overdue"
        case disbelieved = "receipts-disbelieved"

        /// The key of its alert.
        func key(_ account: String) -> String { "account:\(account):\(rawValue)" }
    }

    let store: any QueueStore & TrackingStore
    let alerts: any AlertReporting
    let clock: any WallClock
    let wake: @Sendable (Route) -> Void
    let logger: Logger

    /// One round.
    func round(_ configuration: Configuration) async {
        await watchOverdue(configuration)
        await watchDisbelieved(configuration)
        await tellUncertain(configuration)
        await tellRefused(configuration)
    }

    // MARK: Overdue

    func watchOverdue(_ configuration: Configuration) async {
        let (tracking, now) = (configuration.tracking, clock.now())
        do throws(QueueError) {
            let late = try await store.overdue(
                createdAfter: now - OverdueSubmissions.patience,
                submittedBefore: now - tracking.acceptanceOverdue,
                acceptedBefore: now - tracking.deliveryOverdue
            )
            for account in configuration.accounts {
                let key = account.address.comparisonKey
                let figures = late.first { $0.account == key }
                await report(.acceptance, key, figures?.acceptances, figures?.oldestAcceptance, tracking)
                await report(.delivery, key, figures?.deliveries, figures?.oldestDelivery, tracking)
            }
        } catch {
            logger.error("what is overdue could not be asked for", metadata: ["error": "\(error)"])
        }
    }

    private func report(
        _ sort: Sort,
        _ account: String,
        _ count: Int?,
        _ oldest: QueueID?,
        _ tracking: TrackingConfiguration
    ) async {
        guard let count, count > 0 else { return await alerts.clear(key: sort.key(account)) }
        let messages = count == 1 ? "1 certified message" : "\(count) certified messages"
        let name = oldest.map { "\($0)" } ?? "not known"
        let show = oldest.map { "ceralacca pec show \($0)" } ?? "ceralacca pec list --account \(account)"
        switch sort {
        case .disbelieved: return
        case .acceptance:
            await alerts.raise(
                key: sort.key(account),
                summary:
                    "the provider took \(messages) of \(account) and has sent no receipt of acceptance for \(words(tracking.acceptanceOverdue)); the oldest is \(name)",
                affects: "These messages may have no legal effect; their senders are not told by anybody else.",
                remedy:
                    "Look: \(show). Is the account fetched (ceralacca account status \(account))? Is the receipt in the provider's web "
                    + "mail, or moved there by a rule? Else ask the provider. The alert ends when the receipts are here."
            )
        case .delivery:
            await alerts.raise(
                key: sort.key(account),
                summary:
                    "\(messages) of \(account) were accepted more than \(words(tracking.deliveryOverdue)) ago and are neither delivered nor failed; the oldest is \(name)",
                affects:
                    "Their senders do not know whether they arrived; the law gives the provider 24 hours to say so.",
                remedy:
                    "Look: \(show). Is the receipt in the provider's web mail? Else ask the provider, with the identifier that pec show "
                    + "names. The alert ends when the receipts are here."
            )
        }
    }

    // MARK: Disbelieved

    /// A receipt that names one of our messages and is not believed was forged, or its provider's authority is not known here. The alert
    /// ends a day after the last one.
    func watchDisbelieved(_ configuration: Configuration) async {
        do throws(QueueError) {
            for account in configuration.accounts {
                let key = account.address.comparisonKey
                let found = try await store.disbelievedReceipts(account: key, since: clock.now() - Self.memory)
                guard let found, let message = found.last.message else {
                    await alerts.clear(key: Sort.disbelieved.key(key))
                    continue
                }
                await raiseDisbelieved(found.last, about: message, count: found.count, account: key)
            }
        } catch {
            logger.error("receipts that are not believed could not be asked for", metadata: ["error": "\(error)"])
        }
    }

    private func raiseDisbelieved(_ last: StoredReceipt, about message: QueueID, count: Int, account: String) async {
        let receipts = count == 1 ? "1 receipt" : "\(count) receipts"
        await alerts.raise(
            key: Sort.disbelieved.key(account),
            summary:
                "\(receipts) in the box of \(account) within a day, about messages sent from here, not believed; the last is \(last.id) about \(message), \(last.effect)",
            affects:
                "No state was moved by them. They went to the account's readers like any receipt, with believed=no in their field X-Ceralacca-PEC.",
            remedy:
                "Look: ceralacca pec show \(message). Forged: warn the readers, and tell the provider. True, of a provider that is not known "
                + "here: certified.trust or certified.provider_domains. The alert ends a day after the last one."
        )
    }

    private func words(_ duration: Duration) -> String {
        let minutes = duration.components.seconds / 60
        return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes) min"
    }

    // MARK: Uncertain

    /// Tells the senders once; the postmaster has been told by the alert about the message.
    func tellUncertain(_ configuration: Configuration) async {
        let now = clock.now()
        do throws(QueueError) {
            for message in try await store.uncertainUntold(since: now - configuration.tracking.uncertainAfter) {
                let notice = UncertainNotice(
                    message,
                    hostname: configuration.hostname,
                    postmaster: configuration.postmaster,
                    now: now
                )
                let arrival = notice.arrival()
                try await store.noteUncertainTold(message.id, notice: arrival, now: now)
                logger.notice(
                    "senders told that a message is uncertain",
                    metadata: [
                        "queueID": "\(message.id)",
                        "notice": "\(arrival == nil ? "none: no sender is known" : "\(notice.id)")",
                        "account": "\(message.account)",
                    ]
                )
                if arrival != nil { wake(.exchange) }
            }
        } catch {
            logger.error("senders could not be told of uncertain messages", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Refused after all

    /// Sends the senders of what was uncertain the report of its failure, when the provider's notice has proved it.
    func tellRefused(_ configuration: Configuration) async {
        do throws(QueueError) {
            for refusal in try await store.refusalsUntold() {
                let report = try await report(refusal, configuration)
                try await store.noteRefusalTold(refusal, report: report)
                logger.notice(
                    "report queued",
                    metadata: [
                        "queueID": "\(report.map { "\($0.message.id)" } ?? "none: nobody asks for it")",
                        "about": "\(refusal.id)", "report": "failed",
                    ]
                )
                if report != nil { wake(.exchange) }
            }
        } catch {
            logger.error("senders could not be told of refused messages", metadata: ["error": "\(error)"])
        }
    }

    /// The report of a failure; nil when nobody is to have one.
    private func report(_ refusal: UntoldRefusal, _ configuration: Configuration) async throws(QueueError) -> Arrival? {
        guard let entry = try await store.entry(refusal.id) else { return nil }
        let tracked = try await store.tracked(refusal.id)?.message.recipients ?? []
        let due = entry.recipients.filter { recipient in
            refusal.numbers.contains(recipient.number)
                && DeliveryReport.isDue(.failed, of: entry.message, to: recipient.recipient)
        }
        guard !due.isEmpty else { return nil }
        let recipients = due.map { recipient in
            let detail = tracked.first { $0.number == recipient.number }?.detail
            let words = detail ?? recipient.lastReply ?? ""
            return ReportedRecipient(
                recipient.recipient,
                explanation:
                    "avviso di non accettazione del gestore / the provider's notice of non-acceptance: \(words)"
            )
        }
        let report = DeliveryReport(
            .failed,
            of: entry.message,
            recipients: recipients,
            original: try await beginning(of: entry.message),
            hostname: configuration.hostname,
            postmaster: configuration.postmaster,
            now: clock.now()
        )
        return report.arrival(route: .exchange)
    }

    private func beginning(of message: QueuedMessage) async throws(QueueError) -> ByteBuffer {
        let count = DeliveryReport.octetsNeeded(.failed, of: message)
        var octets = ByteBuffer()
        let reader = try await store.readBody(message.id)
        do throws(QueueError) {
            while octets.readableBytes < count, let piece = try await reader.read(upTo: count - octets.readableBytes) {
                octets.writeImmutableBuffer(piece)
            }
            await reader.close()
        } catch {
            await reader.close()
            throw error
        }
        return octets
    }
}
