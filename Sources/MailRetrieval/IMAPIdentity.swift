// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import IMAPProtocol

/// The unique identifier under which a message of IMAP is remembered: `imap:UIDVALIDITY:UID:MAILBOX`.
///
/// Whoever gives the mailbox other identifiers gives it another UIDVALIDITY as well: then no old mark names a message, and digests tell
/// them.
enum IMAPIdentity {
    static func uniqueID(_ uid: IMAPUID, _ validity: UIDValidity, in mailbox: IMAPMailboxName) -> String {
        "imap:\(validity):\(uid):\(mailbox.text)"
    }

    /// The mailbox of an identifier; nil for one of POP3.
    static func mailbox(of uniqueID: String) -> IMAPMailboxName? {
        let parts = uniqueID.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "imap", UIDValidity(parts[1]) != nil, IMAPUID(parts[2]) != nil else {
            return nil
        }
        return IMAPMailboxName(String(parts[3]))
    }
}

extension RetrievalAccount {
    /// False for the identifier of a mailbox that is not fetched.
    func follows(_ uniqueID: String) -> Bool {
        IMAPIdentity.mailbox(of: uniqueID).map(mailboxes.contains) ?? true
    }
}
