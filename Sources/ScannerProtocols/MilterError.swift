// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Why what a milter sent is no answer: there is no verdict then.
public struct MilterError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, without the milter's own octets.
    public let description: String

    init(_ description: String) { self.description = description }
}
