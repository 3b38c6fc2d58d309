// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Keeps what happened, and lets a test wait until it shows what the test is waiting for.
///
/// A wait whose task is cancelled, as a time limit does, ends with what there is, so that the test fails and does not hang.
actor Journal<Entry: Sendable> {
    private struct Waiter {
        let number: Int
        let condition: @Sendable ([Entry]) -> Bool
        let continuation: CheckedContinuation<[Entry], Never>
    }

    private var entries: [Entry] = []
    private var waiters: [Waiter] = []
    private var nextNumber = 0

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
        nextNumber += 1
        let number = nextNumber
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: entries) }
                waiters.append(Waiter(number: number, condition: condition, continuation: continuation))
            }
        } onCancel: {
            Task { await self.giveUp(number) }
        }
    }

    private func giveUp(_ number: Int) {
        guard let place = waiters.firstIndex(where: { $0.number == number }) else { return }
        waiters.remove(at: place).continuation.resume(returning: entries)
    }

    /// The entries as soon as there are `count`.
    @discardableResult
    func wait(for count: Int) async -> [Entry] { await wait { $0.count >= count } }
}
