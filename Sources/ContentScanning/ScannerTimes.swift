// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// How long a scanner is waited for.
public struct ScannerTimes: Hashable, Sendable {
    /// For a connection.
    public var connect: Duration
    /// For the scanner to take the next octets.
    public var write: Duration
    /// For the verdict, once it has all octets.
    public var verdict: Duration

    /// The times that suit a scanner of the same machine or network; an SMTP client waits ten minutes for the reply to its final dot
    /// (RFC 5321 §4.5.3.2.6).
    public init(connect: Duration = .seconds(10), write: Duration = .seconds(60), verdict: Duration = .seconds(120)) {
        self.connect = connect
        self.write = write
        self.verdict = verdict
    }
}
