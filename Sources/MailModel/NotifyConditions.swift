// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The NOTIFY parameter of RCPT (RFC 3461 §4.1). The empty set is `NOTIFY=NEVER`.
public struct NotifyConditions: OptionSet, Hashable, Sendable {
    /// One bit a condition, as the queue stores them.
    public let rawValue: UInt8

    /// The conditions of stored bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `NEVER`: no notification whatever happens.
    public static let never: Self = []
    /// `SUCCESS`.
    public static let success = Self(rawValue: 1)
    /// `FAILURE`.
    public static let failure = Self(rawValue: 2)
    /// `DELAY`.
    public static let delay = Self(rawValue: 4)
}
