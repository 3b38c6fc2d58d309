// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import MailModel

/// Times of day in the zone of the people who read them.
struct LocalDay: Sendable {
    /// How far the zone is ahead of UTC at a moment.
    var offset: @Sendable (Timestamp) -> Duration

    /// The zone of this process (TZ, /etc/localtime).
    static let system = LocalDay { moment in
        var seconds = time_t(moment.milliseconds / 1000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return .zero }
        return .seconds(parts.tm_gmtoff)
    }

    /// The last moment up to `now` at which it was `time`.
    func last(_ time: TimeOfDay, now: Timestamp) -> Timestamp {
        let day: Int64 = 86_400_000
        let local = now + offset(now)
        let today = local.milliseconds - (local.milliseconds % day + day) % day
        let sought = Timestamp(milliseconds: today) + .seconds(time.hour * 3600 + time.minute * 60)
        for candidate in [sought, sought - .milliseconds(day)] {
            // The offset of that moment: a change of summer time may lie between.
            let moment = candidate - offset(candidate - offset(now))
            if moment <= now { return moment }
        }
        return sought - offset(now) - .milliseconds(day)
    }

    /// `24/11/2026 18:00:05 +0100`, as people in Italy write it.
    func text(_ moment: Timestamp) -> String {
        let ahead = offset(moment)
        let iso = Array(MailDate.formatISO8601(moment + ahead))
        let (year, month, date) = (String(iso[0..<4]), String(iso[5..<7]), String(iso[8..<10]))
        let minutes = abs(ahead.components.seconds) / 60
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let zone = "\(ahead < .zero ? "-" : "+")\(two(minutes / 60))\(two(minutes % 60))"
        return "\(date)/\(month)/\(year) \(String(iso[11..<19])) \(zone)"
    }
}
