// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// What becomes of a message after all scanners have looked at it.
public enum ScanDecision: Hashable, Sendable {
    /// It goes its way, with the fields of the verdict on top.
    case deliver
    /// It is stored, and waits for a person: why.
    case quarantine(String)
    /// It is refused with this reply; 4yz when a scanner asks for that.
    case refuse(SMTPReply)
    /// It vanishes, as a milter asked for: why.
    case discard(String)
    /// Nobody can tell yet: a scanner gives no verdict. 451, or the next fetch.
    case hold(String)
}

/// What scanners found, brought together by the rules of the kind of mail.
///
/// | mail | antivirus | antispam | milter |
/// | --- | --- | --- | --- |
/// | ordinary | refused, also what is too large to be scanned | as it asks | as it asks |
/// | retrieved | quarantined | tagged, quarantined for a refusal | quarantined for a refusal |
/// | certified submission | refused | – | – |
/// | certified | quarantined | tagged at most | quarantined for a refusal |
///
/// The heaviest wins: refuse, discard, hold, quarantine, tag.
public struct ScanVerdict: Sendable {
    /// What one scanner came to.
    public struct Finding: Sendable {
        /// Its name.
        public let scanner: String
        /// What it looks for.
        public let role: ScannerRole
        /// Its result, or why there is none.
        public let outcome: Result<ScanResult, ScannerError>

        /// Its result; nil when there is none.
        var result: ScanResult? {
            guard case .success(let result) = outcome else { return nil }
            return result
        }

        /// A finding.
        public init(_ scanner: String, _ role: ScannerRole, _ outcome: Result<ScanResult, ScannerError>) {
            self.scanner = scanner
            self.role = role
            self.outcome = outcome
        }
    }

    /// What the configuration wants while a scanner gives no verdict.
    public enum WhenDown: String, Hashable, Sendable, CaseIterable {
        /// The message waits.
        case `defer`
        /// It passes, and says so on top.
        case pass
    }

    /// What becomes of the message.
    public private(set) var decision = ScanDecision.deliver
    /// The fields for the top of what is delivered or quarantined, in ASCII, each with its CRLF; empty where nothing scanned.
    public var fields: String {
        guard !findings.isEmpty, mail != .certifiedSubmission else { return "" }
        return ScanFields(findings, decision, isTagged: isTagged, hasForeignResults: hasForeignResults).text
    }

    private let mail: ScanSubject.Mail
    private let findings: [Finding]
    private var isTagged = false
    /// True when the message says what this gateway found, and it did not.
    var hasForeignResults = false

    /// The verdict over `findings`.
    public init(_ findings: [Finding], mail: ScanSubject.Mail, whenDown: WhenDown) {
        self.mail = mail
        self.findings = findings
        for finding in findings {
            switch finding.outcome {
            case .success(let result): take(result, finding)
            case .failure(let error):
                if whenDown == .defer { raise(to: .hold("\(finding.scanner): \(error)")) }
            }
        }
    }

    private mutating func take(_ result: ScanResult, _ finding: Finding) {
        let words = "\(finding.scanner): \(result.words.isEmpty ? "no reason given" : result.words)"
        switch Self.allowed(result.action, finding.role, mail) {
        case .pass: break
        case .tag: isTagged = true
        case .quarantine: raise(to: .quarantine(words))
        case .reject(let reply): raise(to: .refuse(reply))
        case .postpone(let reply) where mail == .ordinary: raise(to: .refuse(reply))
        case .postpone: raise(to: .hold(words))
        case .discard: raise(to: .discard(words))
        }
    }

    /// The message vanishes, unless something heavier stands.
    mutating func discard(_ why: String) { raise(to: .discard(why)) }

    /// How the quarantine says that no scanner judged a message.
    public static let unjudged = "no verdict within a day"

    /// The message waits for a scanner no longer, but for a person.
    mutating func giveUp(_ why: String) { decision = .quarantine(why) }

    private mutating func raise(to next: ScanDecision) {
        if next.weight > decision.weight { decision = next }
    }

    /// What of `action` the kind of mail allows.
    private static func allowed(
        _ action: ScanResult.Action,
        _ role: ScannerRole,
        _ mail: ScanSubject.Mail
    ) -> ScanResult.Action {
        switch (mail, role, action) {
        case (_, _, .pass): .pass
        // Its sender is on the line, and can be told: in the quarantine it would take the room of all others.
        case (.ordinary, .antivirus, .quarantine), (.certifiedSubmission, .antivirus, .quarantine):
            .reject(SMTPReply(552, EnhancedStatus(5, 3, 4), "the message is larger than can be scanned for malware"))
        case (.ordinary, _, _): action
        case (.certifiedSubmission, .antivirus, _): action
        case (.certifiedSubmission, _, _): .pass
        case (.certified, .antispam, _): .tag
        case (.retrieved, .antispam, .postpone): .tag
        case (_, _, .reject), (_, _, .discard): .quarantine
        case (_, _, .tag), (_, _, .quarantine), (_, _, .postpone): action
        }
    }
}

extension ScanDecision {
    /// Which of two decisions stands.
    fileprivate var weight: Int {
        switch self {
        case .deliver: 0
        case .quarantine: 1
        case .hold: 2
        case .discard: 3
        case .refuse(let reply): reply.code / 100 == 4 ? 4 : 5
        }
    }
}
