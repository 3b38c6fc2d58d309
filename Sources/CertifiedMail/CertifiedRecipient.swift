// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One recipient that certification data or evidence names.
public struct CertifiedRecipient: Hashable, Sendable {
    /// The address as it is written.
    public let address: String
    /// True for a certified box, false for an ordinary one, of which no delivery receipt will ever tell; nil where nothing says so.
    public let isCertified: Bool?

    /// A recipient.
    public init(address: String, isCertified: Bool?) {
        self.address = address
        self.isCertified = isCertified
    }
}
