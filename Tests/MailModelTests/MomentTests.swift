// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import Testing

struct MailDateTests {
    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00.000Z"),
            (1_795_428_000_123, "Mon, 23 Nov 2026 10:00:00 +0000", "2026-11-23T10:00:00.123Z"),
            (951_782_399_999, "Mon, 28 Feb 2000 23:59:59 +0000", "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 +0000", "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "Mon, 01 Mar 2100 00:00:00 +0000", "2100-03-01T00:00:00.000Z"),
            (-1, "Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31T23:59:59.999Z"),
            (-11_644_473_600_000, "Mon, 01 Jan 1601 00:00:00 +0000", "1601-01-01T00:00:00.000Z"),
            (1_709_210_096_007, "Thu, 29 Feb 2024 12:34:56 +0000", "2024-02-29T12:34:56.007Z"),
        ] as [(Int64, String, String)]
    )
    func `A moment is written as mail and as logs want it`(_ milliseconds: Int64, _ mail: String, _ log: String) {
        let moment = Timestamp(milliseconds: milliseconds)
        #expect(MailDate.format(moment) == mail)
        #expect(MailDate.formatISO8601(moment) == log)
    }
}

struct TimestampTests {
    @Test func `Moments and durations add and subtract in milliseconds`() {
        let moment = Timestamp(milliseconds: 1000)
        #expect(moment + .seconds(2) == Timestamp(milliseconds: 3000))
        #expect(moment - .milliseconds(1500) == Timestamp(milliseconds: -500))
        #expect(moment - Timestamp(milliseconds: 250) == .milliseconds(750))
        #expect(moment - Timestamp(milliseconds: 1250) == .milliseconds(-250))
        #expect(Timestamp(milliseconds: -1) < Timestamp(milliseconds: 0))
        #expect(Duration.microseconds(1999).wholeMilliseconds == 1)
        #expect((Duration.seconds(90) + .microseconds(1)).wholeMilliseconds == 90_000)
    }
}

struct QueueIDTests {
    private struct Fixed: RandomNumberGenerator {
        var value: UInt64
        mutating func next() -> UInt64 { value }
    }

    private static func identifier(_ milliseconds: Int64, _ random: UInt64 = 0) -> QueueID {
        var generator = Fixed(value: random)
        return QueueID(arrival: Timestamp(milliseconds: milliseconds), using: &generator)
    }

    @Test func `An identifier is sixteen characters that sort by arrival`() {
        let moments: [Int64] = [0, 1, 31, 32, 1_795_428_000_123, 1_795_428_000_124, 0xFFFF_FFFF_FFFF]
        let identifiers = moments.map { Self.identifier($0, .max) }
        #expect(identifiers.allSatisfy { $0.description.utf8.count == 16 })
        #expect(identifiers == identifiers.sorted())
        #expect(Set(identifiers).count == moments.count)
        #expect(Self.identifier(0).rawValue == "0000000000000000")
        #expect(Self.identifier(1).rawValue == "0000000004000000")
        #expect(Self.identifier(0xFFFF_FFFF_FFFF, .max).rawValue == "ZZZZZZZZZZZZZZZZ")
    }

    @Test func `Chance keeps two identifiers of one moment apart`() {
        let moment = Timestamp(milliseconds: 1_795_428_000_123)
        #expect(Set((0..<1000).map { _ in QueueID(arrival: moment) }).count == 1000)
        #expect(Self.identifier(-5) == Self.identifier(0))
    }

    @Test func `An identifier is read back, in lower case as well`() {
        let identifier = Self.identifier(1_795_428_000_123, 0xDEAD_BEEF)
        #expect(QueueID(identifier.rawValue) == identifier)
        #expect(QueueID(identifier.rawValue.lowercased()) == identifier)
    }

    @Test(arguments: [
        "", "0", "000000000000000", "00000000000000000", "000000000000000I", "000000000000000-", "00000000000000é",
    ])
    func `What is no identifier is refused`(_ text: String) {
        #expect(QueueID(text) == nil)
    }
}
