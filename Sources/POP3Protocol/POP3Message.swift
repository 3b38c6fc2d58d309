// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One message of a maildrop as the listings of one session show it.
public struct POP3Message: Hashable, Sendable {
    /// Its number, 1...; it means this message in this session alone (RFC 1939 §3).
    public var number: Int
    /// The size of the scan listing in octets, 0...; servers lie about it, so only estimates and doubts may rest on it.
    public var octets: Int
    /// The unique identifier (RFC 1939 §7); nil where the server gives none.
    public var uniqueID: String?

    /// A message.
    public init(number: Int, octets: Int, uniqueID: String?) {
        self.number = number
        self.octets = octets
        self.uniqueID = uniqueID
    }
}
