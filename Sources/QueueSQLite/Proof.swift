// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import GRDB
import MailModel
import MailQueue

/// What receipts prove about recipients that the queue has not brought to their end, inside one operation of the writer (P5).
///
/// A message that its provider accepted was taken, whatever became of the reply: no recipient of it is tried again. One that it refused was
/// not: an uncertain recipient has failed. What is being submitted this moment is left to its own reply.
struct Proof {
    let tracked: TrackedMessage
    let now: Timestamp

    /// Ends what is proved; `words` say by what.
    func end(_ words: String, _ database: Database) throws {
        guard tracked.recipients.contains(where: { $0.state.rank >= TrackingState.refused.rank }),
            let message = try Ending.message(tracked.id, database)
        else { return }
        var rows = try database.rows(
            "SELECT number, state, route FROM recipient WHERE message = ? ORDER BY number",
            [message.seq]
        ) { row in (number: row[0] as Int, state: try RecipientState.decode(row[1]), route: row[2] as String) }
        var routes: Set<String> = []
        for (index, row) in rows.enumerated() {
            guard let state = tracked.recipients.first(where: { $0.number == row.number })?.state,
                let next = Self.end(of: row.state, proved: state)
            else { continue }
            try write(row.number, next, message.seq, words, database)
            rows[index].state = next
            routes.insert(row.route)
        }
        guard !routes.isEmpty else { return }
        try Standings.clearSubmissionErrors(routes, database)
        guard rows.allSatisfy(\.state.isFinal) else { return }
        // The octets are the archive's by now: no file is left over.
        _ = try Ending.write(message, database, now: now)
    }

    /// The end of a recipient in the queue that is tracked as `proved`; nil when nothing is proved.
    private static func end(of state: RecipientState, proved: TrackingState) -> RecipientState? {
        switch (proved, state) {
        case (.accepted, .waiting), (.accepted, .leased), (.accepted, .held), (.accepted, .uncertain),
            (.warned, .waiting), (.warned, .leased), (.warned, .held), (.warned, .uncertain),
            (.failed, .waiting), (.failed, .leased), (.failed, .held), (.failed, .uncertain),
            (.delivered, .waiting), (.delivered, .leased), (.delivered, .held), (.delivered, .uncertain):
            .delivered
        case (.refused, .uncertain): .failed
        default: nil
        }
    }

    private func write(
        _ number: Int,
        _ next: RecipientState,
        _ seq: Int64,
        _ words: String,
        _ database: Database
    ) throws {
        let reply = next == .delivered ? "the provider has it: \(words)" : "the provider did not take it: \(words)"
        try database.run(
            """
            UPDATE recipient SET state = ?, last_reply = ?, lease_owner = NULL, lease_until = NULL \
            WHERE message = ? AND number = ?
            """,
            [next.code, reply, seq, number]
        )
        let entry = DeliveryAttempt(moment: now, duration: .zero, server: "", reply: reply)
        try History.append(entry, next, to: number, of: seq, database)
        guard next == .failed else { return }
        // Its sender may have been told that it is uncertain: the report of the failure is owed from this commit on.
        try database.run(
            "UPDATE tracked_recipient SET report_due = 1 WHERE message = (SELECT seq FROM tracked WHERE id = ?) AND number = ?",
            [tracked.id.rawValue, number]
        )
    }
}

/// What the queue tells tracking, inside one operation of the writer.
enum TrackedEvents {
    /// The common event, by few statements: recipients that were queued were taken. It changes neither what is open nor what is proved.
    ///
    /// - Returns: false when it is not that simple; then nothing was written.
    private static func take(
        _ numbers: [Int],
        of id: QueueID,
        at moment: Timestamp,
        _ database: Database
    ) throws -> Bool {
        let states = try database.rows(
            "SELECT r.number, r.state FROM tracked t JOIN tracked_recipient r ON r.message = t.seq WHERE t.id = ?",
            [id.rawValue]
        ) { row in (number: row[0] as Int, state: row[1] as String) }
        let queued = states.filter { $0.state == TrackingState.queued.rawValue && numbers.contains($0.number) }
        guard !queued.isEmpty, queued.count == numbers.count, queued.count == states.count else { return false }
        try database.run(
            "UPDATE tracked SET submitted = COALESCE(submitted, ?) WHERE id = ?",
            [moment.milliseconds, id.rawValue]
        )
        try database.run(
            """
            UPDATE tracked_recipient SET state = ?, since = ?, detail = NULL \
            WHERE message = (SELECT seq FROM tracked WHERE id = ?)
            """,
            [TrackingState.submitted.rawValue, moment.milliseconds, id.rawValue]
        )
        return true
    }

    /// Notes events of the message `id`; ends what receipts have proved already.
    static func note(
        _ events: [(event: SubmissionEvent, number: Int)],
        of id: QueueID,
        at moment: Timestamp,
        _ database: Database
    ) throws {
        if events.allSatisfy({ $0.event == .taken }), try take(events.map(\.number), of: id, at: moment, database) {
            return
        }
        guard let row = try TrackedRows.find(id, database) else { return }
        var tracked = row.message
        for (event, number) in events { tracked.note(event, numbers: [number], at: moment) }
        try TrackedRows.update(row, to: tracked, database)
        if events.contains(where: { $0.event == .resent }) {
            try database.run("UPDATE tracked SET told = NULL WHERE seq = ?", [row.seq])
        }
        try Proof(tracked: tracked, now: moment).end("its receipt came before", database)
    }
}
