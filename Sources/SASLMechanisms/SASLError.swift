// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why an exchange of authentication ended on our side.
///
/// It never holds a login's secret or a payload of the exchange.
public struct SASLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Code: String, Hashable, Sendable {
        /// The other side did not keep to the mechanism.
        case malformed
        /// The other side asked for more than our limits allow.
        case limit
        /// The server could not prove that it knows the password (RFC 5802 §3): it is not who it says it is.
        case serverNotProven
        /// The server ended the exchange with an error of its own (RFC 5802 §7 `e=`).
        case refused
        /// The login or password holds a character that the mechanism cannot carry.
        case notEncodable
    }

    /// The kind.
    public let code: Code
    /// What happened, in words.
    public let message: String

    /// An error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
