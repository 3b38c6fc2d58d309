// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail

/// Why a receipt is not believed.
enum Doubt {
    /// Of one whose octets could not be read again: nothing is known of its signature.
    static let notExamined = "its signature could not be examined"

    /// The reason in words; nil when the signature is valid, the signer is the sender and a
    /// provider, and no part contradicts another.
    static func words(_ message: CertifiedMessage, _ finding: SignatureFinding) -> String? {
        switch finding.state {
        case .missing: return "it is not signed"
        case .invalid: return "its signature does not hold: \(finding.digestProblem ?? "no reason given")"
        case .untrusted:
            return "its signer's certificate is not trusted: \(finding.chainProblem ?? "no reason given")"
        case .valid: break
        }
        guard message.isFromSigner(finding) else {
            return "it is From \(message.from ?? "nobody") and signed by \(finding.signer ?? "nobody")"
        }
        guard finding.isByProvider else {
            return
                "its signer \(finding.signer ?? "") is no provider: no known domain of one, and a chain that ends in a public root"
        }
        guard !message.isSuspect else { return "its parts contradict each other, or lack what it certifies" }
        // What the header alone says is nobody's word: anybody can change it and leave the signature whole.
        guard message.sender != nil else { return "its signed data do not name the sender" }
        guard !message.kind.isREM || message.evidence?.event != nil else {
            return "its signed data do not name the event"
        }
        return nil
    }
}
