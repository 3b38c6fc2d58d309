// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Keeps what happened, and lets a test wait until it shows what the test is waiting for.
actor Journal<Entry: Sendable> {
    private var entries: [Entry] = []
    private var waiters: [(condition: @Sendable ([Entry]) -> Bool, continuation: CheckedContinuation<[Entry], Never>)] =
        []

    func append(_ entry: Entry) {
        entries.append(entry)
        let ready = waiters.filter { $0.condition(entries) }
        waiters.removeAll { $0.condition(entries) }
        for waiter in ready { waiter.continuation.resume(returning: entries) }
    }

    var all: [Entry] { entries }

    /// The entries as soon as `condition` holds for them.
    func wait(until condition: @escaping @Sendable ([Entry]) -> Bool) async -> [Entry] {
        if condition(entries) { return entries }
        return await withCheckedContinuation { waiters.append((condition, $0)) }
    }

    /// The entries as soon as there are `count`.
    @discardableResult
    func wait(for count: Int) async -> [Entry] { await wait { $0.count >= count } }
}
