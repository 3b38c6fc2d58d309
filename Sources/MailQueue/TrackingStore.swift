// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import CertifiedTracking
public import MailModel

/// The tracked messages and their receipts. `QueueStore.insert` adds them, `settle`, `apply` and `recover` move them, each in its own commit.
public protocol TrackingStore: Sendable {
    /// The tracked messages that `filter` selects, newest first, at most `limit`.
    func trackedMessages(_ filter: TrackingFilter, limit: Int) async throws(QueueError) -> [TrackedMessage]
    /// How many messages, and recipients, something is still to come of.
    func openSubmissions() async throws(QueueError) -> OpenSubmissions
    /// One tracked message with its receipts, oldest first; nil when there is none.
    func tracked(_ id: QueueID) async throws(QueueError) -> (message: TrackedMessage, receipts: [StoredReceipt])?
    /// Receipts of messages that did not come through here, newest first.
    func foreignReceipts(account: String?, limit: Int) async throws(QueueError) -> [StoredReceipt]
    /// How many receipts in the box of `account` name a tracked message, are not believed, and came since `since`; and the newest of them. nil
    /// when there is none.
    func disbelievedReceipts(
        account: String,
        since: Timestamp
    ) async throws(QueueError) -> (count: Int, last: StoredReceipt)?
    /// The message that `receipt` is about, as `insert` would find it; nil when there is none.
    func match(_ receipt: Receipt) async throws(QueueError) -> TrackedMessage?
    /// The clients' Message-IDs of those of our messages that providers know under `identifiers`, by `Matching.key` of the identifier.
    func clientMessageIDs(of identifiers: [String]) async throws(QueueError) -> [String: String]
    /// What is late: messages submitted before `submittedBefore` and not accepted, or accepted before `acceptedBefore` with a certified
    /// recipient that nothing final is known of; of each account how many, and the oldest. Messages from before `createdAfter` are left out.
    func overdue(
        createdAfter: Timestamp,
        submittedBefore: Timestamp,
        acceptedBefore: Timestamp
    ) async throws(QueueError) -> [OverdueSubmissions]
    /// Messages with an uncertain recipient since before `since` whose sender has not been told so yet.
    func uncertainUntold(since: Timestamp) async throws(QueueError) -> [TrackedMessage]
    /// Queues `notice` and remembers that the senders of `id` were told, in one commit.
    func noteUncertainTold(_ id: QueueID, notice: Arrival?, now: Timestamp) async throws(QueueError)
    /// Recipients that were uncertain, and that a believed receipt proved refused, whose sender has not had the report of it.
    func refusalsUntold() async throws(QueueError) -> [UntoldRefusal]
    /// Queues `report` and remembers that it was made, in one commit; nothing when it was made before.
    func noteRefusalTold(_ refusal: UntoldRefusal, report: Arrival?) async throws(QueueError)
    /// Acceptance receipts that are held for the digest of `account` since before `before` and that none lists yet, oldest first, at most `limit`.
    func digestible(account: String, before: Timestamp, limit: Int) async throws(QueueError) -> [StoredReceipt]
    /// The accounts with acceptance receipts that wait for a digest and that none lists yet.
    func accountsWithDigest() async throws(QueueError) -> [String]
    /// Queues the digest of the receipts `ids`, or nothing: then `notAllowed`, one of them waits no more or another digest lists it.
    ///
    /// The receipts stay held until the digest has come to its end (P1). In the commit of that end, each recipient of a receipt whom the digest
    /// reached is delivered; what was held for a recipient whom it did not reach is released, and goes by itself.
    func queueDigest(_ digest: Arrival, listing ids: [QueueID]) async throws(QueueError)
    /// The digests that have not reached a recipient, since `since`, oldest first.
    func failedDigests(since: Timestamp) async throws(QueueError) -> [FailedDigest]
}

/// Figures of the messages of which something is still to come.
public struct OpenSubmissions: Hashable, Sendable {
    /// Messages by account in comparison form.
    public var messages: [String: Int]
    /// Their recipients of which something is still to come, by state.
    public var recipients: [TrackingState: Int]

    /// Figures; of nothing unless told otherwise.
    public init(messages: [String: Int] = [:], recipients: [TrackingState: Int] = [:]) {
        self.messages = messages
        self.recipients = recipients
    }
}

/// What `trackedMessages` selects.
public enum TrackingFilter: Hashable, Sendable {
    /// Messages of which something is still to come.
    case open
    /// Messages with a recipient in this state.
    case state(TrackingState)
    /// Messages of this account, in comparison form.
    case account(String)
    /// Every message.
    case all
}

/// A receipt as it is kept.
public struct StoredReceipt: Hashable, Sendable {
    /// Its identifier in the queue, under which the archive has its octets.
    public var id: QueueID
    /// What it says.
    public var receipt: Receipt
    /// When it came.
    public var arrival: Timestamp
    /// The tracked message; nil for a foreign one.
    public var message: QueueID?
    /// What it did, in words (`ReceiptEffect.words`).
    public var effect: String

    /// A stored receipt.
    public init(id: QueueID, receipt: Receipt, arrival: Timestamp, message: QueueID?, effect: String) {
        self.id = id
        self.receipt = receipt
        self.arrival = arrival
        self.message = message
        self.effect = effect
    }
}

/// Recipients of a submission that was uncertain, refused by the provider as its notice proved.
public struct UntoldRefusal: Hashable, Sendable {
    /// The submission.
    public var id: QueueID
    /// The recipients.
    public var numbers: [Int]

    /// Refused recipients of the submission `id`.
    public init(id: QueueID, numbers: [Int]) {
        self.id = id
        self.numbers = numbers
    }
}

/// A digest that did not reach everybody; its receipts went by themselves.
public struct FailedDigest: Hashable, Sendable {
    /// Its identifier in the queue.
    public var id: QueueID
    /// The account whose receipts it lists, in comparison form.
    public var account: String
    /// How many receipts were released.
    public var receipts: Int
    /// What the server said; nil when nothing is known.
    public var reply: String?

    /// A digest that failed.
    public init(id: QueueID, account: String, receipts: Int, reply: String?) {
        self.id = id
        self.account = account
        self.receipts = receipts
        self.reply = reply
    }
}

/// What is late of one account.
public struct OverdueSubmissions: Hashable, Sendable {
    /// For so long a message can be late; what has not come by then will not come, and an alert for it would never end.
    public static let patience = Duration.seconds(60 * 86_400)

    /// The account, in comparison form.
    public var account: String
    /// Submitted, and no acceptance.
    public var acceptances: Int
    /// The oldest of them.
    public var oldestAcceptance: QueueID?
    /// Accepted, and neither delivered nor failed.
    public var deliveries: Int
    /// The oldest of them.
    public var oldestDelivery: QueueID?

    /// Figures of one account.
    public init(
        account: String,
        acceptances: Int,
        oldestAcceptance: QueueID?,
        deliveries: Int,
        oldestDelivery: QueueID?
    ) {
        self.account = account
        self.acceptances = acceptances
        self.oldestAcceptance = oldestAcceptance
        self.deliveries = deliveries
        self.oldestDelivery = oldestDelivery
    }
}
