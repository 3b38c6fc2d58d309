// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// Which of the two notices a `preavviso-errore-consegna` is: the header and the subject of both are the same (RFC 6109 §3.1.6).
public enum TimeoutStage: String, CaseIterable, Sendable {
    /// After 12 hours without taking in charge: the message may still arrive.
    case twelveHours = "12h"
    /// After 24 hours (never before 22) without delivery: the last word.
    case twentyFourHours = "24h"
    /// The words do not tell, and neither does the time: in doubt, not failed.
    case unclear

    /// After this time since the sending the notice can only be the second one.
    public static let finalAfter = Duration.seconds(22 * 3600)

    /// The stage that the words of `errore-esteso` tell.
    ///
    /// The code decides: `5.4.1` is the last notice, a class 4 the first. Without code a mention of twelve hours comes before one of
    /// twenty-four, because the first notice announces the second.
    public init(_ detail: FailureDetail?) {
        guard let detail else {
            self = .unclear
            return
        }
        let words = detail.raw.lowercased()
        if detail.code == "5.4.1" {
            self = .twentyFourHours
        } else if detail.code?.hasPrefix("4.") == true || Self.names(["dodici ore", "12 ore", "12 hours"], words) {
            self = .twelveHours
        } else if Self.names(["ventiquattro ore", "24 ore", "24 hours"], words) {
            self = .twentyFourHours
        } else {
            self = .unclear
        }
    }

    /// The stage when the time between the acceptance and the notice is known: it settles what the words leave unclear.
    public func settled(after elapsed: Duration?) -> Self {
        guard self == .unclear, let elapsed else { return self }
        return elapsed >= Self.finalAfter ? .twentyFourHours : .twelveHours
    }

    private static func names(_ phrases: [String], _ words: String) -> Bool {
        phrases.contains { words.contains($0) }
    }
}
