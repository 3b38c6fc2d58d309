// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The reverse-path of an envelope: where failures are reported to (RFC 5321 §4.1.1.2).
public enum ReversePath: Hashable, Sendable, CustomStringConvertible {
    /// `<>`: a notification or an automatic reply; nothing is ever sent back to it (RFC 5321 §4.5.5).
    case null
    /// An address.
    case mailbox(AddrSpec)

    /// The address, or nil for the null reverse-path.
    public var mailbox: AddrSpec? {
        switch self {
        case .null: nil
        case .mailbox(let address): address
        }
    }

    /// The path without angle brackets, empty for the null reverse-path.
    public var description: String { mailbox?.description ?? "" }
}
