// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why there is nothing to log in with; it never holds a secret.
public struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds that callers tell apart.
    public enum Code: String, Hashable, Sendable {
        /// It cannot be read on our side: a person must see to it.
        case unavailable
        /// It cannot be had now, and a later attempt may go better: mail waits, and the login is not at fault.
        case delayed
        /// A person must sign in at the authorization server. Whoever gives the credential tells that person, and says when it is done.
        case signInNeeded
    }

    /// The kind.
    public let code: Code
    /// What is wrong.
    public let message: String
    /// What to do; empty where we do not know.
    public let remedy: String

    /// An error.
    public init(_ code: Code, _ message: String, remedy: String = "") {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    /// What is wrong and what to do, on one line.
    public var description: String { remedy.isEmpty ? message : "\(message). \(remedy)" }
}
