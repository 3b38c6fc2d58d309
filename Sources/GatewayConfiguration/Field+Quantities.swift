// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

extension Field {
    /// A number with a unit: `60s`, `5m`, `4h`, `7d`.
    func duration(_ range: ClosedRange<Duration>) -> Duration? {
        let expected = "a duration such as 60s, 5m, 4h or 7d"
        guard let text = text(expected) else { return nil }
        guard let value = Quantity.duration(text) else {
            return wrong(text.allSatisfy(\.isNumber) ? "\(expected) (the unit is missing)" : expected)
        }
        guard range.contains(value) else {
            return wrong(
                "a duration from \(Quantity.describe(range.lowerBound)) to \(Quantity.describe(range.upperBound))"
            )
        }
        return value
    }

    /// A number with a unit: `100MB` of 1,000,000 octets, `36MiB` of 1,048,576.
    func size(atLeast minimum: Int = 1) -> ByteCount? {
        let expected = "a size such as 500kB, 100MB, 36MiB or 2GB"
        guard let text = text(expected) else { return nil }
        guard let octets = Quantity.octets(text) else {
            return wrong(text.allSatisfy(\.isNumber) ? "\(expected) (the unit is missing)" : expected)
        }
        guard octets >= minimum else { return wrong("a size of at least \(ByteCount(octets: minimum))") }
        return ByteCount(octets: octets)
    }
}

/// Numbers with units.
enum Quantity {
    /// The duration; nil unless it is a whole number and one of `ms`, `s`, `m`, `h`, `d`, `w`.
    static func duration(_ text: String) -> Duration? {
        guard let (number, unit) = split(text) else { return nil }
        let milliseconds: Int64
        switch unit {
        case "ms": milliseconds = 1
        case "s": milliseconds = 1000
        case "m": milliseconds = 60_000
        case "h": milliseconds = 3_600_000
        case "d": milliseconds = 86_400_000
        case "w": milliseconds = 604_800_000
        default: return nil
        }
        let (product, hasOverflowed) = Int64(number).multipliedReportingOverflow(by: milliseconds)
        return hasOverflowed ? nil : .milliseconds(product)
    }

    /// The octets; nil unless it is a whole number and a decimal or binary unit.
    static func octets(_ text: String) -> Int? {
        guard let (number, unit) = split(text) else { return nil }
        let factor: Int
        switch unit.lowercased() {
        case "b": factor = 1
        case "kb": factor = 1000
        case "mb": factor = 1_000_000
        case "gb": factor = 1_000_000_000
        case "kib": factor = 1024
        case "mib": factor = 1_048_576
        case "gib": factor = 1_073_741_824
        default: return nil
        }
        let (product, hasOverflowed) = number.multipliedReportingOverflow(by: factor)
        return hasOverflowed ? nil : product
    }

    /// The duration in its largest whole unit: `60s` is `1m`.
    static func describe(_ duration: Duration) -> String {
        let milliseconds = duration.wholeMilliseconds
        guard milliseconds != 0 else { return "0s" }
        let units: [(Int64, String)] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")]
        for (size, name) in units where milliseconds % size == 0 { return "\(milliseconds / size)\(name)" }
        return "\(milliseconds)ms"
    }

    private static func split(_ text: String) -> (Int, Substring)? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        var unit = text[digits.endIndex...]
        if unit.first == " " { unit.removeFirst() }
        guard !digits.isEmpty, !unit.isEmpty, let number = Int(digits) else { return nil }
        return (number, unit)
    }
}
