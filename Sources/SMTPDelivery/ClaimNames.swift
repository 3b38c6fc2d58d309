// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A name for each claim, `gateway#run-number`, under which it is leased: a claim whose lease lapsed is told apart from the next one.
final class ClaimNames: Sendable {
    private let prefix: String
    private let count = Atomic<UInt64>(0)

    /// Names of one run of the gateway `owner`.
    init(owner: String) {
        prefix = "\(owner)#\(String(UInt64.random(in: 0...(.max)), radix: 36))"
    }

    /// A name that was never given before.
    func next() -> String { "\(prefix)-\(count.add(1, ordering: .relaxed).newValue)" }
}
