// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// The queue's times and reserves, as `queue` describes them.
public struct QueueConfiguration: Hashable, Sendable {
    /// How long delivery is tried before a message fails with 4.4.7.
    public var lifetime: Duration
    /// After how long a sender is told that a message waits.
    public var delayNotice: Duration
    /// How long what has ended is remembered.
    public var history: Duration
    /// The room that is left free on the disk; below it messages are refused with 452.
    public var minimumFree: ByteCount

    /// Five days, four hours, thirty days and 64 MB, unless told otherwise.
    public init(
        lifetime: Duration = .seconds(5 * 86_400),
        delayNotice: Duration = .seconds(4 * 3600),
        history: Duration = .seconds(30 * 86_400),
        minimumFree: ByteCount = .megabytes(64)
    ) {
        self.lifetime = lifetime
        self.delayNotice = delayNotice
        self.history = history
        self.minimumFree = minimumFree
    }
}
