// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import CertifiedTracking
public import MailModel

/// What a certified message brings into the store beside its queue entry, written in the commit that stores it.
public struct CertifiedFacts: Hashable, Sendable {
    /// SHA-256 of the body, as it was handed over (without trace fields of our own), in lower-case hexadecimal.
    public var digest: String
    /// What the message is, as `inspect` says it: `posta-certificata`, `accettazione`, …; `submission` for one that goes out.
    public var kind: String
    /// The account, by its address in comparison form.
    public var account: String
    /// The submission that is to be tracked; nil for what comes in.
    public var submission: Submission?
    /// The receipt that it is; nil for other mail.
    public var receipt: Receipt?
    /// True when the account's daily digest will list the receipt, for those of its recipients that are held.
    public var waitsForDigest: Bool

    /// A certified submission.
    public struct Submission: Hashable, Sendable {
        /// Its Message-ID, without angle brackets.
        public var messageID: String
        /// The people who are told about it.
        public var senders: [AddrSpec]
        /// How long another transaction with the same message may add recipients to it; zero for not at all.
        public var mergeWindow: Duration
        /// The most recipients that the message may have together with those that are added to it.
        public var maximumRecipients: Int

        /// A submission.
        public init(
            messageID: String,
            senders: [AddrSpec],
            mergeWindow: Duration = .zero,
            maximumRecipients: Int = .max
        ) {
            self.messageID = messageID
            self.senders = senders
            self.mergeWindow = mergeWindow
            self.maximumRecipients = maximumRecipients
        }
    }

    /// Facts of a certified message.
    public init(
        digest: String,
        kind: String,
        account: String,
        submission: Submission? = nil,
        receipt: Receipt? = nil,
        waitsForDigest: Bool = false
    ) {
        self.digest = digest
        self.kind = kind
        self.account = account
        self.submission = submission
        self.receipt = receipt
        self.waitsForDigest = waitsForDigest
    }
}

/// What became of an arrival.
public enum InsertOutcome: Hashable, Sendable {
    /// It is in the queue.
    case stored
    /// A maildrop's message that was retrieved before. Nothing was stored.
    case known
    /// It is in the queue, and is the receipt of this tracked message, with this effect; nil for a message that did not come through here.
    case receipt(of: QueueID?, ReceiptEffect)
    /// A certified message that was offered again: it is already there as this one, with all its recipients (P5). Nothing was stored.
    case duplicate(of: QueueID)
    /// Its recipients were added to this message, which still waits. Nothing else was stored.
    case merged(into: QueueID)
    /// It came by the other way already, as this message: retrieved, or forwarded by the provider. It was not stored again; of a maildrop's
    /// message the seen-state was, which is settled with that message.
    case copy(of: QueueID)

    /// True when the arrival is in the queue as a message of its own.
    public var isStored: Bool {
        switch self {
        case .stored, .receipt: true
        case .known, .duplicate, .merged, .copy: false
        }
    }
}
