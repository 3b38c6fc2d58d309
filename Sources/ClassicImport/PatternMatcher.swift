// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// An extended regular expression of POSIX, as Postfix's `regexp:` tables have them, compiled by the same C library.
///
/// Not every one is taken: what could cost much time or memory (references back, large repetitions) or belongs to PCRE alone is refused.
final class PatternMatcher {
    /// The longest expression.
    static let maximumOctets = 1000
    /// The longest text that is compared.
    static let maximumSubject = 1000

    private var compiled = regex_t()

    /// Nil for what is no expression, or none that is taken.
    init?(_ pattern: String, ignoresCase: Bool) {
        guard pattern.utf8.count <= Self.maximumOctets, Self.isHarmless(pattern) else { return nil }
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

    private static func isHarmless(_ pattern: String) -> Bool {
        var octets = pattern.utf8.makeIterator()
        var braces = 0
        while let octet = octets.next() {
            if octet == 0 { return false }
            if octet == UInt8(ascii: "{") { braces += 1 }
            guard octet == UInt8(ascii: "\\") else { continue }
            // An escaped letter or digit means something else in PCRE, or a reference.
            guard let next = octets.next(), !(0x30...0x39).contains(next), !(0x61...0x7A).contains(next | 0x20) else {
                return false
            }
        }
        return braces <= 2 && !pattern.contains("(?") && !pattern.contains("*?") && !pattern.contains("+?")
            && !pattern.utf8.split(separator: UInt8(ascii: "{")).dropFirst().contains { tail in
                tail.prefix { $0 != UInt8(ascii: "}") }.split(separator: UInt8(ascii: ",")).contains { $0.count > 2 }
            }
    }
}
