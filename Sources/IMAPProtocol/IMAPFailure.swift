// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why a session with a server cannot go on. What the server said is quoted; no password is.
public struct IMAPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Code: String, Hashable, Sendable {
        /// Login or password are wrong, as the server says.
        case loginRefused
        /// The server has no time or no room for this session now; not a matter of the password.
        case delayed
        /// The server refused for a reason of its own, or said BYE.
        case refused
        /// TLS is asked for and the server does not offer it.
        case tlsUnavailable
        /// Octets in clear stood behind the go-ahead of STARTTLS (RFC 2595 §3.1).
        case injection
        /// The server says that the session is logged in already (PREAUTH): as whom, nobody knows.
        case preAuthenticated
        /// No way to log in that may be used here.
        case noMechanism
        /// The server could not prove that it knows the password (RFC 5802).
        case serverNotProven
        /// The server did not speak IMAP4rev1.
        case malformed
        /// The server sent more than our limits allow.
        case limit
    }

    /// The kind.
    public let code: Code
    /// What happened, with what the server said.
    public let message: String

    /// A failure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
