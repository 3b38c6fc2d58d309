// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// A moment in Italian legal time, as certification data and texts state it: CET, or CEST from the last Sunday of March to
/// the last Sunday of October, changing at 01:00 UTC.
struct LegalTime: Equatable {
    /// `dd/mm/yyyy`.
    let day: String
    /// `hh:mm:ss`.
    let time: String
    /// `+0100` or `+0200`.
    let zone: String
    /// The moment as a Date field says it (RFC 5322 §3.3).
    let dateField: String

    /// The legal time at `moment`.
    init(_ moment: Timestamp) {
        let isSummer = Self.isSummer(moment)
        let local = moment + .seconds(isSummer ? 7200 : 3600)
        let stamp = Array(MailDate.formatISO8601(local).utf8)  // 2026-11-23T10:00:00.123Z
        let piece = { (range: Range<Int>) in String(decoding: stamp[range], as: UTF8.self) }
        day = "\(piece(8..<10))/\(piece(5..<7))/\(piece(0..<4))"
        time = piece(11..<19)
        zone = isSummer ? "+0200" : "+0100"
        dateField = MailDate.format(local).dropLast(5) + zone
    }

    private static func isSummer(_ moment: Timestamp) -> Bool {
        let stamp = Array(MailDate.formatISO8601(moment).utf8)
        let number = { (start: Int) in Int(stamp[start] - 0x30) * 10 + Int(stamp[start + 1] - 0x30) }
        let (month, dayOfMonth, hour) = (number(5), number(8), number(11))
        switch month {
        case 4...9: return true
        case 3, 10:
            let days = Int((Double(moment.milliseconds) / 86_400_000).rounded(.down))
            let weekday = ((days + 4) % 7 + 7) % 7  // 0 is Sunday; 1970-01-01 was a Thursday
            let someSunday = dayOfMonth - weekday + 35
            let lastSunday = 31 - (31 - someSunday % 7 + 7) % 7
            let hasChanged = (dayOfMonth, hour) >= (lastSunday, 1)
            return (month == 3) == hasChanged
        default: return false
        }
    }
}
