// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import GRDB
public import MailModel
public import MailQueue

extension SQLiteQueue {
    /// A person's decision, with an entry in the history of every recipient it changes.
    public func apply(
        _ action: QueueAction,
        to id: QueueID,
        now: Timestamp,
        by person: String
    ) async throws(QueueError) -> Int {
        _ = recent.take(id)
        let (count, files) = try await writer.run { database in
            try Decision(action: action, id: id, now: now, person: person).run(database)
        }
        await discard(files)
        return count
    }

    /// Makes what waits due now; returns the recipients whose time changed.
    public func retryAll(now: Timestamp) async throws(QueueError) -> Int {
        try await writer.run { database in
            try database.run(
                "UPDATE recipient SET next_attempt = ?1 WHERE state = 0 AND next_attempt > ?1",
                [now.milliseconds]
            )
            return database.changesCount
        }
    }

    /// Removes what ended before `before`, and files that no message names an hour after their last write.
    ///
    /// What the archive has not taken yet stays, however long ago it ended.
    ///
    /// Seen-state stays for as long as the maildrop holds the message: `forgetMarks` ends it.
    public func purge(endedBefore before: Timestamp, now: Timestamp) async throws(QueueError) {
        while try await purgeSome(endedBefore: before) {}
        try await writer.run { database in
            try database.run("DELETE FROM decision WHERE moment < ?", [before.milliseconds])
            try database.run("DELETE FROM server_standing WHERE seen < ?", [before.milliseconds])
        }
        let limit = Int((now - Spool.patience).milliseconds / 1000)
        let stale = try await FileWorkers(seed: directory).run { [spool] () throws(QueueError) in
            try spool.stale(before: limit)
        }
        for reference in stale {
            let isNamed = try await read { database in
                try database.first("SELECT 1 FROM message WHERE file = ?", [reference]) { _ in true } ?? false
            }
            if !isNamed && !spool.isInUse(reference) { await discard([reference]) }
        }
    }

    /// Removes a few hundred messages that ended before `before`, so that no commit of others waits long.
    private func purgeSome(endedBefore before: Timestamp) async throws(QueueError) -> Bool {
        try await writer.run { database in
            let ended = try database.rows(
                "SELECT seq FROM message WHERE ended_at IS NOT NULL AND ended_at < ? AND kept = 0 ORDER BY ended_at LIMIT 200",
                [before.milliseconds]
            ) { row in row[0] as Int64 }
            for seq in ended {
                try database.run("DELETE FROM attempt WHERE message = ?", [seq])
                try database.run("DELETE FROM recipient WHERE message = ?", [seq])
                try database.run("DELETE FROM message WHERE seq = ?", [seq])
            }
            return !ended.isEmpty
        }
    }
}

/// A person's decision on a message, inside one operation of the writer.
struct Decision: Sendable {
    let action: QueueAction
    let id: QueueID
    let now: Timestamp
    let person: String

    func run(_ database: Database) throws -> (count: Int, files: [String]) {
        guard let message = try Ending.message(id, database) else {
            throw QueueError(.notFound, "there is no message \(id).")
        }
        var recipients = try database.rows(
            "SELECT number, state, route FROM recipient WHERE message = ? ORDER BY number",
            [message.seq]
        ) { row in (number: row[0] as Int, state: try RecipientState.decode(row[1]), route: row[2] as String) }
        var count = 0
        var routes: Set<String> = []
        var events: [(event: SubmissionEvent, number: Int)] = []
        for (index, recipient) in recipients.enumerated() {
            guard let next = target(from: recipient.state) else { continue }
            try change(recipient.number, to: next, message.seq, database)
            recipients[index].state = next
            routes.insert(recipient.route)
            if let event { events.append((event, recipient.number)) }
            count += 1
        }
        guard count > 0 else {
            let states = Dictionary(grouping: recipients, by: \.state).map { "\($1.count) \($0)" }.sorted()
            throw QueueError(
                .notAllowed,
                "no recipient of \(id) can be changed by \(action): \(states.joined(separator: ", "))."
            )
        }
        if action == .settle || action == .resend { try Standings.clearSubmissionErrors(routes, database) }
        try database.run(
            "INSERT INTO decision (moment, action, id, recipients, person) VALUES (?, ?, ?, ?, ?)",
            [now.milliseconds, action.rawValue, id.rawValue, count, person]
        )
        if message.isKept { try tell(events, database) }
        if action == .delete { try Copies.part(message, database) }
        guard recipients.allSatisfy(\.state.isFinal) else { return (count, []) }
        return (count, try Ending.write(message, database, now: now))
    }

    /// What the decision is to tracking; nil for those that it does not hear of.
    private var event: SubmissionEvent? {
        switch action {
        case .resend: .resent
        case .settle: .taken
        case .delete: .withdrawn
        case .retry, .hold, .release: nil
        }
    }

    private func tell(_ events: [(event: SubmissionEvent, number: Int)], _ database: Database) throws {
        if !events.isEmpty { try TrackedEvents.note(events, of: id, at: now, database) }
        // A receipt that a person lets go, or takes out, is in no digest.
        if action == .release || action == .delete {
            try database.run("UPDATE receipt SET waits = 0 WHERE id = ? AND waits = 1", [id.rawValue])
        }
    }

    /// What the action makes of a recipient in this state; nil when it does not touch it.
    private func target(from state: RecipientState) -> RecipientState? {
        switch (action, state) {
        case (.retry, .waiting): .waiting
        case (.hold, .waiting): .held
        case (.release, .held), (.release, .quarantined): .waiting
        case (.resend, .uncertain): .waiting
        case (.settle, .uncertain): .delivered
        case (.delete, .waiting), (.delete, .held), (.delete, .quarantined), (.delete, .uncertain): .deleted
        case (.retry, _), (.hold, _), (.release, _), (.resend, _), (.settle, _), (.delete, _): nil
        }
    }

    private func change(_ number: Int, to next: RecipientState, _ seq: Int64, _ database: Database) throws {
        try database.run(
            """
            UPDATE recipient SET state = ?1, next_attempt = CASE WHEN ?1 = 0 THEN ?2 ELSE next_attempt END, \
            last_reply = CASE WHEN ?1 = 0 THEN last_reply ELSE ?3 END WHERE message = ?4 AND number = ?5
            """,
            [next.code, now.milliseconds, words, seq, number]
        )
        let entry = DeliveryAttempt(moment: now, duration: .zero, server: "", reply: words)
        try History.append(entry, next, to: number, of: seq, database)
    }

    private var words: String {
        switch action {
        case .retry: "retried by \(person)"
        case .hold: "held by \(person)"
        case .release: "released by \(person)"
        case .resend: "sent again on \(person)'s word"
        case .settle: "taken as delivered on \(person)'s word"
        case .delete: "deleted by \(person)"
        }
    }
}
