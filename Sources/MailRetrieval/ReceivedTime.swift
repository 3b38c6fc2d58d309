// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// When a message's last server took it, as the topmost Received field says (RFC 5321 §4.4); to be compared, not shown.
struct ReceivedTime: Equatable {
    /// In the zone that was given: `2026-11-23T10:00:00`.
    private let local: String
    /// East of Greenwich.
    private let zone: Duration

    /// The moment of the first Received field of `header`; nil where there is none, or no date-time with a zone in digits behind its last
    /// semicolon (RFC 5322 §3.3): of such a message nobody knows when it came.
    init?(_ header: HeaderSection) {
        guard let field = header.first("Received"), let semicolon = field.lastIndex(of: ";") else { return nil }
        self.init(dateTime: String(field[field.index(after: semicolon)...]))
    }

    /// `Mon, 23 Nov 2026 10:00:00 +0100 (CET)`.
    init?(dateTime text: String) {
        var words = text.unicodeScalars.prefix(200).split { " \t\r\n,".unicodeScalars.contains($0) }.map { String($0) }
        if let first = words.first, Int(first) == nil { words.removeFirst() }
        guard words.count >= 5, let day = Self.number(words[0], 1...31),
            let month = Self.months.firstIndex(of: words[1].lowercased()), let year = Self.number(words[2], 1970...9999)
        else { return nil }
        let clock = words[3].split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        guard clock.count == 2 || clock.count == 3, let hour = Self.number(clock[0], 0...23),
            let minute = Self.number(clock[1], 0...59),
            let second = clock.count == 3 ? Self.number(clock[2], 0...60) : 0
        else { return nil }
        guard words[4].utf8.count == 5, let sign = ["+": 1, "-": -1][words[4].prefix(1)],
            let zone = Self.number(String(words[4].dropFirst()), 0...2359), zone % 100 < 60
        else { return nil }
        local =
            "\(year)-\(Self.two(month + 1))-\(Self.two(day))T\(Self.two(hour)):\(Self.two(minute)):\(Self.two(second))"
        self.zone = .seconds(sign * (zone / 100 * 3600 + zone % 100 * 60))
    }

    /// True when it is not later than `moment`, to the second.
    func isNotAfter(_ moment: Timestamp) -> Bool { local <= MailDate.formatISO8601(moment + zone).prefix(19) }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private static func number(_ text: String, _ range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), range.contains(number)
        else {
            return nil
        }
        return number
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
