// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Sandbox

struct ArrivalsTests {
    @Test
    func `a waiter gets what has arrived, and what arrives later`() async throws {
        let arrivals = Arrivals<Int>()
        arrivals.add(1)
        #expect(try await arrivals.first { $0 == 1 } == 1)
        async let later = arrivals.first { $0 > 2 }
        async let other = arrivals.first { $0 == 2 }
        arrivals.add(2)
        arrivals.add(3)
        #expect(try await later == 3)
        #expect(try await other == 2)
        #expect(arrivals.all == [1, 2, 3])
    }

    @Test
    func `a waiter that is cancelled stops waiting`() async throws {
        let arrivals = Arrivals<Int>()
        let waiter = Task { try await arrivals.first { $0 == 7 } }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        arrivals.add(7)  // nobody is resumed twice
        #expect(arrivals.count == 1)
    }

    @Test
    func `a stream yields what arrives from its start on`() async {
        let arrivals = Arrivals<Int>()
        arrivals.add(1)
        let stream = arrivals.stream()
        arrivals.add(2)
        arrivals.add(3)
        var seen: [Int] = []
        for await element in stream {
            seen.append(element)
            if seen.count == 2 { break }
        }
        #expect(seen == [2, 3])
    }
}
