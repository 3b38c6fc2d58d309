// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A lookup table of Postfix, read from its text: `hash:/etc/postfix/sasl_passwd`, `regexp:…`, `inline:{…}`.
///
/// A compiled table is read from the text that it was made of, which lies beside it without `.db`, `.lmdb`, `.cdb`.
struct PostfixTable {
    /// The most entries.
    static let maximumEntries = 1_000_000
    /// What all patterns together may cost, in octets.
    static let maximumPatterns = 50_000
    /// The longest value of a pattern, in octets: groups are filled into it.
    static let maximumRuleValue = 1000

    /// A line `key value`.
    struct Entry {
        var key: String
        var value: String
        var place: SourcePlace
    }

    /// A line `/pattern/flags value`.
    struct Rule {
        var pattern: String
        var isNegated: Bool
        var value: String
        var place: SourcePlace
        fileprivate var matcher: PatternMatcher

        /// The value for `subject`, with the groups of the match filled in; nil when it does not match.
        func value(for subject: String) -> String? {
            let groups = matcher.groups(in: subject)
            if isNegated { return groups == nil ? value : nil }
            return groups.map { PostfixTable.substitute($0, in: value) }
        }

        /// The one text that the pattern stands for; nil when it stands for several.
        var literal: String? {
            var scalars = pattern.unicodeScalars[...]
            guard !isNegated, scalars.popFirst() == "^", scalars.popLast() == "$" else { return nil }
            if scalars.first == "(", scalars.last == ")" { scalars = scalars.dropFirst().dropLast() }
            var result = String.UnicodeScalarView()
            while let scalar = scalars.popFirst() {
                if scalar == "\\" {
                    guard let next = scalars.popFirst(), next.properties.isAlphabetic == false else { return nil }
                    result.append(next)
                } else {
                    guard !".*+?[](){}|^$".unicodeScalars.contains(scalar) else { return nil }
                    result.append(scalar)
                }
            }
            return result.isEmpty ? nil : String(result)
        }
    }

    private(set) var entries: [Entry] = []
    private(set) var rules: [Rule] = []
    /// True when there was more than is taken.
    private(set) var isCut = false
    /// What the patterns cost.
    private(set) var patterns = 0
    /// The first entry of each key, in lower case.
    private var places: [String: Int] = [:]

    /// The entry of `key`, whatever its case.
    func entry(_ key: String) -> Entry? { places[key.lowercased()].map { entries[$0] } }

    /// What the table says of `key`: an entry, or the first rule that matches.
    func lookup(_ key: String) -> (value: String, place: SourcePlace)? {
        if let entry = entry(key) { return (entry.value, entry.place) }
        for rule in rules { if let value = rule.value(for: key) { return (value, rule.place) } }
        return nil
    }

    /// Lines `key value`, as `postmap` reads them.
    mutating func addLines(_ text: String, file: String) {
        for line in PostfixLines.split(text) {
            let place = SourcePlace(file, line.line)
            guard let (key, value) = PostfixLines.pair(line.text) else {
                append(Entry(key: line.text, value: "", place: place))
                continue
            }
            append(Entry(key: Self.unquoted(key), value: value, place: place))
        }
    }

    private mutating func append(_ entry: Entry) {
        guard entries.count < Self.maximumEntries else {
            isCut = true
            return
        }
        let key = entry.key.lowercased()
        if places[key] == nil { places[key] = entries.count }
        entries.append(entry)
    }

    private mutating func append(_ rule: Rule) {
        guard patterns + rule.matcher.cost <= Self.maximumPatterns else {
            isCut = true
            return
        }
        patterns += rule.matcher.cost
        rules.append(rule)
    }

    /// Lines `/pattern/flags value`.
    mutating func addRules(_ text: String, file: String, isPerl: Bool, _ remarks: inout ImportRemarks) {
        var depth = 0
        for line in PostfixLines.split(text) where !isCut {
            let place = SourcePlace(file, line.line)
            let word = line.text.lowercased()
            if word.hasPrefix("if ") || word.hasPrefix("if\t") || word.hasPrefix("if/") || word.hasPrefix("if!") {
                depth += 1
                remarks.append(
                    ImportRemark(place, "a condition (if … endif) is not understood", "Add what it says by hand.")
                )
            } else if word == "endif" || word.hasPrefix("endif ") {
                depth = max(0, depth - 1)
            } else if depth == 0 {
                guard let rule = Self.rule(line.text, place) else {
                    let kind = isPerl ? "a PCRE pattern" : "a pattern"
                    remarks.append(
                        ImportRemark(
                            place,
                            "\(kind) that is not understood",
                            "Add the addresses that it means by hand."
                        )
                    )
                    continue
                }
                append(rule)
            }
        }
    }

    /// `{key = value}, key=value`.
    mutating func addInline(_ text: String, _ place: SourcePlace) {
        for element in PostfixLines.list(text) {
            var element = element
            if element.hasPrefix("{"), element.hasSuffix("}") {
                element = String(element.dropFirst().dropLast()).trimmed
            }
            guard let equals = element.firstIndex(of: "=") else { continue }
            let key = String(element[..<equals]).trimmed
            let value = String(element[element.index(after: equals)...]).trimmed
            append(Entry(key: key, value: value, place: place))
        }
    }

    mutating func add(_ other: Self) {
        isCut = isCut || other.isCut
        for entry in other.entries { append(entry) }
        for rule in other.rules { append(rule) }
    }

    private static func unquoted(_ key: String) -> String {
        key.count > 2 && key.hasPrefix("\"") && key.hasSuffix("\"") ? String(key.dropFirst().dropLast()) : key
    }

    private static func rule(_ text: String, _ place: SourcePlace) -> Rule? {
        var scalars = text.unicodeScalars[...]
        let isNegated = scalars.first == "!"
        if isNegated { scalars.removeFirst() }
        guard let delimiter = scalars.popFirst(), !delimiter.properties.isAlphabetic, delimiter != " " else {
            return nil
        }
        var pattern = String.UnicodeScalarView()
        while let scalar = scalars.popFirst(), scalar != delimiter {
            if scalar == "\\", let next = scalars.popFirst() {
                if next != delimiter { pattern.append(scalar) }
                pattern.append(next)
            } else {
                pattern.append(scalar)
            }
        }
        let flags = scalars.prefix { $0 != " " && $0 != "\t" }
        let value = String(scalars[flags.endIndex...]).trimmed
        guard !pattern.isEmpty, !value.isEmpty, value.utf8.count <= maximumRuleValue,
            let matcher = PatternMatcher(String(pattern), ignoresCase: !flags.contains("i"))
        else { return nil }
        return Rule(pattern: String(pattern), isNegated: isNegated, value: value, place: place, matcher: matcher)
    }

    /// `$1`, `${1}`, `$(1)` become the groups.
    private static func substitute(_ groups: [String], in text: String) -> String {
        var result = ""
        var scalars = text.unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            guard scalar == "$", let next = scalars.first else {
                result.unicodeScalars.append(scalar)
                continue
            }
            if next == "$" {
                scalars.removeFirst()
                result += "$"
                continue
            }
            let isWrapped = next == "{" || next == "("
            let digits = (isWrapped ? scalars.dropFirst() : scalars).prefix { ("0"..."9").contains($0) }
            guard let number = Int(String(digits)) else {
                result += "$"
                continue
            }
            scalars = scalars[digits.endIndex...]
            if isWrapped, scalars.first == "}" || scalars.first == ")" { scalars.removeFirst() }
            if number < groups.count { result += groups[number] }
        }
        return result
    }
}
