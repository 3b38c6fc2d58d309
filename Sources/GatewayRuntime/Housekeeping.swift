// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import MailTransport
import NIOSSL

/// What the gateway does for itself from time to time: forgets what ended long ago, and looks for what will go wrong.
struct Housekeeping: Sendable {
    /// How long before a certificate's end the alert begins.
    static let certificateNotice = Duration.seconds(14 * 86400)

    let store: any QueueStore & AlertStore
    let alerts: any AlertReporting
    let clock: any WallClock
    let logger: Logger
    /// Octets of mail from the Internet that the quarantine holds before its listeners refuse more.
    var quarantineOctets = InternetQuarantine.maximumOctets

    /// One round: each minute room and the alerts' subjects, each hour (`isHourly`) the rest.
    func round(_ configuration: Configuration, isHourly: Bool) async {
        await watchRoom(configuration.state)
        await watchQuarantine()
        await endAlerts(configuration)
        guard isHourly else { return }
        await watch(certificates: configuration.ownCertificates)
        do throws(QueueError) {
            let now = clock.now()
            try await store.purge(endedBefore: now - configuration.queue.history, now: now)
        } catch {
            logger.error("what ended long ago could not be removed", metadata: ["error": "\(error)"])
        }
    }

    /// After a change of the configuration: renewed certificates and what has left it end their alerts at once.
    func reviewAlerts(_ configuration: Configuration) async {
        await endAlerts(configuration)
        await watch(certificates: configuration.ownCertificates)
    }

    /// Ends the alerts whose subject is not configured any more; nobody else would.
    private func endAlerts(_ configuration: Configuration) async {
        let subjects = AlertSubjects(configuration)
        do throws(QueueError) {
            var waiting: [Route: Timestamp]?
            for key in try await store.openAlerts().map(\.key) {
                switch subjects.standing(of: key) {
                case .kept: continue
                case .ended: await alerts.clear(key: key)
                case .whileMailWaits(let route):
                    let routes = if let waiting { waiting } else { try await store.nextAttempts(now: clock.now()) }
                    waiting = routes
                    if routes[route] == nil { await alerts.clear(key: key) }
                }
            }
        } catch {
            logger.error("the open alerts could not be reviewed", metadata: ["error": "\(error)"])
        }
    }

    func watchQuarantine() async {
        do throws(QueueError) {
            let octets = try await store.quarantinedOctets(from: .internet)
            guard octets > quarantineOctets else { return await alerts.clear(key: "store:quarantine") }
            await alerts.raise(
                key: "store:quarantine",
                summary:
                    "mail from the Internet in the quarantine has more than \(ByteCount(octets: quarantineOctets))",
                affects:
                    "new mail on the internet listeners is refused with 452, its senders keep it; other mail goes on",
                remedy:
                    "Look: ceralacca quarantine list. Then, for each: ceralacca quarantine release ID, or "
                    + "ceralacca quarantine delete ID."
            )
        } catch {
            logger.error("the quarantine cannot be measured", metadata: ["error": "\(error)"])
        }
    }

    func watchRoom(_ state: String) async {
        do throws(QueueError) {
            try await store.checkRoom(for: 0)
            await alerts.clear(key: "store:room")
        } catch {
            guard error.code == .full else {
                return logger.error("the state directory cannot be examined", metadata: ["error": "\(error)"])
            }
            await alerts.raise(
                key: "store:room",
                summary: "the disk is nearly full: \(error.message)",
                affects: "new mail is refused with 452 until there is room; senders and providers keep it",
                remedy:
                    "Free space in the file system of \(state), but delete nothing under it: spool and queue.sqlite* are the mail."
            )
        }
    }

    private func watch(certificates: [String]) async {
        for path in certificates {
            do {
                guard let leaf = try NIOSSLCertificate.fromPEMFile(path).first else { continue }
                let end = Timestamp(milliseconds: Int64(leaf.notValidAfter) * 1000)
                guard end - clock.now() < Self.certificateNotice else {
                    await alerts.clear(key: "certificate:\(path)")
                    continue
                }
                await alerts.raise(
                    key: "certificate:\(path)",
                    summary: "the certificate in \(path) ends on \(MailDate.format(end))",
                    affects: "who verifies it will not send to the gateway any more, or not take its mail",
                    remedy: "Renew the file, then run `ceralacca reload`."
                )
            } catch {
                logger.error(
                    "a certificate of the gateway cannot be read",
                    metadata: ["path": "\(path)", "error": "\(TLSWords.text(error))"]
                )
            }
        }
    }
}

extension Configuration {
    /// The files of the certificates that the gateway shows: the listeners', and the one for Exchange.
    var ownCertificates: [String] {
        listeners.compactMap { $0.tls?.certificate } + [exchange.identity?.certificate].compactMap { $0 }
    }
}
