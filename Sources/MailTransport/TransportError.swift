// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why a connection could not be made or used, with what the other side or TLS said.
///
/// Every one is transient for the message on the way: the server may be back, or its certificate renewed, at the next attempt.
public struct TransportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Code: String, Hashable, Sendable {
        /// The host has no address.
        case name
        /// Nobody listens, or the network does not lead there.
        case refused
        /// No answer in time.
        case timedOut
        /// The other side closed or reset the connection.
        case closed
        /// The handshake failed, or the certificate is not trusted or names another host.
        case tls
        /// Octets in clear stood behind the go-ahead for STARTTLS (RFC 3207 §4, RFC 2595 §2).
        case injection
        /// The task that waited was cancelled.
        case cancelled
    }

    /// The kind.
    public let code: Code
    /// Host, port and what happened, in words for the operator.
    public let message: String

    /// An error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
