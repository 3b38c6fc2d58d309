// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A moment as a provider wrote it: the local time and the zone (RFC 6109 §2.2: the time of a provider is its legal time).
public struct CertifiedTime: Hashable, Sendable, CustomStringConvertible {
    private enum Zone: Hashable, Sendable {
        case universal
        case minutes(Int)
        case unknown
    }

    private let date: (year: Int, month: Int, day: Int)
    /// Seconds since midnight.
    private let clock: Int
    private let zone: Zone

    /// The moment; nil when no zone is given.
    public var timestamp: Timestamp? {
        let local = Int64(Self.days(date.year, date.month, date.day)) * 86400 + Int64(clock)
        return switch zone {
        case .universal: Timestamp(milliseconds: local * 1000)
        case .minutes(let minutes): Timestamp(milliseconds: (local - Int64(minutes) * 60) * 1000)
        case .unknown: nil
        }
    }

    /// ISO 8601 with the zone that was given: `2024-11-15T18:20:38+01:00`.
    public var description: String {
        let year = String(10000 + date.year).dropFirst()
        return "\(year)-\(Self.two(date.month))-\(Self.two(date.day))T\(Self.two(clock / 3600)):"
            + "\(Self.two(clock / 60 % 60)):\(Self.two(clock % 60))\(zoneText)"
    }

    private var zoneText: String {
        switch zone {
        case .universal: "Z"
        case .unknown: ""
        case .minutes(let minutes):
            "\(minutes < 0 ? "-" : "+")\(Self.two(abs(minutes) / 60)):\(Self.two(abs(minutes) % 60))"
        }
    }

    private init?(year: Int, month: Int, day: Int, clock: Int?, zone: Zone) {
        guard (1...9999).contains(year), (1...12).contains(month), let clock,
            (1...Self.length(of: month, in: year)).contains(day)
        else { return nil }
        date = (year, month, day)
        self.clock = clock
        self.zone = zone
    }

    /// `giorno`, `ora` and `zona` of certification data: `15/11/2024`, `18:20:38`, `+0100`.
    init?(day: String, time: String, zone: String) {
        let parts = day.split(omittingEmptySubsequences: true) { "/-. ".contains($0) }.map { Int($0) ?? -1 }
        guard parts.count == 3 else { return nil }
        let isYearFirst = parts[0] > 31
        self.init(
            year: parts[isYearFirst ? 0 : 2],
            month: parts[1],
            day: parts[isYearFirst ? 2 : 0],
            clock: Self.clock(time),
            zone: Self.zone(zone)
        )
    }

    /// A date-time of XML Schema or ISO 8601: `2022-08-03T14:22:14Z`.
    init?(iso8601 text: String) {
        let halves = text.trimmingSpace.split(separator: "T", maxSplits: 1)
        guard halves.count == 2 else { return nil }
        let time = halves[1].prefix { $0.isNumber || $0 == ":" || $0 == "." }
        self.init(day: String(halves[0]), time: String(time), zone: String(halves[1][time.endIndex...]))
    }

    /// The body of a Date field (RFC 5322 §3.3): `Fri, 15 Nov 2024 18:20:38 +0100 (CET)`.
    init?(fieldBody text: String) {
        var words = text.prefix(200).split { $0 == " " || $0 == "\t" || $0 == "," }
        if let first = words.first, Int(first) == nil { words.removeFirst() }
        guard words.count >= 4, let day = Int(words[0]), let year = Int(words[2]),
            let month = Self.months.firstIndex(of: words[1].prefix(3).lowercased())
        else { return nil }
        let fullYear = year < 50 ? year + 2000 : year < 1000 ? year + 1900 : year
        let zone = words.count > 4 ? Self.zone(String(words[4])) : .unknown
        self.init(year: fullYear, month: month + 1, day: day, clock: Self.clock(String(words[3])), zone: zone)
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func clock(_ text: String) -> Int? {
        let text = text.trimmingSpace
        let isDotted = !text.contains(":")  // 18.20.38, as Italians write it; otherwise a dot begins a fraction
        let whole = text.prefix { $0 != "." || isDotted }
        let parts = whole.split { $0 == ":" || $0 == "." }.map { Int($0) ?? -1 }
        guard parts.count == 2 || parts.count == 3, (0...23).contains(parts[0]), (0...59).contains(parts[1]) else {
            return nil
        }
        let seconds = parts.count == 3 ? parts[2] : 0
        guard (0...60).contains(seconds) else { return nil }
        return parts[0] * 3600 + parts[1] * 60 + min(seconds, 59)
    }

    /// `+0100` as the standard has it; `+01:00`, `+1`, `GMT+01:00`, `+0100 (CET)` and names as programs write them.
    private static func zone(_ text: String) -> Zone {
        var text = String(text.trimmingSpace.uppercased().prefix { $0 != " " && $0 != "(" })
        switch text {
        case "Z": return .universal
        case "UTC", "GMT", "UT": return .minutes(0)
        case "CET", "MET": return .minutes(60)
        case "CEST", "MEST": return .minutes(120)
        default: break
        }
        if text.hasPrefix("GMT") || text.hasPrefix("UTC") { text.removeFirst(3) }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard let sign = text.first, sign == "+" || sign == "-", (1...4).contains(digits.utf8.count),
            digits.utf8.allSatisfy(\.isDigit), let number = Int(digits)
        else { return .unknown }
        let (hours, minutes) = digits.utf8.count < 3 ? (number, 0) : (number / 100, number % 100)
        guard hours < 24, minutes < 60 else { return .unknown }
        return .minutes(sign == "-" ? -hours * 60 - minutes : hours * 60 + minutes)
    }

    private static func length(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01, by eras of 400 years that begin on 1 March; `year` is 1 or more.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Equal when written alike; the same moment in another zone is another writing.
    public static func == (left: Self, right: Self) -> Bool {
        left.date == right.date && left.clock == right.clock && left.zone == right.zone
    }

    /// Feeds what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(date.year)
        hasher.combine(date.month)
        hasher.combine(date.day)
        hasher.combine(clock)
        hasher.combine(zone)
    }
}
