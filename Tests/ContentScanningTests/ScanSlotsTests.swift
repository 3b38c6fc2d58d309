// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ContentScanning

@Suite(.timeLimit(.minutes(1))) struct ScanSlotsTests {
    @Test func `however much ordinary mail waits, certified and retrieved mail has slots of its own`() async {
        let slots = ScanSlots(8)
        for _ in 0..<6 { await slots.take(.ordinary) }
        let (admitted, continuation) = AsyncStream.makeStream(of: Int.self)
        let waiting = (0..<3).map { number in
            Task {
                await slots.take(.ordinary)
                continuation.yield(number)
            }
        }
        while await slots.waiting.count < 3 { await Task.yield() }
        await slots.take(.certified)
        await slots.take(.retrieved)
        #expect(await slots.waiting.count == 3)
        // What is given back by certified mail is not for ordinary mail; what is given back by ordinary mail is.
        await slots.giveBack(.certified)
        #expect(await slots.waiting.count == 3)
        for left in [2, 1, 0] {
            await slots.giveBack(.ordinary)
            #expect(await slots.waiting.count == left)
        }
        for task in waiting { await task.value }
        continuation.finish()
        #expect(await admitted.reduce(into: Set<Int>()) { $0.insert($1) } == [0, 1, 2])
    }

    @Test func `one slot is for all`() async {
        let slots = ScanSlots(1)
        await slots.take(.ordinary)
        let next = Task { await slots.take(.certified) }
        while await slots.waiting.isEmpty { await Task.yield() }
        await slots.giveBack(.ordinary)
        await next.value
        await slots.giveBack(.certified)
        await slots.take(.ordinary)
    }
}
