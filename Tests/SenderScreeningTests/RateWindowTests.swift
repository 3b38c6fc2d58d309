// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

@testable import SenderScreening

struct RateWindowTests {
    @Test
    func `within a period everything counts, two periods later nothing does`() {
        var window = RateWindow()
        for number in 1...5 { #expect(window.count(start + .seconds(number), period: .seconds(60)) == number) }
        #expect(window.count(start + .seconds(200), period: .seconds(60)) == 1)
    }

    @Test
    func `what lies behind counts by the part of its period that is still within reach`() {
        var window = RateWindow()
        for _ in 0..<100 { _ = window.count(start, period: .seconds(100)) }
        #expect(window.count(start + .seconds(150), period: .seconds(100)) == 51)
    }

    @Test
    func `a clock that is set back or far ahead neither traps nor forgives within the period`() {
        var window = RateWindow()
        for _ in 0..<10 { _ = window.count(start, period: .seconds(60)) }
        #expect(window.count(start - .seconds(3600), period: .seconds(60)) == 11)
        #expect(window.count(Timestamp(milliseconds: .max), period: .seconds(60)) == 1)
        #expect(window.count(Timestamp(milliseconds: .min + 1), period: .milliseconds(1)) >= 1)
    }

    @Test
    func `a steady rate below the limit is never over it, twice the limit always is before long`() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<50 {
            let limit = Int.random(in: 4...200, using: &generator)
            let gap = 60_000 / Double(limit)
            var (slow, fast) = (RateWindow(), RateWindow())
            var isOver = false
            for step in 0..<(limit * 5) {
                let moment = start + .milliseconds(Int64(Double(step) * gap * 1.05))
                #expect(slow.count(moment, period: .seconds(60)) <= limit + 1)
                let sooner = start + .milliseconds(Int64(Double(step) * gap / 2))
                if fast.count(sooner, period: .seconds(60)) > limit { isOver = true }
            }
            #expect(isOver)
        }
    }
}
