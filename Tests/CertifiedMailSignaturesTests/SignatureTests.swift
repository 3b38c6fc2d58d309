// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedMailSignatures
import Foundation
import MailModel
import NIOCore
import Testing

@Suite(
    .enabled(
        if: FileManager.default.fileExists(atPath: Samples.directory.path),
        "the public examples are not beside the project: CERALACCA_SAMPLES names their directory"
    )
)
struct SignatureTests {
    private func load(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Samples.directory.appending(path: path)))
    }

    private func check(
        _ path: String,
        roots: [UInt8],
        change: (inout [UInt8]) -> Void = { _ in }
    ) throws -> SignatureFinding {
        let octets = try load(path)
        let message = CertifiedMessage(ByteBuffer(bytes: octets))
        let structure = try #require(message.structure)
        let range = try #require(structure.entity)
        let signature = try #require(structure.signature)
        var entity = Array(octets[range])
        change(&entity)
        let checker = try #require(SignatureChecker(signature: signature))
        entity.withUnsafeBytes { bytes in
            checker.append(UnsafeRawBufferPointer(rebasing: bytes.prefix(100)))
            checker.append(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(100)))
        }
        let moment = try #require(message.time?.timestamp)
        let anchors = try #require(TrustAnchors(pem: roots))
        return checker.finish(trusting: anchors, at: moment)
    }

    @Test(arguments: [
        "dispatch/REM_Dispatch.RA01", "inflow/REM_EXTERNAL.RF04", "outflow/REM_RelayToNonERDS.RF01",
        "receipts/REM_ContentConsignment1.RD01", "receipts/REM_ContentConsignmentFailure1.RD04",
        "receipts/REM_RelayAcceptance.RB01", "receipts/REM_RelayFailure.RB03", "receipts/REM_RelayFailure.RB22",
        "receipts/REM_RelayRejection.RB02", "receipts/REM_SubmissionAcceptance.RA01",
        "receipts/REM_SubmissionRejection.RA03",
    ])
    func `the REM examples hold, with their root and without it`(_ name: String) throws {
        let path = "rem/\(name).eml"
        let root =
            try load("rem/certificates/REM-ROOT-CA.crt")
            + [0x0A] + load("rem/certificates/REM-POLICY-IT-INTERMEDIATE-CERTIFICATE.crt")
        let valid = try check(path, roots: root)
        #expect(valid.digest == "sha256")
        #expect(valid.signer?.hasPrefix("rem-service@") == true)
        #expect(valid.digestProblem == nil)
        #expect(valid.state == .valid, "\(valid)")
        let untrusted = try check(path, roots: [])
        #expect(untrusted.state == .untrusted)
        #expect(untrusted.chainProblem != nil)
        let changed = try check(path, roots: root) { $0[200] ^= 1 }
        #expect(changed.state == .invalid)
        #expect(changed.digestProblem != nil)
    }

    @Test func `what is no signature is none`() {
        #expect(SignatureChecker(signature: []) == nil)
        #expect(SignatureChecker(signature: [0x30, 0x82, 0x01, 0, 0, 0]) == nil)
        #expect(SignatureChecker(signature: Array(repeating: 0x30, count: 10_000)) == nil)
    }
}
