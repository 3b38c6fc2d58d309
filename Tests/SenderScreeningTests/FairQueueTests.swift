// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SenderScreening

struct FairQueueTests {
    @Test func `lines take turns, and each keeps its order`() {
        var queue = FairQueue<String, Int>(capacity: 100)
        for number in 0..<5 { #expect(queue.append(number, to: "a") == nil) }
        #expect(queue.append(100, to: "b") == nil)
        #expect(queue.append(200, to: "c") == nil)
        var order: [Int] = []
        while let next = queue.next() { order.append(next) }
        #expect(order == [0, 100, 200, 1, 2, 3, 4])
        #expect(queue.isEmpty)
    }

    @Test func `a line whose first cannot go is passed over and keeps its turn`() {
        var queue = FairQueue<String, Int>(capacity: 100)
        for number in [1, 2] { _ = queue.append(number, to: "a") }
        for number in [10, 20] { _ = queue.append(number, to: "b") }
        #expect(queue.next { $0 >= 10 } == 10)
        #expect(queue.next { $0 >= 100 } == nil)
        #expect(queue.next() == 1)
        #expect(queue.next() == 20)
        #expect(queue.count == 1)
    }

    @Test func `when it is full the longest line loses its last, whoever comes`() {
        var queue = FairQueue<String, Int>(capacity: 4)
        for number in 0..<4 { #expect(queue.append(number, to: "flood") == nil) }
        #expect(queue.append(100, to: "other") == 3, "the flood makes room")
        #expect(queue.append(4, to: "flood") == 4, "and gets none itself")
        #expect(queue.append(101, to: "other") == 2)
        #expect(queue.append(102, to: "other") == 102, "who is not shorter loses himself")
        #expect(queue.count == 4)
        queue.remove(from: "flood") { $0 == 0 }
        queue.remove(from: "nobody") { _ in true }
        var order: [Int] = []
        while let next = queue.next() { order.append(next) }
        #expect(order == [1, 100, 101])
    }
}
