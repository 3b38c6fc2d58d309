// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue

/// What one listing of a maildrop means beside what is remembered: a pure decision.
///
/// An identifier counts when it stands once in the listing. Messages without one, or with one that is listed twice, are told apart
/// by the digest of their octets, which costs their download at each fetch. Those whose identifier may have been given out anew (the
/// provider was told to delete the message that had it, or lists another size under it) are suspects: they are downloaded first.
///
/// ```text
/// suspects ──▶ all of them are what they were ──▶ the other identifiers count
///    ├────────▶ one is another message ──────────▶ no identifier of this listing counts: everything is told by its digest
///    └────────▶ one could not be seen ───────────▶ no identifier alone deletes: what is to go is told by its digest before
/// ```
///
/// Of a message that another program retrieved only the identifier is remembered. Before it may be deleted it is downloaded once, for its
/// digest, in a listing without doubt: no deletion rests on a mark without one. Unless it says itself that it came before the mark was
/// made, it may be another one under a name that was given out anew: then it is new.
struct MaildropPlan {
    /// Messages to retrieve now: those that failed before come last, so that one bad message does not stand before the others.
    private(set) var downloads: [ListedMessage]
    /// Messages to retrieve after those.
    private var later: [ListedMessage]
    /// Suspects that have not been seen yet, by number.
    private var suspects: Set<Int>
    /// True when a suspect is another message than the one that is remembered under its identifier.
    private var isReuseProven = false
    /// As which message each one is known here.
    private(set) var known: [Int: QueueID] = [:]
    /// Those of `known` that an identifier alone says, by number.
    private var trusted: [Int: (message: ListedMessage, mark: RetrievalMark)] = [:]
    /// Marks that no trusted identifier of the listing names, by digest; a message with that digest is one of them.
    private var absent: [String: [RetrievalMark]] = [:]
    /// What is remembered, by identifier.
    private let remembered: [String: RetrievalMark]
    /// The identifiers of the listing.
    private let listed: Set<String>
    private var taken: Set<String>

    /// Marks without a digest whose messages are being retrieved for it, by number.
    private var completing: [Int: RetrievalMark] = [:]

    private let keep: KeepPolicy
    private let troubles: [String: Int]

    init(
        messages: [ListedMessage],
        marks: [RetrievalMark],
        keep: KeepPolicy,
        troubles: [String: Int] = [:],
        now: Timestamp
    ) {
        self.keep = keep
        self.troubles = troubles
        var counts: [String: Int] = [:]
        for message in messages { if let uniqueID = message.uniqueID { counts[uniqueID, default: 0] += 1 } }
        listed = Set(counts.keys)
        remembered = Dictionary(marks.map { ($0.identity.uniqueID, $0) }) { first, _ in first }
        taken = Set(remembered.keys)
        var suspected: [ListedMessage] = []
        var others: [ListedMessage] = []
        for message in messages {
            var message = message
            if let uniqueID = message.uniqueID, counts[uniqueID] != 1 { message.uniqueID = nil }
            if let uniqueID = message.uniqueID, let mark = remembered[uniqueID] {
                if Self.isTrusted(mark, for: message) {
                    known[message.number] = mark.id
                    trusted[message.number] = (message, mark)
                } else {
                    suspected.append(message)
                }
            } else {
                others.append(message)
            }
        }
        let present = Set(known.values)
        for mark in marks where !present.contains(mark.id) {
            absent[mark.identity.digest, default: []].append(mark)
        }
        suspects = Set(suspected.map(\.number))
        downloads = suspected
        later = others
        if suspected.isEmpty {
            downloads = others + complete(now: now)
            later = []
        }
        downloads = Self.sorted(downloads, troubles)
    }

    /// Messages that may go but for their digest; they are to be retrieved for it. Only for a listing without doubt.
    private mutating func complete(now: Timestamp) -> [ListedMessage] {
        let taken = trusted.filter { $0.value.mark.isTakenOver && keep.allowsDeletion(of: $0.value.mark, now: now) }
        for (number, (_, mark)) in taken {
            trusted[number] = nil
            completing[number] = mark
        }
        return taken.values.map(\.message)
    }

    private static func sorted(_ messages: [ListedMessage], _ troubles: [String: Int]) -> [ListedMessage] {
        messages.sorted { left, right in
            let (before, after) = (troubles[trouble(left)] ?? 0, troubles[trouble(right)] ?? 0)
            return before != after ? before < after : left.number < right.number
        }
    }

    /// True when the identifier alone says that `message` is the one of `mark`.
    private static func isTrusted(_ mark: RetrievalMark, for message: ListedMessage) -> Bool {
        !mark.isDeletionSent && (mark.identity.listedOctets.map { $0 == message.octets } ?? true)
    }

    /// True while identifiers of this listing may be those of other messages: no deletion rests on them.
    var isInDoubt: Bool { isReuseProven || !suspects.isEmpty }

    /// Goes on once `downloads` are retrieved: what is still to be retrieved becomes the new `downloads`. `marks` are as they stand
    /// now; they matter in doubt alone.
    mutating func proceed(marks: [RetrievalMark], now: Timestamp) {
        if isInDoubt {
            let marks = Dictionary(marks.map { ($0.id, $0) }) { first, _ in first }
            let keep = keep
            distrust { mark in
                !mark.isTakenOver && marks[mark.id].map { keep.allowsDeletion(of: $0, now: now) } ?? true
            }
        } else {
            later += complete(now: now)
        }
        downloads = Self.sorted(later, troubles)
        later = []
    }

    /// Messages that are known by their identifiers alone, and whose marks `isMeant`, are to be told by their digests.
    private mutating func distrust(_ isMeant: (RetrievalMark) -> Bool) {
        for (number, (message, mark)) in trusted where isMeant(mark) {
            known[number] = nil
            trusted[number] = nil
            absent[mark.identity.digest, default: []].append(mark)
            later.append(message)
        }
    }

    /// How a message that fails is remembered between sessions.
    static func trouble(_ message: ListedMessage) -> String { message.uniqueID ?? "octets:\(message.octets)" }

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
    /// is recognised once, by the message that has its identifier where there is one. `received` is when the message says it came.
    mutating func recognise(
        _ message: ListedMessage,
        digest: String,
        id: QueueID,
        received: ReceivedTime? = nil
    ) -> Recognition {
        suspects.remove(message.number)
        if var mark = completing.removeValue(forKey: message.number), received?.isNotAfter(mark.retrieved) == true {
            mark.identity.digest = digest
            return .seen(mark, uniqueID: mark.identity.uniqueID)
        }
        // A mark without a digest proves nothing of the others.
        if let mark = message.uniqueID.flatMap({ remembered[$0] }), !mark.isTakenOver, mark.identity.digest != digest,
            !isReuseProven
        {
            isReuseProven = true
            distrust { _ in true }
        }
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

    /// Messages of this session that may be deleted as `marks` stand now, apart from those in `done`. In doubt, none by its identifier
    /// alone.
    func deletions(marks: [RetrievalMark], except done: Set<Int>, now: Timestamp) -> [(number: Int, uniqueID: String)] {
        let marks = Dictionary(marks.map { ($0.id, $0) }) { first, _ in first }
        return known.sorted { $0.key < $1.key }.compactMap { number, id in
            guard !done.contains(number), !isInDoubt || trusted[number] == nil, let mark = marks[id],
                !mark.isTakenOver, keep.allowsDeletion(of: mark, now: now)
            else {
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
