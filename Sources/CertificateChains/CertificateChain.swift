// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// The chain of certificates that a TLS server shows, by OpenSSL, for trust that does not begin with an authority of the system (RFC 7671).
public enum CertificateChain {
    /// The public key of a certificate in DER (SubjectPublicKeyInfo); nil for what is no certificate.
    public static func publicKey(of certificate: [UInt8]) -> [UInt8]? {
        guard let parsed = Certificate.parse(certificate) else { return nil }
        defer { X509_free(parsed) }
        var octets: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parsed), &octets)
        guard count > 0, let octets else { return nil }
        defer { CRYPTO_free(octets, #fileID, #line) }
        return Array(UnsafeBufferPointer(start: octets, count: Int(count)))
    }

    /// Whether `chain`, the server's own certificate first, leads to `anchor`, all in DER, and names one of `names`.
    ///
    /// Signatures, dates, the purpose and the constraints of each certificate count; the anchor need not be self-signed. Keys and digests of less than
    /// 112 bits of security do not count (`Certificate.securityLevel`).
    /// - Returns: nil when it does; else why not.
    public static func failure(of chain: [[UInt8]], anchor: [UInt8], names: [String]) -> String? {
        guard let first = chain.first, let leaf = Certificate.parse(first) else {
            return "the server shows no certificate"
        }
        defer { X509_free(leaf) }
        guard let root = Certificate.parse(anchor) else { return "the anchor is no certificate" }
        defer { X509_free(root) }
        guard let store = X509_STORE_new(), let others = ceralacca_new_stack(), let context = X509_STORE_CTX_new()
        else {
            return "no memory"
        }
        defer {
            X509_STORE_CTX_free(context)
            ceralacca_free_certificates(others)
            X509_STORE_free(store)
        }
        for octets in chain.dropFirst().prefix(Certificate.maximumChain) {
            if let certificate = Certificate.parse(octets) { ceralacca_push(others, certificate) }
        }
        guard X509_STORE_add_cert(store, root) == 1, X509_STORE_CTX_init(context, store, leaf, others) == 1,
            let demands = X509_STORE_CTX_get0_param(context)
        else { return "no memory" }
        X509_VERIFY_PARAM_set_auth_level(demands, Certificate.securityLevel)
        X509_VERIFY_PARAM_set_flags(demands, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        X509_VERIFY_PARAM_set_hostflags(demands, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER)
        for name in names { X509_VERIFY_PARAM_add1_host(demands, name, name.utf8.count) }
        guard X509_verify_cert(context) != 1 else { return nil }
        let code = X509_STORE_CTX_get_error(context)
        return String(cString: X509_verify_cert_error_string(Int(code)))
    }
}
