// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The open alerts: what a person must act on. Each is announced once when it begins and once when it ends.
public protocol AlertStore: Sendable {
    /// Opens the alert unless one with its key is open; queues `notice` in the same commit.
    /// - Returns: true when it is new.
    func raise(_ alert: Alert, notice: Arrival?) async throws(QueueError) -> Bool
    /// Ends the alert with this key; queues `notice` in the same commit.
    /// - Returns: the alert that ended, or nil when none was open (then nothing is queued).
    func clear(key: String, notice: @Sendable (Alert) -> Arrival?) async throws(QueueError) -> Alert?
    /// The alerts that are open, oldest first.
    func openAlerts() async throws(QueueError) -> [Alert]
}

/// Something that a person must act on.
public struct Alert: Hashable, Sendable {
    /// What it is about, one open alert a key: `account:azienda@pec.example.it:login`.
    public var key: String
    /// Since when.
    public var since: Timestamp
    /// What is wrong, one sentence with what the remote side said.
    public var summary: String
    /// What it affects, in words.
    public var affects: String
    /// What to do.
    public var remedy: String

    /// An alert.
    public init(key: String, since: Timestamp, summary: String, affects: String, remedy: String) {
        self.key = key
        self.since = since
        self.summary = summary
        self.affects = affects
        self.remedy = remedy
    }
}
