// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
public import CertifiedTracking
import GRDB
public import MailModel
public import MailQueue

extension SQLiteQueue: TrackingStore {
    /// Tracked messages by filter, the last to come first.
    public func trackedMessages(_ filter: TrackingFilter, limit: Int) async throws(QueueError) -> [TrackedMessage] {
        try await read { database in
            let (condition, arguments) = Self.selection(filter, limit)
            return try TrackedRows.select(condition, arguments, database).map(\.message)
        }
    }

    /// The rest of the statement that selects them.
    static func selection(_ filter: TrackingFilter, _ limit: Int) -> (String, StatementArguments) {
        let order = "ORDER BY seq DESC LIMIT ?"
        switch filter {
        case .open: return ("WHERE is_open = 1 \(order)", [limit])
        case .account(let account): return ("WHERE account = ? \(order)", [account, limit])
        case .all: return (order, [limit])
        case .state(let state):
            switch state {
            case .withdrawn, .uncertain, .refused, .warned, .failed:
                return ("WHERE seq IN (\(messages(in: state, TrackedRows.rare))) \(order)", [limit, limit])
            case .accepted, .delivered:
                return ("WHERE seq IN (\(messages(in: state, TrackedRows.reached))) \(order)", [limit, limit])
            case .queued, .submitted:
                // Every message with such a recipient is open.
                return (
                    """
                    WHERE is_open = 1 AND EXISTS (SELECT 1 FROM tracked_recipient r WHERE r.message = tracked.seq \
                    AND r.state = '\(state.rawValue)') \(order)
                    """, [limit]
                )
            }
        }
    }

    /// The newest messages with a recipient in `state`, by the index with this condition.
    private static func messages(in state: TrackingState, _ index: String) -> String {
        "SELECT DISTINCT message FROM tracked_recipient WHERE \(index) AND state = '\(state.rawValue)' ORDER BY message DESC LIMIT ?"
    }

    /// What is open, by the statements below.
    public func openSubmissions() async throws(QueueError) -> OpenSubmissions {
        try await read { database in
            var open = OpenSubmissions()
            for (account, count) in try database.rows(
                Self.openByAccount,
                [],
                { row in (row[0] as String, row[1] as Int) }
            ) {
                open.messages[account] = count
            }
            try database.forEach(Self.openByState, []) { row in
                let (state, certified): (String, Int?) = (row[0], row[1])
                guard let state = TrackingState(rawValue: state) else { throw QueueError.damaged("state \(state)") }
                if !state.isFinal(isCertified: certified.map { $0 != 0 }) {
                    open.recipients[state, default: 0] += row[2]
                }
                return true
            }
            return open
        }
    }

    // Named, because for GROUP BY the planner would rather walk through all accounts' messages by their index.
    static let openByAccount = """
        SELECT account, COUNT(*) FROM tracked INDEXED BY tracked_open WHERE is_open = 1 GROUP BY account
        """
    static let openByState = """
        SELECT r.state, r.certified, COUNT(*) FROM tracked t INDEXED BY tracked_open CROSS JOIN tracked_recipient r ON r.message = t.seq \
        WHERE t.is_open = 1 GROUP BY r.state, r.certified
        """

    /// One tracked message with its receipts, in the order in which they came.
    public func tracked(
        _ id: QueueID
    ) async throws(QueueError) -> (message: TrackedMessage, receipts: [StoredReceipt])? {
        try await read { database in
            guard let row = try TrackedRows.find(id, database) else { return nil }
            return (row.message, try ReceiptRows.select("WHERE r.message = ? ORDER BY r.seq", [row.seq], database))
        }
    }

    /// Receipts without a message of ours, the last to come first.
    public func foreignReceipts(account: String?, limit: Int) async throws(QueueError) -> [StoredReceipt] {
        try await read { database in
            try ReceiptRows.select(
                "WHERE r.message IS NULL AND (?1 IS NULL OR r.account = ?1) ORDER BY r.arrival DESC, r.seq DESC LIMIT ?2",
                [account, limit],
                database
            )
        }
    }

    /// Those that moved nothing because of what they are; their effect begins with words that no other has.
    public func disbelievedReceipts(
        account: String,
        since: Timestamp
    ) async throws(QueueError) -> (count: Int, last: StoredReceipt)? {
        let condition = """
            WHERE r.effect >= 'not believed' AND r.effect < 'not believee' AND r.arrival >= ? AND r.message IS NOT NULL \
            AND r.account = ?
            """
        return try await read { database in
            let arguments: StatementArguments = [since.milliseconds, account]
            let last = try ReceiptRows.select(
                "\(condition) ORDER BY r.arrival DESC, r.seq DESC LIMIT 1",
                arguments,
                database
            )
            .first
            guard let last else { return nil }
            let count = try database.first("SELECT COUNT(*) FROM receipt r \(condition)", arguments) { $0[0] as Int }
            return (count ?? 1, last)
        }
    }

    /// By Message-ID first, then by identifier, as `Matching` chooses.
    public func match(_ receipt: Receipt) async throws(QueueError) -> TrackedMessage? {
        try await read { database in
            let found = try TrackedRows.find(
                account: receipt.account,
                messageID: receipt.messageID,
                identifier: receipt.identifier,
                database
            )
            return Matching.choose(receipt, among: found.map(\.message))
        }
    }

    /// The clients' Message-IDs behind the providers' identifiers.
    public func clientMessageIDs(of identifiers: [String]) async throws(QueueError) -> [String: String] {
        let keys = Set(identifiers.map(Matching.key))
        return try await read { database in
            var found: [String: String] = [:]
            for key in keys {
                found[key] = try database.first(
                    "SELECT message_id FROM tracked WHERE identifier_key = ? ORDER BY seq LIMIT 1",
                    [key]
                ) { row in row[0] as String }
            }
            return found
        }
    }

    /// What is late, of each account that has something late.
    public func overdue(
        createdAfter: Timestamp,
        submittedBefore: Timestamp,
        acceptedBefore: Timestamp
    ) async throws(QueueError) -> [OverdueSubmissions] {
        try await read { database in
            var found: [String: OverdueSubmissions] = [:]
            try database.forEach(
                """
                SELECT account, id, is_unaccepted, is_undelivered FROM (SELECT seq, account, id, \
                EXISTS (SELECT 1 FROM tracked_recipient r WHERE r.message = t.seq AND r.state = 'submitted' AND r.since < ?1) \
                AS is_unaccepted, EXISTS (SELECT 1 FROM tracked_recipient r WHERE r.message = t.seq \
                AND r.state IN ('accepted', 'warned') AND r.certified IS NOT 0 \
                AND COALESCE(r.accepted, t.accepted, r.since) < ?2) AS is_undelivered \
                FROM tracked t WHERE is_open = 1 AND created > ?3) WHERE is_unaccepted OR is_undelivered ORDER BY seq
                """,
                [submittedBefore.milliseconds, acceptedBefore.milliseconds, createdAfter.milliseconds]
            ) { row in
                let (account, id): (String, String) = (row[0], row[1])
                var figures =
                    found[account]
                    ?? OverdueSubmissions(
                        account: account,
                        acceptances: 0,
                        oldestAcceptance: nil,
                        deliveries: 0,
                        oldestDelivery: nil
                    )
                if row[2] {
                    figures.acceptances += 1
                    figures.oldestAcceptance = figures.oldestAcceptance ?? QueueID(id)
                }
                if row[3] {
                    figures.deliveries += 1
                    figures.oldestDelivery = figures.oldestDelivery ?? QueueID(id)
                }
                found[account] = figures
                return true
            }
            return found.values.sorted { $0.account < $1.account }
        }
    }

    // MARK: Uncertain

    /// At most 100 at a time, oldest first.
    public func uncertainUntold(since: Timestamp) async throws(QueueError) -> [TrackedMessage] {
        try await read { database in
            try TrackedRows.select(
                """
                WHERE told IS NULL AND seq IN (SELECT message FROM tracked_recipient WHERE \(TrackedRows.rare) \
                AND state = 'uncertain' AND since < ?) ORDER BY seq LIMIT 100
                """,
                [since.milliseconds],
                database
            )
            .map(\.message)
        }
    }

    /// The notice and the mark, in one commit.
    public func noteUncertainTold(_ id: QueueID, notice: Arrival?, now: Timestamp) async throws(QueueError) {
        let prepared = try await prepareNotice(notice)
        _ = try await settlingFiles(of: prepared) { database in
            try database.run(
                "UPDATE tracked SET told = ? WHERE id = ? AND told IS NULL",
                [now.milliseconds, id.rawValue]
            )
            guard database.changesCount == 1 else { return false }
            for notice in prepared { _ = try notice.insert(database) }
            return true
        }
    }

    // MARK: Refused after all

    /// At most 100 at a time, oldest first.
    public func refusalsUntold() async throws(QueueError) -> [UntoldRefusal] {
        try await read { database in
            var found: [UntoldRefusal] = []
            try database.forEach(
                """
                SELECT t.id, r.number FROM tracked_recipient r JOIN tracked t ON t.seq = r.message WHERE r.report_due = 1 \
                ORDER BY r.message LIMIT 100
                """,
                []
            ) { row in
                let (identifier, number): (String, Int) = (row[0], row[1])
                guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
                if found.last?.id == id {
                    found[found.count - 1].numbers.append(number)
                } else {
                    found.append(UntoldRefusal(id: id, numbers: [number]))
                }
                return true
            }
            return found
        }
    }

    /// The report and the mark, in one commit.
    public func noteRefusalTold(_ refusal: UntoldRefusal, report: Arrival?) async throws(QueueError) {
        let prepared = try await prepareNotice(report)
        _ = try await settlingFiles(of: prepared) { database in
            var changed = 0
            for number in refusal.numbers {
                try database.run(
                    """
                    UPDATE tracked_recipient SET report_due = 0 \
                    WHERE message = (SELECT seq FROM tracked WHERE id = ?) AND number = ? AND report_due = 1
                    """,
                    [refusal.id.rawValue, number]
                )
                changed += database.changesCount
            }
            guard changed == refusal.numbers.count else { return false }
            for report in prepared { _ = try report.insert(database) }
            return true
        }
    }
}
