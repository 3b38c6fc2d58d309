// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import Synchronization

/// Turns what agents report into an entry of the store, an error in the log and a mail to the postmaster, once when it begins and
/// once when it ends.
final class GatewayAlerts: AlertReporting {
    private let store: any AlertStore
    private let clock: any WallClock
    private let wake: @Sendable (Route) -> Void
    private let logger: Logger
    private let sender: Mutex<Sender>
    /// What is known to be open or not, so that a report on the hot path costs no transaction.
    private let known = Mutex<[String: Bool]>([:])

    /// Who writes the notices, and to whom.
    struct Sender: Hashable, Sendable {
        var hostname: String
        var postmaster: AddrSpec
    }

    init(
        store: any AlertStore,
        sender: Sender,
        clock: any WallClock,
        wake: @escaping @Sendable (Route) -> Void,
        logger: Logger
    ) {
        self.store = store
        self.sender = Mutex(sender)
        self.clock = clock
        self.wake = wake
        self.logger = logger
    }

    func update(_ newSender: Sender) {
        sender.withLock { $0 = newSender }
    }

    func raise(key: String, summary: String, affects: String, remedy: String) async {
        guard known.withLock({ $0.updateValue(true, forKey: key) }) != true else { return }
        let alert = Alert(key: key, since: clock.now(), summary: summary, affects: affects, remedy: remedy)
        do throws(QueueError) {
            let notice = Self.notice(.began, alert, from: sender.withLock { $0 }, at: alert.since)
            guard try await store.raise(alert, notice: notice) else { return }
            logger.error(
                "alert begins",
                metadata: [
                    "alert": "\(key)", "error": "\(summary)", "affects": "\(affects)", "remedy": "\(remedy)",
                    "notice": "\(notice.message.id)",
                ]
            )
            wake(.exchange)
        } catch {
            forget(key)
            logger.error("alert could not be stored", metadata: ["alert": "\(key)", "error": "\(summary); \(error)"])
        }
    }

    func clear(key: String) async {
        guard known.withLock({ $0.updateValue(false, forKey: key) }) != false else { return }
        let (sender, now) = (sender.withLock { $0 }, clock.now())
        do throws(QueueError) {
            let notice = QueueID(arrival: now)
            let ended = try await store.clear(key: key) { alert in
                Self.notice(.ended, alert, from: sender, at: now, notice)
            }
            guard let ended else { return }
            logger.notice(
                "alert ends",
                metadata: [
                    "alert": "\(key)", "since": "\(MailDate.formatISO8601(ended.since))", "notice": "\(notice)",
                ]
            )
            wake(.exchange)
        } catch {
            forget(key)
            logger.error("end of an alert could not be stored", metadata: ["alert": "\(key)", "error": "\(error)"])
        }
    }

    private static func notice(
        _ event: PostmasterNotice.Event,
        _ alert: Alert,
        from sender: Sender,
        at moment: Timestamp,
        _ id: QueueID? = nil
    ) -> Arrival {
        PostmasterNotice(
            event,
            of: alert,
            hostname: sender.hostname,
            postmaster: sender.postmaster,
            now: moment,
            id: id
        )
        .arrival(route: .exchange)
    }

    private func forget(_ key: String) {
        known.withLock { _ = $0.removeValue(forKey: key) }
    }
}
