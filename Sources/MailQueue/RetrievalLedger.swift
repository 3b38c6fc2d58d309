// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The seen-state of the accounts' maildrops. It is written by `QueueStore.insert` in the commit that stores the message.
public protocol RetrievalLedger: Sendable {
    /// Everything known of the maildrop of `account` that has not been forgotten.
    func marks(account: String) async throws(QueueError) -> [RetrievalMark]
    /// The message of `mark` was seen, by its octets, under `newUniqueID`: its mark is kept under that identifier, with the digest of
    /// `mark` and the octets of this listing, and no deletion of it counts as sent any more. `newUniqueID` may be the identifier that it has.
    ///
    /// A mark is known by its message; whichever other one stands under `newUniqueID` is kept under a name of the store's own, as
    /// `QueueStore.insert` does with one whose identifier was given out anew: its message may be in the maildrop under another.
    func renameMark(
        _ mark: RetrievalMark,
        to newUniqueID: String,
        listedOctets: Int?
    ) async throws(QueueError)
    /// Another program retrieved these messages and delivered them: marks without a digest, settled at `now`, so that they are not
    /// retrieved again. An identifier that has a mark already keeps it.
    ///
    /// - Returns: how many marks were made.
    func takeOver(_ uniqueIDs: [String], account: String, now: Timestamp) async throws(QueueError) -> Int
    /// The provider is about to be told that these go (QUIT after DELE): from now on their identifiers alone prove nothing, for the
    /// provider may give them to other messages.
    func noteDeletions(account: String, uniqueIDs: [String]) async throws(QueueError)
    /// The messages are gone from the maildrop: their marks are forgotten.
    func forgetMarks(account: String, uniqueIDs: [String]) async throws(QueueError)
}

/// What is known of one message of a maildrop.
public struct RetrievalMark: Hashable, Sendable {
    /// Its identity.
    public var identity: RetrievedIdentity
    /// The message that it became here.
    public var id: QueueID
    /// When it was stored here.
    public var retrieved: Timestamp
    /// True when every recipient was delivered or settled by a person, so that P1 allows the provider's copy to go.
    public var isSettled: Bool
    /// When it was settled; nil when it is not, or was by a version that did not remember.
    public var settledAt: Timestamp?
    /// True from before the provider was told to delete it until it is seen there again.
    public var isDeletionSent: Bool

    /// True while nothing but the identifier is known of the message: another program retrieved it, and its octets were not seen here.
    public var isTakenOver: Bool { identity.digest.isEmpty }

    /// A mark.
    public init(
        identity: RetrievedIdentity,
        id: QueueID,
        retrieved: Timestamp,
        isSettled: Bool,
        settledAt: Timestamp? = nil,
        isDeletionSent: Bool = false
    ) {
        self.identity = identity
        self.id = id
        self.retrieved = retrieved
        self.isSettled = isSettled
        self.settledAt = settledAt
        self.isDeletionSent = isDeletionSent
    }
}
