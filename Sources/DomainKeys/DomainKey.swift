// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A key under the name by which verifiers find its public half: `SELECTOR._domainkey.DOMAIN` (RFC 6376 §3.6.2.1).
public struct DomainKey: Sendable {
    /// The signing domain, in A-labels and lower case.
    public let domain: String
    /// The selector.
    public let selector: String
    /// The key.
    public let key: SigningKey

    /// A key of `domain` under `selector`.
    public init(domain: String, selector: String, key: SigningKey) {
        self.domain = domain
        self.selector = selector
        self.key = key
    }

    /// Where its TXT record must stand.
    public var recordName: String { "\(selector)._domainkey.\(domain)" }
}
