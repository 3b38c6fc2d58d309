// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// An extended regular expression of POSIX, as Postfix's `regexp:` tables have them, compiled by the same C library.
///
/// Not every one is taken: what could cost much time or memory (references back, large repetitions, very many of them) or belongs to PCRE
/// alone is refused.
final class PatternMatcher {
    /// The longest expression.
    static let maximumOctets = 1000
    /// The longest expression with something repeated in it, and the most that is repeated.
    private static let maximumRepetitive = (octets: 500, quantifiers: 32)
    /// The longest that an expression may become once its counted repetitions are written out.
    private static let maximumUnrolled = 10_000
    /// The longest text that is compared: no address is longer.
    static let maximumSubject = 320

    /// The octets of the expression, its counted repetitions written out: what it costs.
    let cost: Int
    private var compiled = regex_t()

    /// Nil for what is no expression, or none that is taken.
    init?(_ pattern: String, ignoresCase: Bool) {
        guard pattern.utf8.count <= Self.maximumOctets, let cost = Self.cost(pattern) else { return nil }
        self.cost = cost
        guard regcomp(&compiled, pattern, REG_EXTENDED | (ignoresCase ? REG_ICASE : 0)) == 0 else { return nil }
    }

    deinit { regfree(&compiled) }

    /// The whole match and its groups; nil when `subject` does not match.
    func groups(in subject: String) -> [String]? {
        guard subject.utf8.count <= Self.maximumSubject, !subject.utf8.contains(0) else { return nil }
        var matches = [regmatch_t](repeating: regmatch_t(rm_so: -1, rm_eo: -1), count: 10)
        guard regexec(&compiled, subject, matches.count, &matches, 0) == 0 else { return nil }
        let octets = Array(subject.utf8)
        return matches.map { match in
            guard match.rm_so >= 0, match.rm_eo >= match.rm_so, Int(match.rm_eo) <= octets.count else { return "" }
            return String(decoding: octets[Int(match.rm_so)..<Int(match.rm_eo)], as: UTF8.self)
        }
    }

    /// What the pattern costs; nil for one that is not taken.
    private static func cost(_ pattern: String) -> Int? {
        var octets = pattern.utf8.makeIterator()
        var quantifiers = 0
        while let octet = octets.next() {
            if octet == 0 { return nil }
            if "*+?{".utf8.contains(octet) { quantifiers += 1 }
            guard octet == UInt8(ascii: "\\") else { continue }
            // An escaped letter or digit means something else in PCRE, or a reference.
            guard let next = octets.next(), !(0x30...0x39).contains(next), !(0x61...0x7A).contains(next | 0x20) else {
                return nil
            }
        }
        let limit = quantifiers == 0 ? maximumOctets : maximumRepetitive.octets
        guard quantifiers <= maximumRepetitive.quantifiers, pattern.utf8.count <= limit,
            !["(?", "*?", "+?", "(|", "||", "|)"].contains(where: pattern.contains),
            let repetitions = repetitions(pattern), repetitions * pattern.utf8.count <= maximumUnrolled
        else { return nil }
        return repetitions * pattern.utf8.count
    }

    /// How many times something stands there, counted repetitions of repetitions included; nil for more than two, or large ones.
    private static func repetitions(_ pattern: String) -> Int? {
        let counts = pattern.utf8.split(separator: UInt8(ascii: "{"), omittingEmptySubsequences: false).dropFirst()
        guard counts.count <= 2 else { return nil }
        var product = 1
        for tail in counts {
            let numbers = tail.prefix { $0 != UInt8(ascii: "}") }.split(separator: UInt8(ascii: ","))
            guard numbers.allSatisfy({ $0.count <= 2 }) else { return nil }
            product *= max(1, numbers.compactMap { Int(String(decoding: $0, as: UTF8.self)) }.max() ?? 1)
        }
        return product
    }
}
