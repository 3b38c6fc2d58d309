// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Every certified message and receipt as it was handed over, for years.
///
/// `QueueStore.insert` adds an entry for an arrival with `certified` facts, in its own commit. The octets stay in the queue until the
/// message has come to its end, then `packArchive` moves them into the archive's own files; the same octets are kept once.
///
/// Entries are numbered from 1 within a day (UTC, of arrival). The chain of an entry is SHA-256 over the chain of the one before it (of the day
/// before's last for the first) and over what the entry says, so that a missing, added or changed entry shows.
public protocol ArchiveStore: Sendable {
    /// Moves the octets of at most `limit` ended messages into the archive's files; returns how many it moved.
    func packArchive(limit: Int, now: Timestamp) async throws(QueueError) -> Int
    /// The entries of the days `from`...`to` (`2026-11-24`), of one account or all, in their order, after `cursor`, at most `limit`.
    func archiveEntries(
        _ selection: ArchiveSelection,
        after cursor: ArchiveEntry?,
        limit: Int
    ) async throws(QueueError)
        -> [ArchiveEntry]
    /// A reader of the octets of one entry as they were handed over.
    func readArchived(_ entry: ArchiveEntry) async throws(QueueError) -> any BodyReader
    /// The days that the archive knows, oldest first, those taken out after their time included.
    func archiveDays() async throws(QueueError) -> [ArchiveDay]
    /// Takes out the days before `day`; their last chain is kept, so that the next day's still proves itself.
    /// - Returns: how many entries went.
    func expireArchive(before day: String) async throws(QueueError) -> Int
}

/// Which entries of the archive.
public struct ArchiveSelection: Hashable, Sendable {
    /// The first day, `2026-11-24`; nil for the archive's first.
    public var from: String?
    /// The last day; nil for the archive's last.
    public var to: String?
    /// One account in comparison form; nil for all.
    public var account: String?
    /// One tracked message: it and its receipts; nil for all.
    public var message: QueueID?

    /// A selection, of all unless told otherwise.
    public init(from: String? = nil, to: String? = nil, account: String? = nil, message: QueueID? = nil) {
        self.from = from
        self.to = to
        self.account = account
        self.message = message
    }
}

/// One entry of the archive.
public struct ArchiveEntry: Hashable, Sendable {
    /// Its day, `2026-11-24`.
    public var day: String
    /// Its number in the day, 1...
    public var number: Int
    /// The message's identifier in the queue.
    public var id: QueueID
    /// When it came.
    public var arrival: Timestamp
    /// `CertifiedFacts.account`.
    public var account: String
    /// `CertifiedFacts.kind`.
    public var kind: String
    /// SHA-256 of its octets, in lower-case hexadecimal.
    public var digest: String
    /// How many octets it has.
    public var size: Int
    /// Subject and Message-ID as listings show them.
    public var subject: String?
    /// Its Message-ID without angle brackets.
    public var messageID: String?
    /// The chain up to and with this entry, in lower-case hexadecimal.
    public var chain: String

    /// An entry.
    public init(
        day: String,
        number: Int,
        id: QueueID,
        arrival: Timestamp,
        account: String,
        kind: String,
        digest: String,
        size: Int,
        subject: String?,
        messageID: String?,
        chain: String
    ) {
        self.day = day
        self.number = number
        self.id = id
        self.arrival = arrival
        self.account = account
        self.kind = kind
        self.digest = digest
        self.size = size
        self.subject = subject
        self.messageID = messageID
        self.chain = chain
    }
}

/// One day of the archive.
public struct ArchiveDay: Hashable, Sendable {
    /// `2026-11-24`.
    public var day: String
    /// How many entries it had.
    public var entries: Int
    /// The chain of its last entry.
    public var chain: String
    /// When it was taken out after its time; nil while it is there.
    public var expired: Timestamp?

    /// A day.
    public init(day: String, entries: Int, chain: String, expired: Timestamp?) {
        self.day = day
        self.entries = entries
        self.chain = chain
        self.expired = expired
    }
}
