// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import MailModel

/// Which of several tracked messages a receipt is about.
public enum Matching {
    /// The form in which client and provider identifiers compare: without angle brackets, letters without case. Providers change the
    /// case of domains, and no client gives two messages identifiers that differ in case alone.
    public static func key(_ identifier: String) -> String {
        var text = Substring(identifier)
        while let first = text.first, first == "<" || first.isWhitespace { text.removeFirst() }
        while let last = text.last, last == ">" || last.isWhitespace { text.removeLast() }
        return text.lowercased()
    }

    /// The message that `receipt` is about, among `candidates` of the receipt's account that share its Message-ID or identifier.
    ///
    /// By Message-ID first, then by the provider's identifier. Several share a Message-ID when Exchange divides a message with many recipients, or
    /// a person sends it twice: then the one whose identifier the receipt names; otherwise one with a recipient that it names, that has no
    /// identifier yet, that was sent, and the oldest of those, in this order of weight. A Message-ID that the unsigned header alone tells names
    /// only a message that has no identifier yet, and none at all where the provider's identifier is known.
    public static func choose(_ receipt: Receipt, among candidates: [TrackedMessage]) -> TrackedMessage? {
        let ours = candidates.filter { $0.account == receipt.account }.sorted { $0.created < $1.created }
        let messageKey = receipt.messageID.map(key)
        let identifierKey = receipt.identifier.map(key)
        let byIdentifier = ours.filter { identifierKey != nil && $0.identifier.map(key) == identifierKey }
        if !receipt.isMessageIDSigned, let known = byIdentifier.first { return known }
        let byMessage = ours.filter {
            messageKey != nil && key($0.messageID) == messageKey && (receipt.isMessageIDSigned || $0.identifier == nil)
        }
        if let both = byIdentifier.first(where: { byMessage.contains($0) }) { return both }
        let named = Set((receipt.recipients.map(\.address) + receipt.concerned).map(TrackedMessage.key))
        let heaviest = byMessage.map { weight($0, named) }.max()
        if let best = byMessage.first(where: { weight($0, named) == heaviest }) { return best }
        // A receipt that names another client identifier is about another message.
        return messageKey == nil ? byIdentifier.first : nil
    }

    /// How well a message of the same Message-ID fits.
    private static func weight(_ message: TrackedMessage, _ named: Set<String>) -> Int {
        let isNamed = message.recipients.contains { named.contains($0.address.comparisonKey) }
        let wasSent = message.recipients.contains { $0.state.rank >= TrackingState.uncertain.rank }
        return (isNamed ? 4 : 0) + (message.identifier == nil ? 2 : 0) + (wasSent ? 1 : 0)
    }
}
