// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// One reply of SpamAssassin's daemon, as spamc's protocol has it (spamd/PROTOCOL of SpamAssassin).
///
/// ```text
/// C: SYMBOLS SPAMC/1.5      S: SPAMD/1.1 0 EX_OK
/// C: Content-length: 102    S: Content-length: 11
/// C:                        S: Spam: True ; 1000.0 / 5.0
/// C: (the message)          S:
///                           S: GTUBE,NOREL
/// ```
public struct SpamdReply: Hashable, Sendable {
    /// What the octets so far are.
    public enum Reading: Hashable, Sendable {
        /// More must come.
        case incomplete
        /// A whole reply.
        case reply(SpamdReply)
        /// Nothing that spamd says.
        case malformed
    }

    /// What it came to.
    public struct Verdict: Hashable, Sendable {
        /// True from `threshold` on.
        public let isSpam: Bool
        /// The score.
        public let score: Double
        /// The score from which on it is spam.
        public let threshold: Double
    }

    /// Octets of the longest reply; hundreds of symbols are far shorter.
    public static let maximumOctets = 65_536

    /// 0, or a code of sysexits.h.
    public let code: Int
    /// What it says beside the code.
    public let words: String
    /// Its verdict; nil where none was asked for.
    public let verdict: Verdict?
    /// The names of the rules that matched.
    public let symbols: [String]

    /// Reads what has come; `isEnd` when the connection was closed behind `octets`.
    public static func read(_ octets: [UInt8], isEnd: Bool) -> Reading {
        guard octets.count <= maximumOctets else { return .malformed }
        var rest = octets[...]
        guard let status = line(&rest) else { return isEnd ? .malformed : .incomplete }
        let words = status.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0].hasPrefix("SPAMD/"), let code = Int(words[1]), code >= 0 else {
            return .malformed
        }
        let text = words.count > 2 ? String(words[2]) : ""
        var (verdict, length): (Verdict?, Int?) = (nil, nil)
        while true {
            guard let line = line(&rest) else {
                // PONG and the errors have no empty line.
                guard isEnd else { return .incomplete }
                guard rest.isEmpty, verdict == nil, length == nil else { return .malformed }
                return .reply(SpamdReply(code: code, words: text, verdict: nil, symbols: []))
            }
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { return .malformed }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon].lowercased() {
            case "spam":
                verdict = Verdict(value)
                if verdict == nil { return .malformed }
            case "content-length":
                length = Int(value)
                guard let length, (0...maximumOctets).contains(length) else { return .malformed }
            default: break
            }
        }
        if let length {
            guard rest.count >= length else { return isEnd ? .malformed : .incomplete }
            rest = rest.prefix(length)
        } else if !isEnd {
            return .incomplete
        }
        let symbols = self.text(rest).split { $0 == "," || $0 == " " || $0 == "?" }.map(String.init)
        return .reply(SpamdReply(code: code, words: text, verdict: verdict, symbols: symbols))
    }

    /// Takes a line with its line end off `rest`; nil when none is whole.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let end = rest.firstIndex(of: 0x0A) else { return nil }
        var line = rest[..<end]
        if line.last == 0x0D { line = line.dropLast() }
        rest = rest[(end + 1)...]
        return text(line)
    }

    /// Octets beyond ASCII and control characters become `?`: the words go into logs and fields.
    private static func text(_ octets: ArraySlice<UInt8>) -> String {
        String(decoding: octets.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}

extension SpamdReply.Verdict {
    /// Reads `True ; 1000.0 / 5.0`.
    fileprivate init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ";")
        guard parts.count == 2 else { return nil }
        let numbers = parts[1].split(separator: "/").map { Double(Self.word($0)) }
        guard numbers.count == 2, let score = numbers[0], let threshold = numbers[1], score.isFinite, threshold.isFinite
        else { return nil }
        switch Self.word(parts[0]).lowercased() {
        case "true", "yes": self.init(isSpam: true, score: score, threshold: threshold)
        case "false", "no": self.init(isSpam: false, score: score, threshold: threshold)
        default: return nil
        }
    }

    private static func word(_ text: some StringProtocol) -> String { String(String(text).filter { $0 != " " }) }
}
