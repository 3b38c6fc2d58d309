// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
public import MailModel
public import MailQueue

extension SQLiteQueue {
    /// What is known of a maildrop, in the order of retrieval.
    public func marks(account: String) async throws(QueueError) -> [RetrievalMark] {
        try await read { database in
            try database.rows(
                """
                SELECT unique_id, digest, id, retrieved, settled, octets, settled_at, deletion_sent FROM mark \
                WHERE account = ? ORDER BY message
                """,
                [account]
            ) { row in
                let identifier: String = row[2]
                guard let id = QueueID(identifier) else { throw QueueError.damaged("identifier \(identifier)") }
                return RetrievalMark(
                    identity: RetrievedIdentity(
                        account: account,
                        uniqueID: row[0],
                        digest: row[1],
                        listedOctets: row[5]
                    ),
                    id: id,
                    retrieved: Timestamp(milliseconds: row[3]),
                    isSettled: row[4],
                    settledAt: (row[6] as Int64?).map { Timestamp(milliseconds: $0) },
                    isDeletionSent: row[7]
                )
            }
        }
    }

    /// Keeps a mark under the identifier under which its message was seen.
    public func renameMark(
        _ mark: RetrievalMark,
        to newUniqueID: String,
        listedOctets: Int?
    ) async throws(QueueError) {
        let (account, id) = (mark.identity.account, mark.id)
        try await writer.run { database in
            try Marks.displace(account, newUniqueID, for: id, database)
            // Another message of this session may have displaced it in the meantime.
            try database.run(
                """
                UPDATE mark SET unique_id = ?, digest = ?, octets = ?, deletion_sent = 0 \
                WHERE account = ? AND unique_id IN (?, ?) AND id = ?
                """,
                [
                    newUniqueID, mark.identity.digest, listedOctets, account, mark.identity.uniqueID,
                    Marks.displacedName(id.rawValue),
                    id.rawValue,
                ]
            )
        }
    }

    /// Marks of messages that another program delivered: of no message here (0), settled, without a digest.
    public func takeOver(_ uniqueIDs: [String], account: String, now: Timestamp) async throws(QueueError) -> Int {
        guard !uniqueIDs.isEmpty else { return 0 }
        return try await writer.run { database in
            var count = 0
            for uniqueID in uniqueIDs {
                try database.run(
                    """
                    INSERT OR IGNORE INTO mark (account, unique_id, digest, message, id, retrieved, settled, settled_at) \
                    VALUES (?, ?, '', 0, ?, ?, 1, ?)
                    """,
                    [account, uniqueID, QueueID(arrival: now).rawValue, now.milliseconds, now.milliseconds]
                )
                count += database.changesCount
            }
            return count
        }
    }

    /// Makes it durable that the provider is about to delete these.
    public func noteDeletions(account: String, uniqueIDs: [String]) async throws(QueueError) {
        guard !uniqueIDs.isEmpty else { return }
        try await writer.run { database in
            for uniqueID in uniqueIDs {
                try database.run(
                    "UPDATE mark SET deletion_sent = 1 WHERE account = ? AND unique_id = ?",
                    [account, uniqueID]
                )
            }
        }
    }

    /// Forgets what is gone from the maildrop.
    public func forgetMarks(account: String, uniqueIDs: [String]) async throws(QueueError) {
        guard !uniqueIDs.isEmpty else { return }
        try await writer.run { database in
            for uniqueID in uniqueIDs {
                try database.run("DELETE FROM mark WHERE account = ? AND unique_id = ?", [account, uniqueID])
            }
        }
    }
}

/// Makes way for a mark whose identifier another one has.
enum Marks {
    /// The name of a mark whose identifier belongs to another message now.
    static func displacedName(_ id: String) -> String { "was:\(id)" }

    /// Writes the mark of a message that is kept as the message `seq`, or is a copy of that.
    static func insert(
        _ identity: RetrievedIdentity,
        of message: QueuedMessage,
        _ seq: Int64,
        settledAt: Timestamp?,
        _ database: Database
    ) throws {
        try database.run(
            """
            INSERT INTO mark (account, unique_id, digest, message, id, retrieved, settled, octets, settled_at) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                identity.account, identity.uniqueID, identity.digest, seq, message.id.rawValue,
                message.arrival.milliseconds, settledAt != nil, identity.listedOctets, settledAt?.milliseconds,
            ]
        )
    }

    /// Frees `uniqueID` for the message `id`. The mark that has it is kept: its message may show up under another identifier.
    static func displace(_ account: String, _ uniqueID: String, for id: QueueID, _ database: Database) throws {
        let holder = try database.first(
            "SELECT id FROM mark WHERE account = ? AND unique_id = ? AND id <> ?",
            [account, uniqueID, id.rawValue]
        ) { row in row[0] as String }
        guard let holder else { return }
        try database.run(
            "UPDATE mark SET unique_id = ? WHERE account = ? AND unique_id = ?",
            [displacedName(holder), account, uniqueID]
        )
    }
}

extension SQLiteQueue {
    /// Adds to the standing of an account.
    public func record(_ event: AccountEvent, account: String) async throws(QueueError) {
        try await writer.run { database in
            try database.run("INSERT OR IGNORE INTO account_standing (account) VALUES (?)", [account])
            switch event {
            case .fetched(let moment, let messages, let octets, let inMaildrop, let leftBehind):
                try database.run(
                    """
                    UPDATE account_standing SET last_fetch = ?, fetch_error = NULL, fetch_error_at = NULL, \
                    fetched_messages = fetched_messages + ?, fetched_octets = fetched_octets + ?, in_maildrop = ?, \
                    left_behind = ? WHERE account = ?
                    """,
                    [moment.milliseconds, messages, octets, inMaildrop, leftBehind, account]
                )
            case .fetchFailed(let moment, let error):
                try database.run(
                    "UPDATE account_standing SET fetch_error = ?, fetch_error_at = ? WHERE account = ?",
                    [error, moment.milliseconds, account]
                )
            case .submitted(let moment, let messages):
                try database.run(
                    """
                    UPDATE account_standing SET last_submission = ?, submission_error = NULL, submission_error_at = NULL, \
                    submitted_messages = submitted_messages + ? WHERE account = ?
                    """,
                    [moment.milliseconds, messages, account]
                )
            case .submissionFailed(let moment, let error):
                try database.run(
                    "UPDATE account_standing SET submission_error = ?, submission_error_at = ? WHERE account = ?",
                    [error, moment.milliseconds, account]
                )
            }
        }
    }

    /// The standing of every account that has one.
    public func standings() async throws(QueueError) -> [String: AccountStanding] {
        try await read { database in
            let rows = try database.rows(
                """
                SELECT account, last_fetch, last_submission, fetch_error, fetch_error_at, submission_error, \
                submission_error_at, fetched_messages, fetched_octets, submitted_messages, in_maildrop, left_behind \
                FROM account_standing
                """
            ) { row in (row[0] as String, AccountStanding(row: row)) }
            return Dictionary(uniqueKeysWithValues: rows)
        }
    }

    /// Leaves a request for the running gateway.
    public func requestFetch(account: String, now: Timestamp) async throws(QueueError) {
        try await writer.run { database in
            try database.run(
                "INSERT OR IGNORE INTO fetch_request (account, requested) VALUES (?, ?)",
                [account, now.milliseconds]
            )
        }
    }

    /// Takes the requests that are open.
    public func takeFetchRequests() async throws(QueueError) -> [String] {
        let isEmpty = try await read { database in
            try database.first("SELECT 1 FROM fetch_request LIMIT 1") { _ in true } == nil
        }
        // Asked often, answered seldom: only a request is worth a commit.
        guard !isEmpty else { return [] }
        return try await writer.run { database in
            let accounts = try database.rows("SELECT account FROM fetch_request ORDER BY requested") { row in
                row[0] as String
            }
            try database.run("DELETE FROM fetch_request")
            return accounts
        }
    }
}

extension AccountStanding {
    fileprivate init(row: Columns) {
        func moment(_ index: Int) -> Timestamp? {
            (row[index] as Int64?).map { Timestamp(milliseconds: $0) }
        }
        self.init(
            lastFetch: moment(1),
            lastSubmission: moment(2),
            fetchError: row[3],
            fetchErrorAt: moment(4),
            submissionError: row[5],
            submissionErrorAt: moment(6),
            fetchedMessages: row[7],
            fetchedOctets: row[8],
            submittedMessages: row[9],
            inMaildrop: row[10],
            leftBehind: row[11]
        )
    }
}

extension SQLiteQueue {
    /// Opens the alert unless its key is open, and queues its notice, in one commit.
    public func raise(_ alert: Alert, notice: Arrival?) async throws(QueueError) -> Bool {
        let prepared = try await prepareNotice(notice)
        return try await settlingFiles(of: prepared) { database in
            try database.run(
                "INSERT OR IGNORE INTO alert (key, since, summary, affects, remedy) VALUES (?, ?, ?, ?, ?)",
                [alert.key, alert.since.milliseconds, alert.summary, alert.affects, alert.remedy]
            )
            guard database.changesCount == 1 else { return false }
            for notice in prepared { _ = try notice.insert(database) }
            return true
        }
    }

    /// Ends the alert and queues its notice, in one commit.
    public func clear(
        key: String,
        notice: @Sendable (Alert) -> Arrival?
    ) async throws(QueueError) -> Alert? {
        let open = try await read { database in
            try database.first(
                "SELECT key, since, summary, affects, remedy FROM alert WHERE key = ?",
                [key],
                Alert.init(row:)
            )
        }
        guard let open else { return nil }
        let prepared = try await prepareNotice(notice(open))
        let isEnded = try await settlingFiles(of: prepared) { database in
            try database.run("DELETE FROM alert WHERE key = ? AND since = ?", [key, open.since.milliseconds])
            guard database.changesCount == 1 else { return false }
            for notice in prepared { _ = try notice.insert(database) }
            return true
        }
        return isEnded ? open : nil
    }

    /// The alerts that are open, oldest first.
    public func openAlerts() async throws(QueueError) -> [Alert] {
        try await read { database in
            try database.rows(
                "SELECT key, since, summary, affects, remedy FROM alert ORDER BY since, key",
                [],
                Alert.init(row:)
            )
        }
    }

    func prepareNotice(_ notice: Arrival?) async throws(QueueError) -> [PreparedArrival] {
        guard let notice else { return [] }
        return [try await prepare(notice)]
    }

    func settlingFiles(
        of arrivals: [PreparedArrival],
        _ body: @escaping @Sendable (Database) throws -> Bool
    ) async throws(QueueError) -> Bool {
        do throws(QueueError) {
            let isDone = try await writer.run(body)
            await settleFiles(of: arrivals, stored: isDone)
            return isDone
        } catch {
            await settleFiles(of: arrivals, stored: false)
            throw error
        }
    }
}

extension Alert {
    fileprivate init(row: Columns) {
        self.init(
            key: row[0],
            since: Timestamp(milliseconds: row[1]),
            summary: row[2],
            affects: row[3],
            remedy: row[4]
        )
    }
}
