// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import QueueSQLite
import Synchronization

/// The real queue, with a journal of what delivery writes, and refusals on demand.
final class ObservedStore: QueueStore, AccountLedger, AlertStore {
    let inner: SQLiteQueue
    let settlements = Journal<Settlement>()
    let claimed = Journal<QueueID>()
    let accountEvents = Journal<AccountEvent>()
    let submissions = Mutex(0)
    let owners = Journal<String>()
    /// Done before each submission is recorded.
    let beforeSubmission = Mutex<(@Sendable () async throws(QueueError) -> Void)?>(nil)
    /// So many settlements are refused as if the disk were full.
    let refusals = Mutex(0)
    let refused = Journal<QueueID>()

    init(_ inner: SQLiteQueue) {
        self.inner = inner
    }

    var inlineLimit: Int { inner.inlineLimit }

    func settle(_ settlement: Settlement) async throws(QueueError) {
        let isRefused = refusals.withLock { count in
            defer { count = max(0, count - 1) }
            return count > 0
        }
        if isRefused {
            await refused.append(settlement.id)
            throw QueueError(.full, "no room")
        }
        try await inner.settle(settlement)
        await settlements.append(settlement)
    }

    func beginSubmission(_ id: QueueID, numbers: [Int], lease: Lease) async throws(QueueError) {
        try await beforeSubmission.withLock { $0 }?()
        try await inner.beginSubmission(id, numbers: numbers, lease: lease)
        submissions.withLock { $0 += 1 }
    }

    func record(_ event: AccountEvent, account: String) async throws(QueueError) {
        try await inner.record(event, account: account)
        await accountEvents.append(event)
    }

    func checkRoom(for expected: Int) async throws(QueueError) { try await inner.checkRoom(for: expected) }
    func makeBodyWriter() async throws(QueueError) -> any BodyWriter { try await inner.makeBodyWriter() }
    func discardStored(_ body: StoredBody) async { await inner.discardStored(body) }
    func readStored(_ body: StoredBody) async throws(QueueError) -> any BodyReader {
        try await inner.readStored(body)
    }
    @discardableResult
    func insert(_ arrival: Arrival) async throws(QueueError) -> InsertOutcome { try await inner.insert(arrival) }
    func claim(_ route: Route, limit: Int, now: Timestamp, lease: Lease) async throws(QueueError) -> [Claim] {
        let claims = try await inner.claim(route, limit: limit, now: now, lease: lease)
        for claim in claims { await owners.append(claim.lease.owner) }
        for claim in claims { await claimed.append(claim.message.id) }
        return claims
    }
    func renew(_ id: QueueID, lease: Lease) async throws(QueueError) { try await inner.renew(id, lease: lease) }
    func nextAttempts(now: Timestamp) async throws(QueueError) -> [Route: Timestamp] {
        try await inner.nextAttempts(now: now)
    }
    func recover(owner: String, now: Timestamp) async throws(QueueError) -> [QueueID] {
        try await inner.recover(owner: owner, now: now)
    }
    func readBody(_ id: QueueID) async throws(QueueError) -> any BodyReader { try await inner.readBody(id) }
    func list(_ filter: QueueFilter, limit: Int) async throws(QueueError) -> [QueueEntry] {
        try await inner.list(filter, limit: limit)
    }
    func entry(_ id: QueueID) async throws(QueueError) -> QueueEntry? { try await inner.entry(id) }
    func summary() async throws(QueueError) -> QueueSummary { try await inner.summary() }
    func apply(
        _ action: QueueAction,
        to id: QueueID,
        now: Timestamp,
        by person: String
    ) async throws(QueueError) -> Int {
        try await inner.apply(action, to: id, now: now, by: person)
    }
    func retryAll(now: Timestamp) async throws(QueueError) -> Int { try await inner.retryAll(now: now) }
    func purge(endedBefore before: Timestamp, now: Timestamp) async throws(QueueError) {
        try await inner.purge(endedBefore: before, now: now)
    }
    func raise(_ alert: Alert, notice: Arrival?) async throws(QueueError) -> Bool {
        try await inner.raise(alert, notice: notice)
    }
    func clear(key: String, notice: @Sendable (Alert) -> Arrival?) async throws(QueueError) -> Alert? {
        try await inner.clear(key: key, notice: notice)
    }
    func openAlerts() async throws(QueueError) -> [Alert] { try await inner.openAlerts() }
    func quarantinedOctets(from origin: MessageOrigin) async throws(QueueError) -> Int {
        try await inner.quarantinedOctets(from: origin)
    }
    func close() async { await inner.close() }
    func standings() async throws(QueueError) -> [String: AccountStanding] { try await inner.standings() }
    func requestFetch(account: String, now: Timestamp) async throws(QueueError) {
        try await inner.requestFetch(account: account, now: now)
    }
    func takeFetchRequests() async throws(QueueError) -> [String] { try await inner.takeFetchRequests() }
}
