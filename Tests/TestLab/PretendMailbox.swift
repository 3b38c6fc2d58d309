// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A mailbox in the memory of a `PretendIMAPServer`.
package struct PretendMailbox: Sendable {
    /// One message.
    package struct Message: Sendable {
        /// Its identifier.
        package var uid: Int
        /// Its octets.
        package var octets: [UInt8]
        /// True once somebody marked it as \Deleted.
        package var isDeleted = false

        /// A message that nobody marked.
        package init(uid: Int, octets: [UInt8]) {
            self.uid = uid
            self.octets = octets
        }
    }

    /// UIDVALIDITY.
    package var validity = 1
    /// The identifier of the next message.
    package var next = 1
    /// HIGHESTMODSEQ.
    package var changes = 1
    /// What is in it.
    package var messages: [Message] = []

    /// An empty one.
    package init() {}

    /// Puts a message into it.
    package mutating func add(_ octets: [UInt8]) {
        messages.append(Message(uid: next, octets: octets))
        next += 1
        changes += 1
    }

    /// Changes the messages that a set such as `1:3,5` names; those for which `keeps` says false go.
    mutating func update(_ set: Substring, _ keeps: (inout Message) -> Bool) {
        let ranges = set.split(separator: ",").map { range in
            let ends = range.split(separator: ":").compactMap { Int($0) }
            return (ends.first ?? 0)...max(ends.first ?? 0, ends.last ?? 0)
        }
        messages = messages.compactMap { message in
            var message = message
            guard ranges.contains(where: { $0.contains(message.uid) }) else { return message }
            return keeps(&message) ? message : nil
        }
        changes += 1
    }
}
