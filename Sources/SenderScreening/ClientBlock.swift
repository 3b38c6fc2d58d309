// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A client or network whose connections are refused for a time.
public struct ClientBlock: Hashable, Sendable {
    /// Who.
    public var network: Network
    /// Since when.
    public var since: Timestamp
    /// Until when; it ends by itself.
    public var until: Timestamp
    /// How many blocks there were in a row, this one with them; each is longer than the one before.
    public var strikes: Int
    /// Why, in words.
    public var reason: String

    /// A block.
    public init(network: Network, since: Timestamp, until: Timestamp, strikes: Int, reason: String) {
        self.network = network
        self.since = since
        self.until = until
        self.strikes = strikes
        self.reason = reason
    }

    /// True while connections are refused.
    public func isActive(_ now: Timestamp) -> Bool { now < until }
}
