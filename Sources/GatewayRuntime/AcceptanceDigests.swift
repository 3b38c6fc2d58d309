// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedTracking
import GatewayConfiguration
import Logging
import MailModel
import MailQueue
import NIOCore

/// Sends the accounts that ask for it their receipts of acceptance once a day in one mail.
///
/// Nothing is remembered here: at each round every receipt that waits since before the last moment of the day's digest is due, so that a
/// gateway that did not run at that moment makes it up, and one that runs twice makes none twice. A receipt goes to those for whom it was held,
/// and ends when the digest has reached them; what a digest could not deliver goes by itself, and a person is told.
struct AcceptanceDigests: Sendable {
    /// The alert's key.
    static func key(_ account: String) -> String { "account:\(account):digest" }
    /// The key of the alert about a digest that did not arrive.
    static func failureKey(_ account: String) -> String { "account:\(account):digest-failed" }
    /// How long that alert stays open.
    static let memory = Duration.seconds(86_400)

    let store: any QueueStore & TrackingStore
    let alerts: any AlertReporting
    let clock: any WallClock
    let day: LocalDay
    let wake: @Sendable (Route) -> Void
    let logger: Logger
    /// Receipts in one digest, at most.
    var maximumReceipts = 200
    /// Octets of receipts in one digest, at most; one that is larger goes alone.
    var maximumOctets = 20_000_000

    /// A receipt with what the queue knows of it.
    private struct Listed {
        var receipt: StoredReceipt
        var entry: QueueEntry
        var item: AcceptanceDigest.Item
        /// For whom it is held.
        var readers: [AddrSpec]
    }

    /// One round.
    func round(_ configuration: Configuration) async {
        await watchFailures(configuration)
        let now = clock.now()
        var waiting: [String] = []
        do throws(QueueError) {
            waiting = try await store.accountsWithDigest()
        } catch {
            return logger.error("digests could not be looked for", metadata: ["error": "\(error)"])
        }
        let accounts = configuration.accounts.map { ($0.address.comparisonKey, $0) }
        for key in waiting {
            let account = accounts.first { $0.0 == key }?.1
            // Of an account that asks for no digest any more, or is gone, nothing is kept back.
            let asks = account?.receipts.acceptances == .daily
            let cut = asks ? day.last(configuration.tracking.digestAt, now: now) : now
            do throws(QueueError) {
                try await send(key, account, before: cut, configuration)
                if account != nil { await alerts.clear(key: Self.key(key)) }
            } catch {
                await report(error, key, isConfigured: account != nil)
            }
        }
        for (key, _) in accounts where !waiting.contains(key) { await alerts.clear(key: Self.key(key)) }
    }

    /// Tells of digests that did not arrive, until a day after the last one.
    private func watchFailures(_ configuration: Configuration) async {
        var failed: [FailedDigest] = []
        do throws(QueueError) {
            failed = try await store.failedDigests(since: clock.now() - Self.memory)
        } catch {
            return logger.error("failed digests could not be asked for", metadata: ["error": "\(error)"])
        }
        for account in configuration.accounts.map(\.address.comparisonKey) {
            guard let last = failed.last(where: { $0.account == account }) else {
                await alerts.clear(key: Self.failureKey(account))
                continue
            }
            await alerts.raise(
                key: Self.failureKey(account),
                summary:
                    "the daily digest of acceptances \(last.id) of \(account) was not delivered to all its readers: \(last.reply ?? "no reply is known")",
                affects: "Its receipts (\(last.receipts)) were sent one by one to those whom it did not reach.",
                remedy:
                    "Look: ceralacca queue show \(last.id). Too large for Exchange? Raise its limit above 30 MB, or set receipts.acceptances to "
                    + "each. The alert ends a day after the last such digest."
            )
        }
    }

    private func report(_ error: QueueError, _ account: String, isConfigured: Bool) async {
        if error.code == .notAllowed {
            // A person settled one of the receipts this moment; the next round lists the others.
            return logger.info("a digest is made anew", metadata: ["account": "\(account)", "reason": "\(error)"])
        }
        logger.error("a digest could not be made", metadata: ["account": "\(account)", "error": "\(error)"])
        guard isConfigured else { return }
        await alerts.raise(
            key: Self.key(account),
            summary: "the daily digest of acceptances of \(account) could not be made: \(error.message)",
            affects:
                "The receipts wait; nothing of them is lost. pec show tells of each message whether it was accepted.",
            remedy: error.remedy.isEmpty ? "It is tried again each minute." : error.remedy
        )
    }

    private func send(
        _ key: String,
        _ account: AccountConfiguration?,
        before cut: Timestamp,
        _ configuration: Configuration
    ) async throws(QueueError) {
        var parts: [[AddrSpec]: Int] = [:]
        while !Task.isCancelled {
            let due = try await details(of: store.digestible(account: key, before: cut, limit: maximumReceipts + 1))
            guard let readers = due.first?.readers else { return }
            let same = due.filter { $0.readers == readers }
            let listed = fitting(same)
            let part = parts[readers, default: 0] + 1
            parts[readers] = part
            let isWhole = listed.count == same.count && due.count <= maximumReceipts
            let id = try await send(
                listed,
                key,
                account,
                readers,
                part: part == 1 && isWhole ? nil : part,
                configuration
            )
            logger.notice(
                "digest of acceptances queued",
                metadata: ["account": "\(key)", "queueID": "\(id)", "receipts": "\(listed.count)"]
            )
            wake(.exchange)
        }
    }

    /// The receipts with what the queue knows of them.
    private func details(of receipts: [StoredReceipt]) async throws(QueueError) -> [Listed] {
        var listed: [Listed] = []
        for receipt in receipts {
            guard let entry = try await store.entry(receipt.id) else {
                throw QueueError(.notFound, "the receipt \(receipt.id) is not in the queue any more.")
            }
            let readers = entry.recipients.filter { $0.state == .held }.map(\.recipient.forwardPath)
            // A person has released it since it was looked for.
            guard !readers.isEmpty else { continue }
            listed.append(
                Listed(receipt: receipt, entry: entry, item: try await item(receipt, entry), readers: readers)
            )
        }
        return listed
    }

    /// As many of the first receipts as go into one digest, one or more.
    private func fitting(_ receipts: [Listed]) -> ArraySlice<Listed> {
        var octets = 0
        let count = receipts.prefix(maximumReceipts).prefix { receipt in
            defer { octets += receipt.entry.message.size }
            return octets == 0 || octets + receipt.entry.message.size <= maximumOctets
        }
        .count
        return receipts.prefix(count)
    }

    private func item(_ stored: StoredReceipt, _ entry: QueueEntry) async throws(QueueError) -> AcceptanceDigest.Item {
        var message: TrackedMessage?
        if let id = stored.message { message = try await store.tracked(id)?.message }
        let named = stored.receipt.recipients.map(\.address)
        return AcceptanceDigest.Item(
            time: stored.receipt.time ?? stored.arrival,
            subject: (message?.subject ?? entry.message.subject).map { EncodedWord.decode($0) },
            recipients: named.isEmpty ? message?.recipients.map(\.address.description) ?? [] : named,
            identifier: stored.receipt.identifier,
            doubt: stored.receipt.doubt
        )
    }

    private func send(
        _ listed: ArraySlice<Listed>,
        _ key: String,
        _ account: AccountConfiguration?,
        _ readers: [AddrSpec],
        part: Int?,
        _ configuration: Configuration
    ) async throws(QueueError) -> QueueID {
        let now = clock.now()
        let digest = AcceptanceDigest(
            account: account?.address ?? AddrSpec(key) ?? configuration.postmaster,
            readers: readers,
            items: listed.map(\.item),
            part: part,
            hostname: configuration.hostname,
            postmaster: configuration.postmaster,
            now: now,
            id: QueueID(arrival: now),
            clockText: day.text
        )
        var body = DigestBody(store)
        do throws(QueueError) {
            try await body.append(digest.opening)
            for (index, one) in listed.enumerated() {
                try await body.append(digest.attachment(index, isEightBit: one.entry.message.isEightBit))
                try await copy(one.entry.message, into: &body)
            }
            try await body.append(digest.ending)
            let arrival = digest.arrival(
                body: try await body.finish(),
                size: body.size,
                isEightBit: listed.contains { $0.entry.message.isEightBit },
                hasBareLineEnds: listed.contains { $0.entry.message.hasBareLineEnds },
                requiresSMTPUTF8: listed.contains { $0.entry.message.requiresSMTPUTF8 }
            )
            try await store.queueDigest(arrival, listing: listed.map(\.receipt.id))
        } catch {
            await body.abandon()
            throw error
        }
        return digest.id
    }

    /// The receipt as it was handed over: what stands behind the fields of our own.
    private func copy(_ message: QueuedMessage, into body: inout DigestBody) async throws(QueueError) {
        let reader = try await store.readBody(message.id)
        do throws(QueueError) {
            var skip = message.trace.utf8.count
            while var piece = try await reader.read(upTo: 262_144) {
                let skipped = min(skip, piece.readableBytes)
                piece.moveReaderIndex(forwardBy: skipped)
                skip -= skipped
                if piece.readableBytes > 0 { try await body.append(piece) }
            }
            await reader.close()
        } catch {
            await reader.close()
            throw error
        }
    }
}
