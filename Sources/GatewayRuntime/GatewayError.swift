// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why the gateway could not start or go on, in words that say what to do.
public struct GatewayError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened and what to do.
    public let description: String

    /// An error.
    public init(_ description: String) {
        self.description = description
    }
}
