// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// What one fetch brought.
struct FetchReport: Hashable, Sendable {
    /// Messages stored.
    var messages = 0
    /// Their octets.
    var octets = 0
    /// Messages of the maildrop at its listing.
    var inMaildrop = 0
    /// Messages removed from the maildrop.
    var deleted = 0
    /// Messages whose identifier the provider changed.
    var renamed = 0
    /// Messages that the server refused to give, or that no scanner judged, with what was said of the last.
    var refused = 0
    var refusal: String?
    /// Messages that stay at the provider until they are delivered.
    var unsettled = 0
    /// What the server said of a mailbox that is full or nearly so.
    var fullMailbox: String?
    /// Why a folder could not be opened; the others were fetched.
    var unopened: String?
    /// Why messages that were to be deleted or moved were not.
    var notDeleted: String?
    /// True when there is more to do at once.
    var continues = false
    /// Messages that this session did not ask for.
    var skipped = 0
    /// Messages that are here not known, and lie at the provider still.
    var leftBehind: Int { refused + skipped }
}

/// What the loop of one account remembers between its fetches; none of it need survive a restart.
struct MaildropMemory: Sendable {
    /// How often each message broke a session or was refused.
    var troubles: [String: Int] = [:]
    /// True when the last session broke behind the listing: deletions then get a session of their own.
    var lastBroke = false
    /// Identifiers whose deletion the server confirmed; their marks are forgotten once a listing does not show them.
    var deletedHere: Set<String> = []
    /// Since when a mark's message is missing from the listing for another reason.
    var missingSince: [String: Timestamp] = [:]
    /// What IMAP need not ask again.
    var mailboxes = MailboxMemory()
    /// The session of IMAP that stayed open, to wait for news and for the next fetch.
    var session: IMAPSession?

    /// How long a message must be missing before its mark is forgotten: a server that once shows an empty maildrop by mistake
    /// must not make everything new.
    static let missingTime: Duration = .seconds(86_400)

    /// Ends the session that stayed open, if there is one.
    mutating func endSession() async {
        await session?.logout()
        session = nil
    }

    /// Splits off the marks that are to be forgotten.
    mutating func forgettable(_ absent: [String], now: Timestamp) -> [String] {
        // What is listed again is there again, or is another message: gone next time, it is not by our deletion.
        deletedHere.formIntersection(absent)
        var since: [String: Timestamp] = [:]
        for uniqueID in absent { since[uniqueID] = missingSince[uniqueID] ?? now }
        missingSince = since
        let forgotten = absent.filter { uniqueID in
            deletedHere.contains(uniqueID) || (since[uniqueID].map { now - $0 >= Self.missingTime } ?? false)
        }
        for uniqueID in forgotten {
            deletedHere.remove(uniqueID)
            missingSince[uniqueID] = nil
        }
        return forgotten
    }
}
