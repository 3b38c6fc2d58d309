// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// An address list that cannot be read.
public struct AddressSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in words: `the local part of an address is empty`.
    public let message: String
    /// Where: octets from the beginning of the field body.
    public let offset: Int

    /// The message and where it applies.
    public var description: String { "\(message) (at octet \(offset))" }
}
