// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// A message in a maildrop (RFC 1939).
struct MaildropMessage: Equatable, Sendable {
    /// What UIDL answers; never used twice.
    let uniqueID: String
    /// The message with its trace fields.
    let octets: [UInt8]
}

/// The maildrops of a simulated provider, in memory. A session holds the exclusive lock of the one it reads (RFC 1939 §4).
actor Maildrops {
    private var messages: [String: [MaildropMessage]] = [:]
    private var locked: Set<String> = []
    private var count = 0

    /// Puts a message into the maildrop of `address`.
    func deposit(_ octets: [UInt8], for address: AddrSpec) {
        count += 1
        let digits = String(count)
        let uniqueID = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        messages[address.comparisonKey, default: []].append(MaildropMessage(uniqueID: uniqueID, octets: octets))
    }

    /// What lies in a maildrop, whether a session reads it or not.
    func messages(for address: AddrSpec) -> [MaildropMessage] { messages[address.comparisonKey] ?? [] }

    /// Takes the lock and returns the messages; nil while another session has it.
    func open(_ address: AddrSpec) -> [MaildropMessage]? {
        guard locked.insert(address.comparisonKey).inserted else { return nil }
        return messages(for: address)
    }

    /// Removes the messages marked as deleted; the session keeps the lock until `close`.
    func remove(_ uniqueIDs: Set<String>, from address: AddrSpec) {
        messages[address.comparisonKey]?.removeAll { uniqueIDs.contains($0.uniqueID) }
    }

    /// Gives the lock back.
    func close(_ address: AddrSpec) { locked.remove(address.comparisonKey) }
}
