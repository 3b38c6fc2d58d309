// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import TestLab

/// One thing measured, and the floor or ceiling that it is held against.
struct Measurement {
    /// What was measured.
    var name: String
    /// The figure.
    var value: Double
    /// The least that it may be; nil when there is a ceiling instead, or none.
    var floor: Double?
    /// The most that it may be.
    var ceiling: Double?
    /// What the figure counts: `times`, `MB`.
    var unit: String

    var isKept: Bool { value >= floor ?? -.infinity && value <= ceiling ?? .infinity }

    var line: String {
        let figure = "\(name): \(Self.text(value)) \(unit)"
        let bound = floor.map { "floor \(Self.text($0))" } ?? ceiling.map { "ceiling \(Self.text($0))" }
        guard let bound else { return figure }
        return "\(figure) (\(bound)) \(isKept ? "ok" : "MISSED")"
    }

    /// `value` with one digit after the point, or two below 2.
    static func text(_ value: Double) -> String {
        if value < 2 {
            let hundredths = Int((value * 100).rounded())
            return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
        }
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }

    /// The median.
    static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
