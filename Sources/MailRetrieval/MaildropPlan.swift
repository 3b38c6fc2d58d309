// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import POP3Protocol

/// What one listing of a maildrop means beside what is remembered: a pure decision.
///
/// An identifier counts when it stands once in the listing. Messages without one, or with one that is listed twice, are told apart
/// by the digest of their octets, which costs their download at each fetch.
struct MaildropPlan {
    /// Messages to retrieve: those that failed before come last, so that one bad message does not stand before the others.
    private(set) var downloads: [POP3Message] = []
    /// Under which identifier each message is remembered.
    private(set) var names: [Int: String] = [:]
    /// Marks that no identifier of the listing names, by digest; a message with that digest is one of them.
    private var absent: [String: [RetrievalMark]] = [:]
    private var taken: Set<String>

    private let keep: KeepPolicy

    init(messages: [POP3Message], marks: [RetrievalMark], keep: KeepPolicy, troubles: [String: Int] = [:]) {
        self.keep = keep
        var counts: [String: Int] = [:]
        for message in messages { if let uniqueID = message.uniqueID { counts[uniqueID, default: 0] += 1 } }
        let known = Dictionary(marks.map { ($0.identity.uniqueID, $0) }) { first, _ in first }
        taken = Set(known.keys)
        for message in messages {
            if let uniqueID = message.uniqueID, counts[uniqueID] == 1, let mark = known[uniqueID] {
                add(mark, number: message.number)
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
        let present = Set(names.values)
        for mark in marks where !present.contains(mark.identity.uniqueID) {
            absent[mark.identity.digest, default: []].append(mark)
        }
        downloads.sort { left, right in
            let (before, after) = (troubles[Self.trouble(left)] ?? 0, troubles[Self.trouble(right)] ?? 0)
            return before != after ? before < after : left.number < right.number
        }
    }

    /// How a message that fails is remembered between sessions.
    static func trouble(_ message: POP3Message) -> String { message.uniqueID ?? "octets:\(message.octets)" }

    /// What a retrieved message turned out to be.
    enum Recognition: Equatable {
        /// Known under this identifier.
        case known
        /// Known under `old`: the provider gave it a new identifier.
        case renamed(old: String, new: String)
        /// New; to be remembered under this identifier.
        case new(uniqueID: String)
    }

    /// Says what a retrieved message is. Two messages with equal octets are two messages: each mark is recognised once.
    mutating func recognise(_ message: POP3Message, digest: String) -> Recognition {
        if var candidates = absent[digest], !candidates.isEmpty {
            let mark = candidates.removeFirst()
            absent[digest] = candidates
            guard let uniqueID = message.uniqueID else {
                add(mark, number: message.number)
                return .known
            }
            add(mark, number: message.number, as: uniqueID)
            return .renamed(old: mark.identity.uniqueID, new: uniqueID)
        }
        let uniqueID = message.uniqueID ?? freshName(digest)
        taken.insert(uniqueID)
        names[message.number] = uniqueID
        return .new(uniqueID: uniqueID)
    }

    /// The identifiers of marks that no message of the maildrop has; to be asked when every message is recognised.
    var absentIDs: [String] { absent.values.joined().map(\.identity.uniqueID).sorted() }

    private mutating func add(_ mark: RetrievalMark, number: Int, as uniqueID: String? = nil) {
        let name = uniqueID ?? mark.identity.uniqueID
        names[number] = name
    }

    /// Messages of this session that may be deleted as `marks` stand now, apart from those in `done`.
    func deletions(marks: [RetrievalMark], except done: Set<Int>, now: Timestamp) -> [(number: Int, uniqueID: String)] {
        let known = Dictionary(marks.map { ($0.identity.uniqueID, $0) }) { first, _ in first }
        return names.sorted { $0.key < $1.key }.compactMap { number, name in
            guard !done.contains(number), let mark = known[name],
                keep.allowsDeletion(settled: mark.isSettled, retrieved: mark.retrieved, now: now)
            else { return nil }
            return (number, name)
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
