// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import POP3Protocol

/// What one listing of a maildrop means beside what is remembered: a pure decision.
///
/// An identifier counts when it stands once in the listing. Messages without one, or with one that is listed twice, are told apart
/// by the digest of their octets, which costs their download at each fetch. So are those whose identifier may have been given out
/// anew: the provider was told to delete the message that had it, or lists another size under it.
struct MaildropPlan {
    /// Messages to retrieve: those that failed before come last, so that one bad message does not stand before the others.
    private(set) var downloads: [POP3Message] = []
    /// As which message each one is known here.
    private(set) var known: [Int: QueueID] = [:]
    /// Marks that no trusted identifier of the listing names, by digest; a message with that digest is one of them.
    private var absent: [String: [RetrievalMark]] = [:]
    /// The identifiers of the listing.
    private let listed: Set<String>
    private var taken: Set<String>

    private let keep: KeepPolicy

    init(messages: [POP3Message], marks: [RetrievalMark], keep: KeepPolicy, troubles: [String: Int] = [:]) {
        self.keep = keep
        var counts: [String: Int] = [:]
        for message in messages { if let uniqueID = message.uniqueID { counts[uniqueID, default: 0] += 1 } }
        listed = Set(counts.keys)
        let remembered = Dictionary(marks.map { ($0.identity.uniqueID, $0) }) { first, _ in first }
        taken = Set(remembered.keys)
        for message in messages {
            if let uniqueID = message.uniqueID, counts[uniqueID] == 1, let mark = remembered[uniqueID],
                Self.isTrusted(mark, for: message)
            {
                known[message.number] = mark.id
            } else {
                let isTrusted = message.uniqueID.map { counts[$0] == 1 } ?? false
                downloads.append(
                    POP3Message(
                        number: message.number,
                        octets: message.octets,
                        uniqueID: isTrusted ? message.uniqueID : nil
                    )
                )
            }
        }
        let present = Set(known.values)
        for mark in marks where !present.contains(mark.id) {
            absent[mark.identity.digest, default: []].append(mark)
        }
        downloads.sort { left, right in
            let (before, after) = (troubles[Self.trouble(left)] ?? 0, troubles[Self.trouble(right)] ?? 0)
            return before != after ? before < after : left.number < right.number
        }
    }

    /// True when the identifier alone says that `message` is the one of `mark`.
    private static func isTrusted(_ mark: RetrievalMark, for message: POP3Message) -> Bool {
        !mark.isDeletionSent && (mark.identity.listedOctets.map { $0 == message.octets } ?? true)
    }

    /// How a message that fails is remembered between sessions.
    static func trouble(_ message: POP3Message) -> String { message.uniqueID ?? "octets:\(message.octets)" }

    /// What a retrieved message turned out to be.
    enum Recognition: Equatable {
        /// Known, and without an identifier of its own.
        case known
        /// The message of this mark, seen under this identifier, which is the mark's or a new one.
        case seen(RetrievalMark, uniqueID: String)
        /// New; to be remembered under this identifier.
        case new(uniqueID: String)
    }

    /// Says what a retrieved message is, which would be stored as `id`. Two messages with equal octets are two messages: each mark
    /// is recognised once, by the message that has its identifier where there is one.
    mutating func recognise(_ message: POP3Message, digest: String, id: QueueID) -> Recognition {
        if var candidates = absent[digest], !candidates.isEmpty {
            let mark = candidates.remove(at: candidates.firstIndex { $0.identity.uniqueID == message.uniqueID } ?? 0)
            absent[digest] = candidates
            known[message.number] = mark.id
            return message.uniqueID.map { .seen(mark, uniqueID: $0) } ?? .known
        }
        let uniqueID = message.uniqueID ?? freshName(digest)
        taken.insert(uniqueID)
        known[message.number] = id
        return .new(uniqueID: uniqueID)
    }

    /// The identifiers of marks that no message of the maildrop has; to be asked when every message is recognised. One that is listed
    /// belongs to another message now, and with it the mark under it.
    var absentIDs: [String] {
        absent.values.joined().map(\.identity.uniqueID).filter { !listed.contains($0) }.sorted()
    }

    /// Messages of this session that may be deleted as `marks` stand now, apart from those in `done`.
    func deletions(marks: [RetrievalMark], except done: Set<Int>, now: Timestamp) -> [(number: Int, uniqueID: String)] {
        let marks = Dictionary(marks.map { ($0.id, $0) }) { first, _ in first }
        return known.sorted { $0.key < $1.key }.compactMap { number, id in
            guard !done.contains(number), let mark = marks[id], keep.allowsDeletion(of: mark, now: now) else {
                return nil
            }
            return (number, mark.identity.uniqueID)
        }
    }

    /// An identifier made of the digest, with a number from the second message of equal octets on.
    private func freshName(_ digest: String) -> String {
        let name = "sha256:\(digest)"
        guard taken.contains(name) else { return name }
        var count = 2
        while taken.contains("\(name):\(count)") { count += 1 }
        return "\(name):\(count)"
    }
}
