// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import MailModel

/// Moments as listings show them: `2026-11-23T11:00:00+01:00`, in the time zone of whoever asks.
enum LocalTime {
    /// The moment; a dash for none.
    static func text(_ moment: Timestamp?) -> String {
        guard let moment else { return "-" }
        var seconds = time_t(moment.milliseconds / 1000)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return MailDate.formatISO8601(moment) }
        var buffer = [CChar](repeating: 0, count: 40)
        guard strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S%z", &parts) > 0 else {
            return MailDate.formatISO8601(moment)
        }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // strftime writes the offset without its colon.
        guard text.utf8.count > 5 else { return text }
        return "\(text.dropLast(2)):\(text.suffix(2))"
    }

    /// How long ago, in the largest unit: `3 h`.
    static func age(_ moment: Timestamp, now: Timestamp) -> String {
        let seconds = max(0, (now - moment).wholeMilliseconds / 1000)
        switch seconds {
        case 0..<120: return "\(seconds) s"
        case 120..<7200: return "\(seconds / 60) min"
        case 7200..<172_800: return "\(seconds / 3600) h"
        default: return "\(seconds / 86_400) days"
        }
    }
}
