// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedTracking
import Testing

@testable import CertifiedMail

/// What tracking does not believe though the signature holds: what the unsigned header alone says.
struct DoubtTests {
    private func doubt(_ change: (inout CertifiedMessage) -> Void) -> String? {
        var message = CertifiedMessage()
        message.kind = .delivery
        message.from = "posta-certificata@pec.aruba.it"
        message.sender = "azienda@pec.example.it"
        change(&message)
        var finding = SignatureFinding()
        finding.state = .valid
        finding.addresses = ["posta-certificata@pec.aruba.it"]
        finding.signer = finding.addresses.first
        finding.isListed = true
        return Receipt(message, finding: finding, account: "azienda@pec.example.it")?.doubt
    }

    @Test func `a receipt whose signed data name no sender could be about anybody's message`() {
        #expect(doubt { _ in } == nil)
        #expect(doubt { $0.sender = nil } == "its signed data do not name the sender")
    }

    @Test func `an event that the header alone names is no event`() {
        func registered(_ message: inout CertifiedMessage) {
            message.kind = .remReceipt
            message.remEvent = "ContentConsignment"
            message.evidence = REMEvidence()
        }
        #expect(doubt(registered) == "its signed data do not name the event")
        #expect(
            doubt {
                registered(&$0)
                $0.evidence?.event = "ContentConsignment"
            } == nil
        )
    }

    @Test func `what makes a message suspect counts behind any number of warnings`() {
        var warnings = Warnings()
        for code in [Warning.Code.strayText, .malformedMarkup, .unknownVocabulary] {
            for number in 0..<25 { warnings.add(code, "\(number)") }
        }
        #expect(!warnings.isSuspect)
        warnings.add(.dataRepeated, "2 parts")
        #expect(!warnings.list.contains { $0.code == .dataRepeated }, "there was room for it")
        #expect(warnings.isSuspect)
        var all = Warnings()
        all.add(warnings)
        #expect(all.isSuspect)
    }
}
