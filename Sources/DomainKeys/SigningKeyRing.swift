// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The keys of the company's domains, exchanged when the configuration is read again.
public final class SigningKeyRing: Sendable {
    private let keys: Mutex<[String: [DomainKey]]>

    /// A ring with these keys.
    public init(_ keys: [DomainKey] = []) {
        self.keys = Mutex(Dictionary(grouping: keys, by: \.domain))
    }

    /// Uses `keys` for the messages that come from now on.
    public func update(_ keys: [DomainKey]) {
        self.keys.withLock { $0 = Dictionary(grouping: keys, by: \.domain) }
    }

    /// The keys of `domain`, in A-labels and lower case.
    public func keys(for domain: String) -> [DomainKey] { keys.withLock { $0[domain] ?? [] } }
}
