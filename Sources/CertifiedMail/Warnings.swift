// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A bounded list of warnings, each kept once.
struct Warnings: Equatable, Sendable {
    /// How many are kept; one more says that there were more.
    static let maximum = 50

    /// How often one code is looked at: a stranger can repeat one mistake a million times.
    static let maximumOfOneCode = 20

    private(set) var list: [Warning] = []
    /// True when one of those that make a message suspect was added, also when it is not kept.
    private(set) var isSuspect = false
    private var counts: [Warning.Code: Int] = [:]

    mutating func add(_ code: Warning.Code, _ detail: @autoclosure () -> String) {
        if Warning.suspect.contains(code) { isSuspect = true }
        let count = counts[code, default: 0]
        guard count <= Self.maximumOfOneCode, list.count <= Self.maximum else { return }
        counts[code] = count + 1
        let hasRoom = count < Self.maximumOfOneCode && list.count < Self.maximum
        let warning = hasRoom ? Warning(code, detail()) : Warning(.more, "further warnings are left out")
        if !list.contains(warning) { list.append(warning) }
    }

    mutating func add(_ other: Self) {
        if other.isSuspect { isSuspect = true }
        for warning in other.list { add(warning.code, warning.detail) }
    }
}
