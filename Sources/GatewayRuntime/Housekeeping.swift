// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import MailModel
import MailQueue
import NIOSSL

/// What the gateway does for itself from time to time: forgets what ended long ago, and looks for what will go wrong.
struct Housekeeping: Sendable {
    /// How long before a certificate's end the alert begins.
    static let certificateNotice = Duration.seconds(14 * 86400)

    let store: any QueueStore
    let alerts: any AlertReporting
    let clock: any WallClock
    let logger: Logger

    /// One round: each minute room, each hour (`isHourly`) the rest.
    func round(history: Duration, certificates: [String], isHourly: Bool) async {
        await watchRoom()
        guard isHourly else { return }
        await watch(certificates: certificates)
        do throws(QueueError) {
            try await store.purge(endedBefore: clock.now() - history, now: clock.now())
        } catch {
            logger.error("what ended long ago could not be removed", metadata: ["error": "\(error)"])
        }
    }

    private func watchRoom() async {
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
                remedy: "Free space in the file system of the state directory."
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
                    affects: "clients that verify the listener will not send any more",
                    remedy: "Renew the file, then run `ceralacca reload`."
                )
            } catch {
                logger.error(
                    "a listener's certificate cannot be read",
                    metadata: ["path": "\(path)", "error": "\(error)"]
                )
            }
        }
    }
}
