// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

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
    /// By Message-ID first, then by the provider's identifier. Where a person sent one message twice, the one whose identifier the
    /// receipt names; otherwise the first that has none yet.
    public static func choose(_ receipt: Receipt, among candidates: [TrackedMessage]) -> TrackedMessage? {
        let ours = candidates.filter { $0.account == receipt.account }.sorted { $0.created < $1.created }
        let messageKey = receipt.messageID.map(key)
        let identifierKey = receipt.identifier.map(key)
        let byMessage = ours.filter { messageKey != nil && key($0.messageID) == messageKey }
        let byIdentifier = ours.filter { identifierKey != nil && $0.identifier.map(key) == identifierKey }
        if let both = byIdentifier.first(where: { byMessage.contains($0) }) { return both }
        if let fresh = byMessage.first(where: { $0.identifier == nil }) { return fresh }
        if let known = byMessage.first { return known }
        // A receipt that names another client identifier is about another message.
        return messageKey == nil ? byIdentifier.first : nil
    }
}
