// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The policy of a domain that asks for certified TLS by MTA-STS (RFC 8461 §3.2).
///
/// ```text
/// version: STSv1
/// mode: enforce
/// mx: mail.esempio.it
/// mx: *.esempio.net
/// max_age: 604800
/// ```
public struct MTASTSPolicy: Hashable, Sendable {
    /// What is to be done when a host does not fit.
    public enum Mode: String, Hashable, Sendable {
        case enforce
        case testing
        case none
    }

    /// The mode.
    public var mode: Mode
    /// The patterns of hosts: A-labels in lower case, with `*` for one label at most, the first.
    public var patterns: [String]
    /// How long it holds, in seconds, at most a year.
    public var maximumAge: Int

    /// Octets of a policy that are read.
    public static let maximumOctets = 65_536
    private static let maximumPatterns = 1000
    private static let year = 31_557_600

    /// A policy.
    public init(mode: Mode, patterns: [String], maximumAge: Int) {
        self.mode = mode
        self.patterns = patterns
        self.maximumAge = maximumAge
    }

    /// The policy of this text; nil for what is none. Unknown keys are passed over, and of a key that stands twice the first counts.
    public init?(_ octets: [UInt8]) {
        guard octets.count <= Self.maximumOctets else { return nil }
        var values: [String: String] = [:]
        var patterns: [String] = []
        for line in String(decoding: octets, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let key = Self.trimmed(line[..<colon])
            let value = Self.trimmed(line[line.index(after: colon)...])
            if key == "mx" {
                guard patterns.count < Self.maximumPatterns, let pattern = Self.pattern(value) else { return nil }
                patterns.append(pattern)
            } else if values[key] == nil {
                values[key] = value
            }
        }
        guard values["version"] == "STSv1", let mode = values["mode"].flatMap(Mode.init(rawValue:)),
            let age = values["max_age"].flatMap(Self.number), mode == .none || !patterns.isEmpty
        else { return nil }
        self.init(mode: mode, patterns: patterns, maximumAge: min(age, Self.year))
    }

    /// True when `host` fits a pattern (RFC 8461 §4.1): `*.esempio.net` fits `a.esempio.net`, and neither `esempio.net` nor `b.a.esempio.net`.
    public func admits(_ host: String) -> Bool {
        guard let name = DomainName.ascii(host) else { return false }
        return patterns.contains { pattern in
            guard pattern.hasPrefix("*.") else { return pattern == name }
            guard let dot = name.firstIndex(of: ".") else { return false }
            return name[name.index(after: dot)...] == pattern.dropFirst(2)
        }
    }

    private static func pattern(_ text: String) -> String? {
        guard text.hasPrefix("*.") else { return DomainName.ascii(text) }
        return DomainName.ascii(String(text.dropFirst(2))).map { "*.\($0)" }
    }

    private static func number(_ text: String) -> Int? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(text)
    }
}

/// The TXT record by which a domain says that it has a policy, and which (RFC 8461 §3.1): `v=STSv1; id=20260131;`.
public enum MTASTSRecord {
    /// The identifier that the records at `_mta-sts.DOMAIN` give; nil unless exactly one of them is of MTA-STS and well-formed.
    public static func identifier(_ records: [[UInt8]]) -> String? {
        let texts = records.prefix(100).compactMap(text).filter { $0.hasPrefix("v=STSv1;") }
        guard texts.count == 1, let record = texts.first else { return nil }
        for part in record.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.filter { !$0.isWhitespace } }
            guard pair.count == 2, pair[0] == "id" else { continue }
            let isWord = pair[1].utf8.allSatisfy { octet in
                (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet | 0x20)
            }
            return (1...32).contains(pair[1].utf8.count) && isWord ? pair[1] : nil
        }
        return nil
    }

    /// The strings of a TXT record put together (RFC 1035 §3.3.14); nil for what is cut short.
    public static func text(_ octets: [UInt8]) -> String? {
        var joined: [UInt8] = []
        var rest = octets[...]
        while let length = rest.popFirst() {
            guard rest.count >= Int(length) else { return nil }
            joined += rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
        }
        return String(decoding: joined, as: UTF8.self)
    }
}
