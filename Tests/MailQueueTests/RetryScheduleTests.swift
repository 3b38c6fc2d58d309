// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import MailQueue
import Testing

struct RetryScheduleTests {
    private let schedule = RetrySchedule.standard

    @Test(arguments: [
        (0, 1), (1, 1), (2, 2), (3, 5), (4, 10), (5, 15), (6, 30), (7, 60), (8, 120), (9, 180), (10, 240), (11, 240),
        (99, 240),
    ])
    func `the delays grow from a minute to four hours`(_ attempt: Int, _ minutes: Int) {
        #expect(schedule.delay(afterAttempt: attempt, age: .seconds(100)) == .seconds(minutes * 60))
    }

    @Test func `the last attempt falls on the lifetime, and then there is none`() {
        let lifetime = Duration.seconds(5 * 86400)
        #expect(schedule.delay(afterAttempt: 40, age: lifetime - .seconds(10)) == .seconds(10))
        #expect(schedule.delay(afterAttempt: 40, age: lifetime) == nil)
        #expect(schedule.delay(afterAttempt: 40, age: lifetime + .seconds(1)) == nil)
    }

    @Test func `a message that waits is tried for five days and its last attempt is at the end of the fifth`() {
        var age = Duration.zero
        var attempts = 1
        while let delay = schedule.delay(afterAttempt: attempts, age: age) {
            age += delay
            attempts += 1
        }
        #expect(age == .seconds(5 * 86400))
        #expect((30...45).contains(attempts))
    }

    @Test func `a clock that went back does not lengthen the delay`() {
        #expect(schedule.delay(afterAttempt: 1, age: .seconds(-5000)) == .seconds(60))
    }

    @Test func `the sender is told once, after four hours`() {
        #expect(!schedule.isDelayNoticeDue(age: .seconds(4 * 3600 - 1), isReported: false))
        #expect(schedule.isDelayNoticeDue(age: .seconds(4 * 3600), isReported: false))
        #expect(!schedule.isDelayNoticeDue(age: .seconds(4 * 3600), isReported: true))
        #expect(!schedule.isDelayNoticeDue(age: .seconds(5 * 86400), isReported: false))
    }
}
