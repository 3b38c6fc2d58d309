// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// The TLS library's errors for people.
package enum TLSWords {
    /// What the error means; a cause that is not known here is named by the library's reason, without its types and numbers.
    package static func text(_ error: any Error) -> String { words(of: "\(error)") }

    /// The words for what the library prints of its error.
    static func words(of text: String) -> String {
        if let known = causes.first(where: { text.contains($0.mark) }) { return known.words }
        if let range = text.firstRange(of: "OPENSSL_internal:") {
            let reason = text[range.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            return "TLS failed (\(reason.lowercased().split(separator: "_").joined(separator: " ")))"
        }
        return text.contains("NIOSSL") || text.contains("handshakeFailed") ? "the TLS handshake failed" : text
    }

    /// Plain text came in place of TLS.
    static let noTLS = "the other side does not speak TLS"

    /// The first that fits counts.
    private static let causes: [(mark: String, words: String)] = [
        (
            "CERTIFICATE_VERIFY_FAILED",
            "its certificate is not trusted: it has expired, or its root is not among the trusted ones"
        ),
        ("ailedToValidateHostname", "its certificate names another host"),
        ("validateHostname", "its certificate names another host"),
        ("UNSUPPORTED_PROTOCOL", "it speaks only a TLS version older than is accepted here"),
        ("PROTOCOL_VERSION", "it speaks only a TLS version older than is accepted here"),
        ("WRONG_VERSION_NUMBER", noTLS),
        ("uncleanShutdown", "it cut the connection without closing TLS"),
        ("UNKNOWN_CA", "it does not trust the certificate shown to it"),
        ("CERTIFICATE_REQUIRED", "it wants a client certificate"),
        ("CERTIFICATE_EXPIRED", "it says that the certificate shown to it has expired"),
        ("BAD_CERTIFICATE", "it refuses the certificate shown to it"),
        ("HANDSHAKE_FAILURE", "it refused the handshake: no cipher in common, or it wants a client certificate"),
        ("NO_SHARED_CIPHER", "no cipher in common"),
        ("UNRECOGNIZED_NAME", "it does not know the host name that it was asked for"),
        ("KEY_VALUES_MISMATCH", "the key does not belong to the certificate"),
        ("ailedToLoadCertificate", "no certificate can be read there (PEM is expected)"),
        ("ailedToLoadPrivateKey", "no private key can be read there (PEM without passphrase is expected)"),
        ("noSuchFilesystemObject", "there is no such file"),
    ]
}
