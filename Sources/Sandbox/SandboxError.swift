// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A failure of the simulated world: what, where, and what to do.
public struct SandboxError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for programs.
    public enum Code: String, Sendable {
        /// OpenSSL could not make or read a key, a certificate or a signature.
        case cryptography
        /// A port could not be opened, or a file not be written.
        case start
        /// Another party did not speak as it should, or refused what it was given.
        case dialogue
        /// An awaited event did not come in time.
        case timedOut
    }

    /// The kind.
    public let code: Code
    /// What happened, with the words of the library or peer that said so.
    public let message: String
    /// What a person can do about it; empty when there is nothing.
    public let remedy: String

    /// An error.
    public init(_ code: Code, _ message: String, remedy: String = "") {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    /// What happened, and what to do.
    public var description: String { remedy.isEmpty ? message : "\(message). \(remedy)" }
}
