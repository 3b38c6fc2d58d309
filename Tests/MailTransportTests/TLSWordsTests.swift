// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOSSL
import Testing

@testable import MailTransport

struct TLSWordsTests {
    @Test(arguments: [
        (
            "handshakeFailed(NIOSSL.BoringSSLError.sslError([Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:"
                + "CERTIFICATE_VERIFY_FAILED at /b/handshake.cc:297]))",
            "its certificate is not trusted: it has expired, or its root is not among the trusted ones"
        ),
        (
            "sslError([Error: 268436496 error:10000410:SSL routines:OPENSSL_internal:SSLV3_ALERT_HANDSHAKE_FAILURE at /b/x.cc:5])",
            "it refused the handshake: no cipher in common, or it wants a client certificate"
        ),
        (
            "sslError([Error: 1 error:1:SSL routines:OPENSSL_internal:TLSV1_ALERT_INTERNAL_ERROR at /b/x.cc:5])",
            "TLS failed (tlsv1 alert internal error)"
        ),
        ("handshakeFailed(NIOSSL.BoringSSLError.zeroReturn)", "the TLS handshake failed"),
        ("the disk is on fire", "the disk is on fire"),
    ])
    func `a person reads what happened, not the library's types and numbers`(_ raw: String, _ words: String) {
        #expect(TLSWords.words(of: raw) == words)
    }

    @Test func `errors of the library become words`() {
        #expect(TLSWords.text(NIOSSLError.failedToLoadCertificate).hasPrefix("no certificate can be read"))
        #expect(TLSWords.text(NIOSSLError.handshakeFailed(.zeroReturn)) == "the TLS handshake failed")
    }
}
