// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import ContentScanning
import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import NIOCore

/// Tells people what scanners hold back, and removes from the quarantine what came from the Internet and had its time.
///
/// The readers of certified accounts are told of each message at once, of the Internet's mail a digest tells once a day. Nothing is
/// remembered here: what is due follows from the store and the clock.
struct QuarantineWatch: Sendable {
    let store: any QueueStore & QuarantineStore
    let clock: any WallClock
    let day: LocalDay
    let wake: @Sendable (Route) -> Void
    let logger: Logger

    /// Who is written in the log for what goes by itself.
    static let person = "quarantine.keep"
    private static let batch = 200
    /// Messages from the Internet that one commit tells of.
    var digestBatch = 2000

    /// One round.
    func round(_ configuration: Configuration) async {
        await tell(configuration)
        await digest(configuration)
        await expire(configuration.quarantine)
    }

    private func tell(_ configuration: Configuration) async {
        let certified = Set(
            configuration.accounts.filter(\.provider.isCertified).map(\.address.comparisonKey)
        )
        do throws(QueueError) {
            let now = clock.now()
            let untold = try await store.quarantineUntold(
                isFromInternet: false,
                before: now + .seconds(60),
                limit: Self.batch
            )
            for entry in untold {
                let isCertified =
                    switch entry.message.origin {
                    case .account(let address): certified.contains(address)
                    case .provider: Self.accounts(entry).contains(where: certified.contains)
                    case .exchange, .internet, .notice: false
                    }
                let notice = QuarantineNotice(
                    entry,
                    isCertified: isCertified,
                    hostname: configuration.hostname,
                    postmaster: configuration.postmaster,
                    now: now
                )
                // Of other mail the postmaster alone is told, by an alert; but nobody else knows of what no scanner could judge.
                let arrival = isCertified || Self.isUnjudged(entry) ? notice.arrival() : nil
                try await store.noteQuarantineTold([entry.message.id], notices: arrival.map { [$0] } ?? [], now: now)
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

    private static func isUnjudged(_ entry: QueueEntry) -> Bool {
        guard case .account = entry.message.origin else { return false }
        return entry.recipients.contains {
            $0.state == .quarantined && $0.lastReply?.hasPrefix(ScanVerdict.unjudged) == true
        }
    }

    /// The accounts, by their addresses in comparison form, for which a provider forwarded the message, as its topmost fields say.
    private static func accounts(_ entry: QueueEntry) -> [String] {
        HeaderSection(ByteBuffer(string: entry.message.trace)).all("X-Ceralacca-Account")
            .compactMap { AddrSpec($0)?.comparisonKey }
    }

    /// Tells of what came from the Internet before the last moment of the day's digest; a gateway that did not run then makes it up.
    private func digest(_ configuration: Configuration) async {
        let now = clock.now()
        do throws(QueueError) {
            while !Task.isCancelled {
                let due = try await store.quarantineUntold(
                    isFromInternet: true,
                    before: day.last(configuration.tracking.digestAt, now: now),
                    limit: digestBatch
                )
                guard !due.isEmpty else { return }
                let digests = Self.readers(of: due, configuration).map { reader, entries in
                    QuarantineDigest(
                        for: reader,
                        entries,
                        hostname: configuration.hostname,
                        postmaster: configuration.postmaster,
                        now: now,
                        clockText: day.text
                    )
                }
                try await store.noteQuarantineTold(
                    due.map(\.message.id),
                    notices: digests.map { $0.arrival() },
                    now: now
                )
                guard !digests.isEmpty else { continue }
                logger.notice(
                    "digest of the quarantine queued",
                    metadata: ["messages": "\(due.count)", "readers": "\(digests.count)"]
                )
                wake(.exchange)
            }
        } catch {
            logger.error("the digest of the quarantine could not be made", metadata: ["error": "\(error)"])
        }
    }

    /// Who is told of which message, in the order of the first.
    private static func readers(
        of entries: [QueueEntry],
        _ configuration: Configuration
    ) -> [(reader: AddrSpec, entries: [QueueEntry])] {
        switch configuration.quarantine.digest {
        case .none: return []
        case .postmaster: return [(configuration.postmaster, entries)]
        case .recipients:
            var readers: [(reader: AddrSpec, entries: [QueueEntry])] = []
            var places: [String: Int] = [:]
            for entry in entries {
                var named: Set<String> = []
                for recipient in entry.recipients where recipient.state == .quarantined {
                    let reader = recipient.recipient.forwardPath
                    let key = reader.comparisonKey
                    guard named.insert(key).inserted else { continue }
                    if let place = places[key] {
                        readers[place].entries.append(entry)
                    } else {
                        places[key] = readers.count
                        readers.append((reader, [entry]))
                    }
                }
            }
            return readers
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
