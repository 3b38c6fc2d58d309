// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The fields that say on top of a message what scanners found, for rules of Exchange and for people.
///
/// ```text
/// X-Ceralacca-Scan: tag; clamav=clean; rspamd=tag
///  (score 8.1 of 15: BAYES_SPAM, FORGED_SENDER)
/// X-Ceralacca-Spam: yes
/// X-Ceralacca-Spam-Score: 8.1
/// X-Ceralacca-Spam-Threshold: 15.0
/// X-Ceralacca-Spam-Level: ********
/// ```
/// `foreign-results=yes`: the message came with results in this gateway's name, which stand below and are none of ours; mail from the Internet has
/// lost them.
///
/// The first word is `pass`, `tag` or `quarantine`. A scanner's word is `clean`, `tag`, `found`, or `not-scanned` when it gave no verdict
/// and the configuration lets mail pass then. `X-Ceralacca-Spam` is there when the mail is tagged; level, score and threshold (from
/// where on the scanner calls it spam) are those of the scanner that gives the highest score, with a star for each whole point up to 50.
struct ScanFields {
    static let name = "X-Ceralacca-Scan"
    private static let maximumWords = 200

    private let findings: [ScanVerdict.Finding]
    private let decision: ScanDecision
    private let isTagged: Bool
    private let hasForeignResults: Bool

    init(_ findings: [ScanVerdict.Finding], _ decision: ScanDecision, isTagged: Bool, hasForeignResults: Bool) {
        self.hasForeignResults = hasForeignResults
        self.findings = findings
        self.decision = decision
        self.isTagged = isTagged
    }

    /// The fields with their CRLFs.
    var text: String {
        var result = "pass"
        if isTagged { result = "tag" }
        if case .quarantine = decision { result = "quarantine" }
        var text = Self.folded(
            "\(Self.name): \(result)",
            findings.map(Self.part) + (hasForeignResults ? ["foreign-results=yes"] : [])
        )
        if isTagged { text += "X-Ceralacca-Spam: yes\r\n" }
        let scored = findings.compactMap { finding in finding.result?.score.map { ($0, finding.result?.threshold) } }
        if let (score, threshold) = scored.max(by: { $0.0 < $1.0 }) {
            text += "X-Ceralacca-Spam-Score: \(Self.tenths(score))\r\n"
            if let threshold { text += "X-Ceralacca-Spam-Threshold: \(Self.tenths(threshold))\r\n" }
            let stars = Int(max(0, min(50, score)))
            if stars > 0 { text += "X-Ceralacca-Spam-Level: \(String(repeating: "*", count: stars))\r\n" }
        }
        return text
    }

    private static func part(_ finding: ScanVerdict.Finding) -> String {
        switch finding.outcome {
        case .failure: return "\(finding.scanner)=not-scanned"
        case .success(let result):
            let word =
                switch result.action {
                case .pass: "clean"
                case .tag: "tag"
                case .quarantine, .reject, .postpone, .discard: "found"
                }
            let words = printable(result.words)
            return words.isEmpty ? "\(finding.scanner)=\(word)" : "\(finding.scanner)=\(word) (\(words))"
        }
    }

    /// What a scanner said, as it can stand in a comment: from outside, so nothing of it ends the comment or the line.
    private static func printable(_ text: String) -> String {
        let octets = text.utf8.prefix(maximumWords).map { octet -> UInt8 in
            let isPlain = (0x20...0x7E).contains(octet) && !#"()\"#.utf8.contains(octet)
            return isPlain ? octet : UInt8(ascii: "?")
        }
        return String(decoding: octets, as: UTF8.self).split(separator: " ").joined(separator: " ")
    }

    private static func folded(_ start: String, _ parts: [String]) -> String {
        var (lines, line) = ("", start)
        for part in parts {
            line += ";"
            for word in part.split(separator: " ") {
                if line.utf8.count + word.utf8.count + 1 > 76 {
                    lines += line + "\r\n"
                    line = ""
                }
                line += " " + word
            }
        }
        return lines + line + "\r\n"
    }

    /// `score 8.1 of 15: BAYES_SPAM, FORGED_SENDER`: what an antispam scanner came to.
    static func words(_ score: Double, _ threshold: Double?, _ symbols: [String]) -> String {
        let limit = threshold.map { " of \(tenths($0))" } ?? ""
        return "score \(tenths(score))\(limit)"
            + (symbols.isEmpty ? "" : ": \(symbols.prefix(10).joined(separator: ", "))")
    }

    private static func tenths(_ score: Double) -> String {
        let tenths = Int((max(-999, min(999, score)) * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
