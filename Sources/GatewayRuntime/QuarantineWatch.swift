// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Logging
import MailModel
import MailQueue

/// Tells the readers of certified accounts what scanners hold back, once a message, and removes from the quarantine what came from the Internet
/// and had its time. Nothing is remembered here: what is due follows from the store and the clock.
struct QuarantineWatch: Sendable {
    let store: any QueueStore & QuarantineStore
    let clock: any WallClock
    let wake: @Sendable (Route) -> Void
    let logger: Logger

    /// Who is written in the log for what goes by itself.
    static let person = "quarantine.keep"
    private static let batch = 200

    /// One round.
    func round(_ configuration: Configuration) async {
        await tell(configuration)
        await expire(configuration.quarantine)
    }

    private func tell(_ configuration: Configuration) async {
        let certified = Set(
            configuration.accounts.filter(\.provider.isCertified).map(\.address.comparisonKey)
        )
        do throws(QueueError) {
            for entry in try await store.quarantineUntold(limit: Self.batch) {
                let now = clock.now()
                let isCertified =
                    switch entry.message.origin {
                    case .account(let address): certified.contains(address)
                    case .provider: true
                    case .exchange, .internet, .notice: false
                    }
                let notice = QuarantineNotice(
                    entry,
                    hostname: configuration.hostname,
                    postmaster: configuration.postmaster,
                    now: now
                )
                // Of other mail the postmaster alone is told, by an alert.
                let arrival = isCertified ? notice.arrival() : nil
                try await store.noteQuarantineTold(entry.message.id, notice: arrival, now: now)
                guard arrival != nil else { continue }
                logger.notice(
                    "readers told that a message is in the quarantine",
                    metadata: ["queueID": "\(entry.message.id)", "notice": "\(notice.id)"]
                )
                wake(.exchange)
            }
        } catch {
            logger.error("readers could not be told of the quarantine", metadata: ["error": "\(error)"])
        }
    }

    /// Certified and retrieved mail stays until a person decides: nobody else has it, or its provider would keep it for ever.
    private func expire(_ quarantine: QuarantineConfiguration) async {
        guard let keep = quarantine.keep else { return }
        do throws(QueueError) {
            let now = clock.now()
            let expired = try await store.quarantineExpired(from: .internet, before: now - keep, limit: Self.batch)
            for id in expired {
                _ = try await store.apply(.delete, to: id, now: now, by: Self.person)
                logger.notice("message of the quarantine removed: its time is over", metadata: ["queueID": "\(id)"])
            }
        } catch {
            logger.error("what had its time could not be removed from the quarantine", metadata: ["error": "\(error)"])
        }
    }
}
