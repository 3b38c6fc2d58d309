// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import Foundation
import NIOCore
import Testing

/// The public examples that lie beside the project, or where `CERALACCA_SAMPLES` says.
@Suite(
    .enabled(
        if: FileManager.default.fileExists(atPath: Samples.directory.path),
        "the public examples are not beside the project: CERALACCA_SAMPLES names their directory"
    )
)
struct SampleTests {
    private func read(_ path: String) throws -> CertifiedMessage {
        let url = Samples.directory.appending(path: path)
        guard FileManager.default.fileExists(atPath: url.path) else {
            Issue.record(
                "the samples are missing: no \(url.path); set CERALACCA_SAMPLES to the directory that holds \(path)"
            )
            throw CocoaError(.fileNoSuchFile)
        }
        return CertifiedMessage(ByteBuffer(bytes: Array(try Data(contentsOf: url))))
    }

    @Test(arguments: ["go-pec/accettazione.eml", "java-pec-parser/accettazione.eml"])
    func `the acceptance of Aruba 2024`(_ path: String) throws {
        let message = try read(path)
        #expect(message.kind == .acceptance)
        #expect(message.failure == CertificationFailure.none)
        #expect(message.sender == "sender@fakepec.it")
        #expect(message.recipients == [CertifiedRecipient(address: "rec@fakepec.it", isCertified: true)])
        #expect(message.subject == "Test PEC")
        #expect(message.provider == "FAKEPEC PEC S.p.A.")
        #expect(message.identifier == "opec210312.20241115182038.288127.606.1.53@fakepec.it")
        #expect(message.messageID == "SN05IE$951DEC16C1CFD3E4FD8FF1B1D24A99AE@fakepec.it")
        #expect(message.ownMessageID == "opec210312.20241115182038.288127.606.1.771.53@fakepec.it")
        #expect(message.time?.description == "2024-11-15T18:20:38+01:00")
        #expect(message.structure?.announcedDigest == "sha1")
        let isCut = path.hasPrefix("java")
        #expect(message.codes == (isCut ? [.structureDamaged, .signatureMissing] : [.signatureDamaged]))
    }

    @Test(arguments: ["go-pec/consegna.eml", "java-pec-parser/consegna.eml"])
    func `the failed delivery of Aruba 2024, with a stray character`(_ path: String) throws {
        let message = try read(path)
        #expect(message.kind == .nonDelivery)
        #expect(message.failure == .unknownRecipient)
        #expect(message.deliveredTo == "rec@fakepec.it")
        #expect(message.failureDetail?.code == "5.1.1")
        #expect(message.failureDetail?.provider == "FAKE Pec S.p.A.")
        #expect(message.failureDetail?.reason == .unknownAddress)
        #expect(message.codes.contains(.strayText))
        #expect(message.codes.contains(.messageIDDisagrees))
        #expect(message.messageID == "SN05IE$951DEC16C1CFD3E4FD8FF1B1D24A99AE@fakepec.it")
    }

    @Test func `the delivery receipt and the envelope of 2021`() throws {
        let receipt = try read("go-pec/email_2.eml")
        #expect(receipt.kind == .delivery)
        #expect(receipt.receiptType == .complete)
        #expect(receipt.from == "no-reply@example.com")
        #expect(receipt.deliveredTo == "example.example.com")
        #expect(receipt.time?.description == "2021-05-13T14:35:30+02:00")
        #expect(receipt.structure?.original != nil)
        let envelope = try read("go-pec/email_3.eml")
        #expect(envelope.kind == .transportEnvelope)
        #expect(envelope.subject == "POSTA CERTIFICATA: SUBJECT")
        #expect(envelope.receiptType == .complete)
        #expect(envelope.sender == "no-reply@example.com")
    }

    @Test func `ordinary messages and an ordinary report are ordinary`() throws {
        for name in ["Test_-_Simple_Mail.eml", "Test_-_Simple_Mail_(2).eml", "Test_-_Simple_Mail_(3).eml"] {
            #expect(try read("java-pec-parser/\(name)").kind == .ordinary)
        }
        let report = try read("java-pec-parser/Delivery_Status_Notification_(Failure).eml")
        #expect(report.kind == .ordinary)
        #expect(report.sender == "mailer-daemon@googlemail.com")
        #expect(report.messageID == "773764b2.050a0220.544c6.2d4b.GMR@mx.google.com")
        #expect(report.time?.description == "2024-11-15T07:11:46-08:00")
        #expect(report.warnings.isEmpty)
    }

    @Test func `an original taken out of its envelope is ordinary, and names the client's identifier`() throws {
        for name in ["html", "newline", "plain", "plain_and_html"] {
            let message = try read("php-pec/postacert_standard_\(name).eml")
            #expect(message.kind == .ordinary)
            #expect(message.subject == "Test message with attachment")
            #expect(message.messageID == "222222222222222222222.JavaMail.root@drlinux0c.pec.example.server.com")
            #expect(message.recipients.map(\.address) == ["PECUSER@PEC.EXAMPLE.IT"])
        }
    }

    /// Path, kind, event, code, failure, the addresses it is about.
    private static let rem: [(String, MessageKind, String, String, CertificationFailure, [String])] = [
        ("dispatch/REM_Dispatch.RA01", .remDispatch, "SubmissionAcceptance", "RA01", .none, []),
        ("inflow/REM_EXTERNAL.RF04", .remDispatch, "ReceivedFromNonERDS", "RF04", .none, []),
        (
            "outflow/REM_RelayToNonERDS.RF01", .remReceipt, "RelayToNonERDS", "RF01", .none,
            ["recipient1@r-external-nonrems1-only-for-test.it"]
        ),
        (
            "receipts/REM_ContentConsignment1.RD01", .remReceipt, "ContentConsignment", "RD01", .none,
            ["recC@r2-rems-only-for-test.it"]
        ),
        (
            "receipts/REM_ContentConsignmentFailure1.RD04", .remReceipt, "ContentConsignmentFailure", "RD04", .other,
            ["recC@r2-rems-only-for-test.it"]
        ),
        ("receipts/REM_RelayAcceptance.RB01", .remReceipt, "RelayAcceptance", "RB01", .none, both),
        ("receipts/REM_RelayFailure.RB03", .remReceipt, "RelayFailure", "RB03", .virus, both),
        ("receipts/REM_RelayFailure.RB22", .remReceipt, "RelayFailure", "RB22", .other, both),
        ("receipts/REM_RelayRejection.RB02", .remReceipt, "RelayRejection", "RB02", .other, both),
        ("receipts/REM_SubmissionAcceptance.RA01", .remReceipt, "SubmissionAcceptance", "RA01", .none, []),
        ("receipts/REM_SubmissionRejection.RA03", .remReceipt, "SubmissionRejection", "RA03", .virus, []),
    ]
    private static let both = ["recC@r2-rems-only-for-test.it", "recD@r2-rems-only-for-test.it"]

    @Test func `the REM examples of AgID name their events and reasons`() throws {
        for (path, kind, event, code, failure, concerned) in Self.rem {
            let message = try read("rem/\(path).eml")
            #expect(message.kind == kind, "\(path)")
            #expect(message.remEvent == event)
            #expect(message.evidence?.event == event)
            #expect(message.evidence?.reasons.map(\.code) == [code])
            #expect(message.failure == failure)
            #expect(message.concerned == concerned, "\(path)")
            #expect(message.identifier == "26A0CF65.00566CE0.242DDC3F.85251369.rem-service@s1-rems-only-for-test.it")
            #expect(message.messageID == "30be01d30072$242ddc3f$f9b72bf0$@it")
            #expect(message.recipients.count == (event == "ReceivedFromNonERDS" ? 1 : 2))
            #expect(message.subject == "Oggetto dell'original message - Subject of the original message")
            #expect(message.provider?.hasSuffix("provider") == true)
            #expect(message.time?.description.hasPrefix("2022-08-03T14:22:1") == true)
            #expect(message.evidence?.isComplete == true)
            #expect(message.structure?.signature?.starts(with: [0x30, 0x82]) == true)
            #expect((message.structure?.original != nil) == (kind == .remDispatch))
            #expect(message.warnings.map(\.description) == [], "\(path)")
        }
    }
}
