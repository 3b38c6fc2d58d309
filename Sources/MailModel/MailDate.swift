// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The date-time of RFC 5322 §3.3, always in UTC.
public enum MailDate {
    /// `Mon, 23 Nov 2026 10:00:00 +0000`, in the proleptic Gregorian calendar.
    public static func format(_ moment: Timestamp) -> String {
        let seconds = moment.milliseconds.flooredQuotient(by: 1000)
        let days = seconds.flooredQuotient(by: 86400)
        let clock = Int(seconds - days * 86400)
        let (year, month, day) = civil(fromDays: Int(days))
        let weekday = weekdays[Int((days + 4) - (days + 4).flooredQuotient(by: 7) * 7)]
        return
            "\(weekday), \(two(day)) \(months[month - 1]) \(year) \(two(clock / 3600)):\(two(clock / 60 % 60)):\(two(clock % 60)) +0000"
    }

    /// `2026-11-23T10:00:00.123Z` (RFC 3339), for logs and listings.
    public static func formatISO8601(_ moment: Timestamp) -> String {
        let seconds = moment.milliseconds.flooredQuotient(by: 1000)
        let days = seconds.flooredQuotient(by: 86400)
        let clock = Int(seconds - days * 86400)
        let (year, month, day) = civil(fromDays: Int(days))
        let fraction = String(Int(moment.milliseconds - seconds * 1000) + 1000).dropFirst()
        return
            "\(year)-\(two(month))-\(two(day))T\(two(clock / 3600)):\(two(clock / 60 % 60)):\(two(clock % 60)).\(fraction)Z"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    /// Year, month and day of a count of days since 1970-01-01, by eras of 400 years that begin on 1 March.
    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
