// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The durable queue. Every function that changes something returns after the change is on disk.
///
/// Several gateways may share one store: what is claimed is leased for a time and nothing is remembered in a process alone.
/// Implementations pass the one contract suite of `QueueStoreContract`.
public protocol QueueStore: Sendable {
    /// The size in octets up to which a body is handed over in memory; larger ones go through a `BodyWriter`.
    var inlineLimit: Int { get }

    /// Room for a message of `expected` octets: throws `full` when it would not fit above the reserve.
    func checkRoom(for expected: Int) async throws(QueueError)
    /// A writer for a body larger than `inlineLimit`.
    func makeBodyWriter() async throws(QueueError) -> any BodyWriter
    /// A reader of a body that was written and waits for its message.
    func readStored(_ body: StoredBody) async throws(QueueError) -> any BodyReader
    /// Removes a body that was written and whose message is refused after all; harmless when it is gone.
    func discardStored(_ body: StoredBody) async
    /// Stores the message, its recipients, its body, its seen-state and what it does to tracking in one commit.
    ///
    /// A certified submission whose recipients are all in tracked messages of the same account, Message-ID and content is not stored again
    /// (P5); where some are, the others alone are queued. A receipt moves the message that it is about, and ends what it proves in the queue.
    /// A message with a `copyKey` is not stored where it came by the other way already: a retrieved one where a forwarded one of its key is here
    /// that no retrieved one was paired with, a forwarded one where a retrieved one of its key is known. The history of the message that is here
    /// says so. One whose delivery failed for good counts for nothing.
    /// - Returns: what became of it.
    @discardableResult
    func insert(_ arrival: Arrival) async throws(QueueError) -> InsertOutcome

    /// Claims up to `limit` messages of `route` that are due at `now`, oldest first. Leases that ran out count as waiting; a
    /// `submitting` recipient whose lease ran out becomes `uncertain` and is not claimed.
    func claim(_ route: Route, limit: Int, now: Timestamp, lease: Lease) async throws(QueueError) -> [Claim]
    /// Extends the lease on the recipients of `id` that `lease.owner` holds.
    func renew(_ id: QueueID, lease: Lease) async throws(QueueError)
    /// Marks the recipients `numbers` as `submitting`: the end of data of a certified submission is the next thing sent (P5).
    func beginSubmission(_ id: QueueID, numbers: [Int], lease: Lease) async throws(QueueError)
    /// Writes how a claim ended. A `delivered` is written even when the lease was lost meanwhile; other outcomes are then dropped.
    func settle(_ settlement: Settlement) async throws(QueueError)
    /// For each route with something waiting, when the first is due; leases that run out later count at their end.
    func nextAttempts(now: Timestamp) async throws(QueueError) -> [Route: Timestamp]
    /// At start: gives back what `owner`, or a claim named `owner#…`, had leased before it ended. `leased` becomes waiting at `now`, `submitting` uncertain.
    /// - Returns: the messages with recipients that are now uncertain.
    func recover(owner: String, now: Timestamp) async throws(QueueError) -> [QueueID]

    /// A reader of the message `id`: its trace fields, then the octets of its body.
    func readBody(_ id: QueueID) async throws(QueueError) -> any BodyReader

    /// The messages that `filter` selects, oldest first, at most `limit`.
    func list(_ filter: QueueFilter, limit: Int) async throws(QueueError) -> [QueueEntry]
    /// One message with everything known of it; nil when there is none.
    func entry(_ id: QueueID) async throws(QueueError) -> QueueEntry?
    /// How many recipients are in each state, and the octets of messages that are not at an end.
    func summary() async throws(QueueError) -> QueueSummary
    /// Octets of the messages from `origin` that have a recipient in the quarantine, and 1024 for the rows of each such recipient; costs nothing
    /// for other messages.
    func quarantinedOctets(from origin: MessageOrigin) async throws(QueueError) -> Int
    /// A person's decision on one message.
    /// - Returns: how many recipients changed; throws `notFound` or `notAllowed`.
    func apply(_ action: QueueAction, to id: QueueID, now: Timestamp, by person: String) async throws(QueueError) -> Int
    /// Makes everything that waits due now.
    func retryAll(now: Timestamp) async throws(QueueError) -> Int
    /// Removes messages, history and seen-state that ended before `before`, and bodies that belong to nothing.
    func purge(endedBefore before: Timestamp, now: Timestamp) async throws(QueueError)
    /// Closes the store; what was acknowledged is on disk.
    func close() async
}

/// What `list` selects.
public enum QueueFilter: Hashable, Sendable {
    /// Messages with a recipient that has not come to its end.
    case open
    /// Messages with a recipient in this state.
    case state(RecipientState)
    /// Messages with a recipient in the quarantine that came by one of these ways.
    case quarantined(from: Set<MessageOrigin>)
    /// Messages with a recipient in the quarantine that came by any other way than these.
    case quarantinedApart(from: Set<MessageOrigin>)
    /// Every message that is still known.
    case all
}

/// A message as listings show it.
public struct QueueEntry: Sendable {
    /// Its facts.
    public var message: QueuedMessage
    /// All its recipients.
    public var recipients: [QueuedRecipient]
    /// Its attempts, oldest first, each with the recipient's number; empty in `list`.
    public var history: [(number: Int, attempt: DeliveryAttempt, state: RecipientState)]

    /// An entry.
    public init(
        message: QueuedMessage,
        recipients: [QueuedRecipient],
        history: [(number: Int, attempt: DeliveryAttempt, state: RecipientState)] = []
    ) {
        self.message = message
        self.recipients = recipients
        self.history = history
    }
}

/// Figures of the whole queue.
public struct QueueSummary: Hashable, Sendable {
    /// Recipients by state.
    public var recipients: [RecipientState: Int]
    /// Octets of the messages that have not ended.
    public var openOctets: Int
    /// Arrival of the oldest message that waits; nil when none does.
    public var oldestWaiting: Timestamp?

    /// Figures.
    public init(recipients: [RecipientState: Int], openOctets: Int, oldestWaiting: Timestamp?) {
        self.recipients = recipients
        self.openOctets = openOctets
        self.oldestWaiting = oldestWaiting
    }
}

/// A person's decision on a message.
public enum QueueAction: String, Hashable, Sendable {
    /// Waiting recipients are due now. Uncertain ones are not touched: `resend` is for them.
    case retry
    /// Waiting recipients are held.
    case hold
    /// Held and quarantined recipients wait again, due now.
    case release
    /// An uncertain submission is sent again, on a person's word.
    case resend
    /// An uncertain submission is taken as delivered, on a person's word.
    case settle
    /// Every recipient that is not being delivered is taken out.
    case delete
}
