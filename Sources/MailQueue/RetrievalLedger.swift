// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The seen-state of the accounts' maildrops. It is written by `QueueStore.insert` in the commit that stores the message.
public protocol RetrievalLedger: Sendable {
    /// Everything known of the maildrop of `account` that has not been forgotten.
    func marks(account: String) async throws(QueueError) -> [RetrievalMark]
    /// The provider gave the message `uniqueID` a new identifier (UIDL reset): the mark is kept under `newUniqueID`.
    func renameMark(account: String, uniqueID: String, to newUniqueID: String) async throws(QueueError)
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

    /// A mark.
    public init(identity: RetrievedIdentity, id: QueueID, retrieved: Timestamp, isSettled: Bool) {
        self.identity = identity
        self.id = id
        self.retrieved = retrieved
        self.isSettled = isSettled
    }
}
