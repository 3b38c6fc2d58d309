// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol

extension IMAPSession {
    /// Without UIDPLUS nothing can be expunged but all that is marked as deleted: then messages that somebody else marked keep ours.
    mutating func delete(_ numbers: [Int]) async throws(RetrievalFailure) -> DeletionAnswer {
        var answer = DeletionAnswer()
        for (name, numbers) in byMailbox(numbers) {
            if listed[name]?.isReadOnly == true {
                answer.refusal = "the mailbox \(name) is read-only"
            } else if try await mayExpunge(numbers, of: name) {
                answer.numbers.formUnion(numbers)
            } else {
                answer.refusal = Self.foreignDeletions(name)
            }
        }
        condemned.formUnion(answer.numbers)
        return answer
    }

    /// Moves or expunges what `delete` prepared.
    mutating func finish() async throws(RetrievalFailure) -> DeletionAnswer {
        var answer = DeletionAnswer()
        for (name, numbers) in byMailbox(condemned.sorted()) {
            try await reselect(name)
            let known = Dictionary(numbers.map { (places[$0 - 1].message.uid, $0) }) { first, _ in first }
            for set in IMAPSequenceSet.sets(of: known.keys) {
                if let refusal = try await remove(set, from: name) {
                    answer.refusal = refusal
                } else {
                    answer.numbers.formUnion(set.identifiers.compactMap { known[$0] })
                }
            }
        }
        condemned = []
        return answer
    }

    private func byMailbox(_ numbers: [Int]) -> [(name: IMAPMailboxName, numbers: [Int])] {
        let groups = Dictionary(grouping: numbers) { places[$0 - 1].mailbox }
        return account.mailboxes.compactMap { name in groups[name].map { (name, $0) } }
    }

    private static func foreignDeletions(_ name: IMAPMailboxName) -> String {
        "the server has no UIDPLUS, and somebody else marked messages in \(name) as deleted: expunging would remove those as well"
    }

    private var canMove: Bool { machine.capabilities?.has("MOVE") ?? false }
    private var canExpungeOnly: Bool { machine.capabilities?.has("UIDPLUS") ?? false }

    /// True when nothing but `numbers` would be expunged.
    private mutating func mayExpunge(_ numbers: [Int], of name: IMAPMailboxName) async throws(RetrievalFailure) -> Bool
    {
        if canExpungeOnly || (account.moveTo != nil && canMove) { return true }
        try await reselect(name)
        return try await isAlone(Set(numbers.map { places[$0 - 1].message.uid }))
    }

    /// True when no other message of the selected mailbox than `ours` is marked as deleted, and the server listed all of them.
    private mutating func isAlone(_ ours: Set<IMAPUID>) async throws(RetrievalFailure) -> Bool {
        let messages = try await listSelected()
        return messages.count >= machine.mailbox?.messages ?? .max
            && messages.allSatisfy { !$0.isDeleted || ours.contains($0.uid) }
    }

    /// - Returns: why the messages were not removed; nil when they were.
    private mutating func remove(
        _ set: IMAPSequenceSet,
        from name: IMAPMailboxName
    ) async throws(RetrievalFailure) -> String? {
        if let target = account.moveTo {
            if canMove {
                let status = try await transfer(.move(set, to: target), to: target)
                return status.isOK ? nil : status.description
            }
            if let refusal = try await copy(set, from: name, to: target) { return refusal }
        }
        let marked = try await command(.markDeleted(set))
        guard marked.isOK else { return marked.description }
        if !canExpungeOnly {
            let ours = Set(condemned.map { places[$0 - 1] }.filter { $0.mailbox == name }.map(\.message.uid))
            guard try await isAlone(ours) else { return Self.foreignDeletions(name) }
        }
        let expunged = try await command(canExpungeOnly ? .expungeOnly(set) : .expunge)
        guard expunged.isOK else { return expunged.description }
        memory.copied.subtract(set.identifiers.compactMap { rememberedID($0, name) })
        return nil
    }

    /// Copies what was not copied before: a server that then refuses to expunge is not given another copy at each fetch.
    private mutating func copy(
        _ set: IMAPSequenceSet,
        from name: IMAPMailboxName,
        to target: IMAPMailboxName
    ) async throws(RetrievalFailure) -> String? {
        let fresh = set.identifiers.filter { uid in rememberedID(uid, name).map { !memory.copied.contains($0) } ?? true
        }
        for part in IMAPSequenceSet.sets(of: fresh) {
            let status = try await transfer(.copy(part, to: target), to: target)
            guard status.isOK else { return status.description }
            memory.copied.formUnion(part.identifiers.compactMap { rememberedID($0, name) })
        }
        return nil
    }

    private func rememberedID(_ uid: IMAPUID, _ name: IMAPMailboxName) -> String? {
        listed[name]?.uidValidity.map { IMAPIdentity.uniqueID(uid, $0, in: name) }
    }

    /// Moves or copies; a mailbox that is not there is made (TRYCREATE, RFC 3501 §7.1).
    private mutating func transfer(
        _ transfer: IMAPCommand,
        to target: IMAPMailboxName
    ) async throws(RetrievalFailure) -> IMAPStatus {
        let status = try await command(transfer)
        guard status.code?.name == "TRYCREATE" else { return status }
        let created = try await command(.create(target))
        return created.isOK ? try await command(transfer) : created
    }
}
