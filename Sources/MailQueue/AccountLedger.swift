// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What the gateway remembers of each account, for `account list` and `account status`.
public protocol AccountLedger: Sendable {
    /// Adds what one fetch or submission brought.
    func record(_ event: AccountEvent, account: String) async throws(QueueError)
    /// The standing of every account that has one, by address in comparison form.
    func standings() async throws(QueueError) -> [String: AccountStanding]
    /// Asks the running gateway to fetch `account` now.
    func requestFetch(account: String, now: Timestamp) async throws(QueueError)
    /// Takes the requests that are open, so that each is served once.
    func takeFetchRequests() async throws(QueueError) -> [String]
}

/// One thing that happened to an account.
public enum AccountEvent: Hashable, Sendable {
    /// A fetch ended well: how many messages of how many octets it brought, how many the maildrop holds, and how many of them it had to
    /// leave there unread.
    case fetched(at: Timestamp, messages: Int, octets: Int, inMaildrop: Int, leftBehind: Int = 0)
    /// A fetch failed.
    case fetchFailed(at: Timestamp, error: String)
    /// The provider took this many submissions since the last event, the newest at the given time.
    case submitted(at: Timestamp, messages: Int)
    /// A submission failed, or the login was refused.
    case submissionFailed(at: Timestamp, error: String)
}

/// How an account stands.
public struct AccountStanding: Hashable, Sendable {
    /// The last fetch that ended well.
    public var lastFetch: Timestamp?
    /// The last submission that the provider took.
    public var lastSubmission: Timestamp?
    /// The last error of fetching since it last went well, with its time.
    public var fetchError: String?
    /// When `fetchError` happened.
    public var fetchErrorAt: Timestamp?
    /// The last error of submission since it last went well.
    public var submissionError: String?
    /// When `submissionError` happened.
    public var submissionErrorAt: Timestamp?
    /// Messages fetched in all.
    public var fetchedMessages: Int
    /// Octets fetched in all.
    public var fetchedOctets: Int
    /// Messages submitted in all.
    public var submittedMessages: Int
    /// Messages in the maildrop at the last fetch.
    public var inMaildrop: Int
    /// Those of them that the last fetch could not take: refused by the provider, without a scanner's verdict, or not asked for.
    public var leftBehind: Int

    /// A standing; of an account that nothing happened to, unless told otherwise.
    public init(
        lastFetch: Timestamp? = nil,
        lastSubmission: Timestamp? = nil,
        fetchError: String? = nil,
        fetchErrorAt: Timestamp? = nil,
        submissionError: String? = nil,
        submissionErrorAt: Timestamp? = nil,
        fetchedMessages: Int = 0,
        fetchedOctets: Int = 0,
        submittedMessages: Int = 0,
        inMaildrop: Int = 0,
        leftBehind: Int = 0
    ) {
        self.lastFetch = lastFetch
        self.lastSubmission = lastSubmission
        self.fetchError = fetchError
        self.fetchErrorAt = fetchErrorAt
        self.submissionError = submissionError
        self.submissionErrorAt = submissionErrorAt
        self.fetchedMessages = fetchedMessages
        self.fetchedOctets = fetchedOctets
        self.submittedMessages = submittedMessages
        self.inMaildrop = inMaildrop
        self.leftBehind = leftBehind
    }
}
