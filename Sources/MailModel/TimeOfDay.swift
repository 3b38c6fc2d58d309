// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A time of day to the minute, in whatever zone its user means: `18:00`.
public struct TimeOfDay: Hashable, Sendable, CustomStringConvertible {
    /// 0...23.
    public let hour: Int
    /// 0...59.
    public let minute: Int

    /// A time of day; numbers beyond their range are brought into it.
    public init(hour: Int, minute: Int) {
        self.hour = min(max(hour, 0), 23)
        self.minute = min(max(minute, 0), 59)
    }

    /// The time that `text` writes as two digits, a colon and two digits; nil for anything else.
    public init?(_ text: String) {
        let octets = Array(text.utf8)
        let digits = [0, 1, 3, 4]
        guard octets.count == 5, octets[2] == UInt8(ascii: ":"),
            digits.allSatisfy({ (0x30...0x39).contains(octets[$0]) })
        else { return nil }
        let numbers = octets.map { Int($0) - 0x30 }
        (hour, minute) = (numbers[0] * 10 + numbers[1], numbers[3] * 10 + numbers[4])
        guard hour < 24, minute < 60 else { return nil }
    }

    /// `18:00`.
    public var description: String { "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)" }
}
