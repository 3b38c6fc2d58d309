// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import MailModel
public import MailQueue
import NIOCore

extension SQLiteQueue {
    /// Stores the arrival in one commit, which it may share with others.
    ///
    /// A maildrop's message that is known already is not stored again; one of other octets under a known identifier (the provider gave
    /// it out anew) is another message, and is. A body that a writer left for an arrival is removed when the
    /// arrival is refused.
    @discardableResult
    public func insert(_ arrival: Arrival) async throws(QueueError) -> InsertOutcome {
        let prepared = try await prepare(arrival)
        do throws(QueueError) {
            try room.check(for: prepared.inlineOctets)
            let outcome = try await writer.run { database in try prepared.insert(database) }
            await settleFiles(of: [prepared], stored: outcome.isStored)
            if outcome.isStored, case .octets(let octets) = arrival.body {
                recent.keep(arrival.message.id, RecentBodies.Body(trace: arrival.message.trace, octets: octets))
            }
            return outcome
        } catch {
            await settleFiles(of: [prepared], stored: false)
            throw error
        }
    }

    /// Brings what is too large for the database into a file; the rest is ready to be bound to a statement.
    func prepare(_ arrival: Arrival) async throws(QueueError) -> PreparedArrival {
        switch arrival.body {
        case .stored(let body): return PreparedArrival(arrival, body: .file(body.reference))
        case .octets(let octets) where octets.readableBytes <= inlineLimit:
            return PreparedArrival(arrival, body: .inline(Data(octets.readableBytesView)))
        case .octets(var octets):
            let writer = try await SpoolWriter(spool: spool, room: room)
            do throws(QueueError) {
                while let piece = octets.readSlice(length: min(inlineLimit, octets.readableBytes)),
                    piece.readableBytes > 0
                {
                    try await writer.write(piece)
                }
                return PreparedArrival(arrival, body: .file(try await writer.finish().reference))
            } catch {
                await writer.abandon()
                throw error
            }
        }
    }

    /// After the commit, or its failure: a file is its message's now, or nobody's.
    func settleFiles(of arrivals: [PreparedArrival], stored: Bool) async {
        for case .file(let reference) in arrivals.map(\.body) {
            if stored {
                spool.inserted(reference)
            } else {
                spool.inserted(reference)
                await discard([reference])
            }
        }
        room.subtract(stored ? arrivals.reduce(0) { $0 + $1.inlineOctets } : 0)
    }
}

/// An arrival with its body in the form that the database takes.
struct PreparedArrival: Sendable {
    enum Body: Sendable {
        case inline(Data)
        case file(String)
    }

    let message: QueuedMessage
    let recipients: [QueuedRecipient]
    let retrieved: RetrievedIdentity?
    let certified: CertifiedFacts?
    let copyKey: CopyKey?
    let body: Body
    /// Octets of the body as it was handed over.
    let bodyOctets: Int

    init(_ arrival: Arrival, body: Body) {
        message = arrival.message
        recipients = arrival.recipients
        retrieved = arrival.retrieved
        certified = arrival.certified
        copyKey = arrival.copyKey
        self.body = body
        bodyOctets =
            switch arrival.body {
            case .octets(let octets): octets.readableBytes
            case .stored(let stored): stored.size
            }
    }

    /// Octets that go into the database.
    var inlineOctets: Int {
        switch body {
        case .inline(let octets): octets.count
        case .file: 0
        }
    }

    /// Writes message, recipients, body, seen-state and what tracking and archive learn.
    ///
    /// - Returns: what became of it; where it is not stored, the body is nobody's.
    func insert(_ database: Database) throws -> InsertOutcome {
        guard !recipients.isEmpty else {
            throw QueueError(.notAllowed, "the message \(message.id) has no recipients")
        }
        if let retrieved {
            guard try !isKnown(retrieved, database) else { return .known }
            try Marks.displace(retrieved.account, retrieved.uniqueID, for: message.id, database)
        }
        if let copyKey, let first = try Copies.take(message, copyKey, retrieved, database) { return .copy(of: first) }
        var queued = recipients
        if let certified, let submission = certified.submission {
            let offer = Submission(message: message, facts: certified, submission: submission, recipients: recipients)
            switch try offer.judge(database) {
            case .duplicate(let first): return .duplicate(of: first)
            case .merged(let first): return .merged(into: first)
            case .new(let recipients): queued = recipients
            }
        }
        try write(queued, database)
        guard let certified else { return .stored }
        try ArchiveRows.append(message, certified, octets: bodyOctets, database)
        if let submission = certified.submission {
            try TrackedRows.insert(message, certified, submission, queued, database)
        }
        guard let receipt = certified.receipt else { return .stored }
        // What a scanner holds back waits for a person, and is in no digest.
        let waits = certified.waitsForDigest && queued.contains { $0.state == .held }
        return try ReceiptRows.take(receipt, message, waits: waits, database)
    }

    /// Writes the message with the recipients that are queued.
    private func write(_ recipients: [QueuedRecipient], _ database: Database) throws {
        var file: String?
        if case .file(let reference) = body { file = reference }
        try database.run(
            """
            INSERT INTO message (id, origin, arrival, reverse_path, return_content, envelope_id, flags, size, trace, \
            header_from, subject, message_id, route_reason, file, report_to, kept, copy_key, retrieved_as) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                message.id.rawValue, message.origin.description, message.arrival.milliseconds,
                message.reversePath.mailbox?.stored, message.returnContent?.rawValue, message.envelopeID, message.flags,
                message.size, message.trace, message.headerFrom, message.subject, message.messageID,
                message.routeReason, file, message.storedReportTo, certified != nil, copyKey?.stored,
                copyKey.flatMap { _ in retrieved.map { _ in message.id.rawValue } },
            ]
        )
        let seq = database.lastInsertedRowID
        if case .inline(let octets) = body {
            try database.run("INSERT INTO body (message, octets) VALUES (?, ?)", [seq, octets])
        }
        for recipient in recipients { try recipient.insert(seq, database) }
        if let retrieved { try Marks.insert(retrieved, of: message, seq, settledAt: nil, database) }
    }

    private func isKnown(_ identity: RetrievedIdentity, _ database: Database) throws -> Bool {
        try database.first(
            "SELECT 1 FROM mark WHERE account = ? AND unique_id = ? AND digest = ?",
            [identity.account, identity.uniqueID, identity.digest]
        ) { _ in true } ?? false
    }
}

extension QueuedRecipient {
    /// Writes the recipient of the message `seq`.
    func insert(_ seq: Int64, _ database: Database) throws {
        try database.run(
            """
            INSERT INTO recipient (message, number, forward_path, notify, original_recipient, route, state, next_attempt, \
            attempts, last_reply, delay_reported) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                seq, number, recipient.forwardPath.stored, recipient.notify.map { Int($0.rawValue) },
                recipient.originalRecipient, route.description, state.code, nextAttempt.milliseconds, attempts,
                lastReply, isDelayReported,
            ]
        )
    }
}
