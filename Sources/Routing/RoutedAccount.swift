// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What routing knows of an account.
public struct RoutedAccount: Hashable, Sendable {
    /// The address: mail From it leaves through its provider.
    public var address: AddrSpec
    /// True when its provider is certified (PEC): stricter rules, see `docs/routing.md`.
    public var isCertified: Bool
    /// The Exchange recipients of its mail.
    public var deliverTo: [AddrSpec]

    /// An account.
    public init(address: AddrSpec, isCertified: Bool, deliverTo: [AddrSpec]) {
        self.address = address
        self.isCertified = isCertified
        self.deliverTo = deliverTo
    }
}
