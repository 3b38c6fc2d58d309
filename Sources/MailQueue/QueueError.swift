// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why the store could not do what was asked. Everything but `notFound` is transient: the peer is asked to come back.
public struct QueueError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Code: String, Hashable, Sendable {
        /// No room on disk: `452 4.3.1`.
        case full
        /// The database is busy or the store is closing: `451 4.3.0`.
        case unavailable
        /// The file system or the database failed: `451 4.3.0`.
        case inputOutput
        /// There is no such message or body.
        case notFound
        /// The state of the message does not allow it.
        case notAllowed
    }

    /// The kind.
    public let code: Code
    /// What happened, with paths and figures, for the operator.
    public let message: String
    /// What to do about it; empty when there is nothing to do but wait.
    public let remedy: String

    /// An error with words for the operator.
    public init(_ code: Code, _ message: String, remedy: String = "") {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    /// The message and the remedy.
    public var description: String { remedy.isEmpty ? message : "\(message) \(remedy)" }
}
