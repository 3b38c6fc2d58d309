// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

@testable import GatewayRuntime

@Suite struct LocalDayTests {
    /// Rome in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    private static let rome = LocalDay { moment in
        let summer = Timestamp(milliseconds: 1_774_746_000_000)..<Timestamp(milliseconds: 1_792_890_000_000)
        return summer.contains(moment) ? .seconds(7200) : .seconds(3600)
    }

    private func moment(_ iso: String) -> Timestamp {
        var seconds = Timestamp(milliseconds: 0)
        // Found by bisection: nothing here reads ISO 8601.
        var (low, high) = (Int64(1_767_225_600_000), Int64(1_798_761_600_000))
        while low < high {
            let middle = (low + high) / 2
            seconds = Timestamp(milliseconds: middle)
            if MailDate.formatISO8601(seconds) < iso { low = middle + 1 } else { high = middle }
        }
        return Timestamp(milliseconds: low)
    }

    @Test(arguments: [
        ("2026-11-24T16:59:59.999Z", "2026-11-23T17:00:00.000Z"),
        ("2026-11-24T17:00:00.000Z", "2026-11-24T17:00:00.000Z"),
        ("2026-11-24T22:59:59.000Z", "2026-11-24T17:00:00.000Z"),
        ("2026-11-24T23:30:00.000Z", "2026-11-24T17:00:00.000Z"),
        ("2026-07-01T16:00:00.000Z", "2026-07-01T16:00:00.000Z"),
        ("2026-07-01T15:59:59.000Z", "2026-06-30T16:00:00.000Z"),
        // The day of the change, before and behind six in the evening.
        ("2026-03-29T15:00:00.000Z", "2026-03-28T17:00:00.000Z"),
        ("2026-03-29T16:00:00.000Z", "2026-03-29T16:00:00.000Z"),
        ("2026-10-25T16:30:00.000Z", "2026-10-24T16:00:00.000Z"),
        ("2026-10-25T17:00:00.000Z", "2026-10-25T17:00:00.000Z"),
    ])
    func `the last six in the evening is that of the zone, summer time or not`(_ now: String, _ expected: String) {
        let last = Self.rome.last(TimeOfDay(hour: 18, minute: 0), now: moment(now))
        #expect(MailDate.formatISO8601(last) == expected)
    }

    @Test func `minute by minute of a year it is within a day, never ahead, and moves once a day`() {
        var changes = 0
        var before = Timestamp(milliseconds: 0)
        let start = moment("2026-01-01T12:00:00.000Z")
        for hour in 0..<(365 * 24) {
            let now = start + .seconds(hour * 3600 + 17)
            let last = Self.rome.last(TimeOfDay(hour: 18, minute: 0), now: now)
            #expect(last <= now && now - last <= .seconds(25 * 3600))
            if last != before { changes += 1 }
            before = last
        }
        #expect(changes == 366)
    }

    @Test func `a moment is written as the wall clock shows it`() {
        #expect(Self.rome.text(moment("2026-11-24T17:00:05.000Z")) == "24/11/2026 18:00:05 +0100")
        #expect(Self.rome.text(moment("2026-07-01T22:30:00.000Z")) == "02/07/2026 00:30:00 +0200")
        #expect(
            LocalDay { _ in .seconds(-12_600) }.text(moment("2026-11-24T01:00:00.000Z")) == "23/11/2026 21:30:00 -0330"
        )
    }
}
