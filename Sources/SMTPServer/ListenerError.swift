// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why a listener cannot serve.
public struct ListenerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong, for programs.
    public enum Code: Equatable, Sendable {
        /// The address cannot be bound: taken, not of this host, or not for this user.
        case bind
        /// Implicit TLS was asked for without a certificate.
        case settings
    }

    /// What went wrong, for programs.
    public let code: Code
    /// What went wrong, where, and what to do.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
