// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Whose signatures on certified mail are believed, as `certified` describes it.
public struct CertifiedConfiguration: Hashable, Sendable {
    /// A file with roots, in PEM, that certified mail may be signed under beside the bundled ones; nil for none.
    public var trust: String?
    /// True when `trust` stands in place of the system's roots and the bundled authority.
    public var replacesAnchors: Bool
    /// Service domains of providers beside the bundled list, in lower case.
    public var providerDomains: [String]

    /// The bundled anchors and domains unless told otherwise.
    public init(trust: String? = nil, replacesAnchors: Bool = false, providerDomains: [String] = []) {
        self.trust = trust
        self.replacesAnchors = replacesAnchors
        self.providerDomains = providerDomains
    }
}
