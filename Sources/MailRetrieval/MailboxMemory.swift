// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol

/// What sessions of IMAP need not ask again: how mailboxes looked when they were last listed.
struct MailboxMemory: Sendable {
    /// Messages of the largest listing that is kept.
    static let maximumMessages = 20_000

    private var snapshots: [IMAPMailboxName: (mailbox: IMAPMailbox, messages: [IMAPMessage])] = [:]
    /// When the quota was last asked for, and what is to be said of it.
    var quotaAsked: ContinuousClock.Instant?
    var quotaWords: String?
    /// Identifiers of messages that were copied to the folder that they are moved to, and are still to be expunged where they were.
    var copied: Set<String> = []

    /// The messages of `mailbox` when nothing in it has changed since they were listed (RFC 7162 §3.1.2); nil when they must be listed.
    func messages(of mailbox: IMAPMailbox) -> [IMAPMessage]? {
        guard mailbox.highestModificationSequence != nil, mailbox.nextUID != nil, mailbox.uidValidity != nil,
            let snapshot = snapshots[mailbox.name], snapshot.mailbox == mailbox
        else { return nil }
        return snapshot.messages
    }

    /// Keeps the listing of `mailbox`, as it was before it was listed, unless the server left messages out.
    mutating func keep(_ messages: [IMAPMessage], of mailbox: IMAPMailbox) {
        let isKept =
            mailbox.highestModificationSequence != nil && messages.count <= Self.maximumMessages
            && messages.count == mailbox.messages
        snapshots[mailbox.name] = isKept ? (mailbox, messages) : nil
    }
}
