// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import OAuthProtocol
import Testing

@Suite struct CodeVerifierTests {
    @Test func `the challenge is that of RFC 7636 appendix B`() {
        let verifier = CodeVerifier(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
        #expect(verifier.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test func `verifiers are fresh and of 43 characters that a URL may hold`() {
        let verifiers = (0..<100).map { _ in CodeVerifier().secret.reveal() }
        #expect(Set(verifiers).count == 100)
        let isPlain = { (octet: UInt8) in
            (0x30...0x39).contains(octet) || (0x61...0x7A).contains(octet | 0x20) || "-_".utf8.contains(octet)
        }
        #expect(verifiers.allSatisfy { $0.utf8.count == 43 && $0.utf8.allSatisfy(isPlain) })
    }
}
