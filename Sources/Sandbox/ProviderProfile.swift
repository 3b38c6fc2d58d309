// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// Who a certified provider is, as its notices name it.
public struct ProviderProfile: Hashable, Sendable {
    /// The company: `Gestore Simulato S.p.A.` (gestore-emittente).
    public let name: String
    /// The domain of its accounts and of its service address.
    public let domain: String

    /// A provider.
    public init(name: String, domain: String) {
        self.name = name
        self.domain = domain
    }

    /// The address that its notices come from and its certificate names.
    public var serviceAddress: AddrSpec { AddrSpec(localPart: "posta-certificata", domain: domain) }
    /// The address that its registered electronic mail (REM) comes from.
    public var registeredServiceAddress: AddrSpec { AddrSpec(localPart: "rem-service", domain: domain) }
}
