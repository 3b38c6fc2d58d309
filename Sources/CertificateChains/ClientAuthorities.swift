// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// The authorities that certificates of a listener's clients may end in.
///
/// A client of a known name may show the certificate that it has as a server, which the TLS library alone would not let pass: public authorities issue
/// hardly any others, and Exchange Online shows such a one. Where no name is asked for, only certificates that may serve clients do: else every web
/// server of the authority could send.
///
/// Safe to send unchecked: OpenSSL locks and counts its own stores, and nothing changes this one after init.
public final class ClientAuthorities: @unchecked Sendable {
    private let store: OpaquePointer
    /// How many certificates were read.
    public let count: Int

    /// Reads all certificates of a text in PEM; nil when there is none, or no memory for them.
    public init?(pem: [UInt8]) {
        guard let store = X509_STORE_new() else { return nil }
        var count = 0
        Certificate.forEach(pem) { if X509_STORE_add_cert(store, $0) == 1 { count += 1 } }
        guard count > 0 else {
            X509_STORE_free(store)
            return nil
        }
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        self.store = store
        self.count = count
    }

    deinit { X509_STORE_free(store) }

    /// Whether `chain` in DER, the client's own certificate first, leads to one of the authorities and, where a `name` is given, holds exactly that one
    /// among the DNS names of its subject alternative names; neither a pattern nor the subject's name counts.
    ///
    /// Signatures, dates, and the constraints of each certificate count; keys and digests of less than 112 bits of security do not (`Certificate.securityLevel`).
    /// - Returns: nil when it does; else why not.
    public func failure(of chain: [[UInt8]], name: String? = nil) -> String? {
        guard let first = chain.first, let leaf = Certificate.parse(first) else { return "it shows no certificate" }
        defer { X509_free(leaf) }
        guard let others = ceralacca_new_stack() else { return "no memory" }
        defer { ceralacca_free_certificates(others) }
        for octets in chain.dropFirst().prefix(Certificate.maximumChain) {
            if let certificate = Certificate.parse(octets) { ceralacca_push(others, certificate) }
        }
        defer { ERR_clear_error() }
        if let problem = problem(leaf, others, X509_PURPOSE_SSL_CLIENT) {
            let other = name == nil ? problem : self.problem(leaf, others, X509_PURPOSE_SSL_SERVER)
            if let other { return "the client's certificate is not trusted here: \(other)" }
        }
        guard let name else { return nil }
        let flags = UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT) | UInt32(X509_CHECK_FLAG_NO_WILDCARDS)
        if X509_check_host(leaf, name, name.utf8.count, flags, nil) == 1 { return nil }
        return
            "the client's certificate is not that of \(name): it names \(Certificate.list(Certificate.dnsNames(of: leaf)))"
    }

    private func problem(_ leaf: OpaquePointer, _ others: OpaquePointer, _ purpose: CInt) -> String? {
        guard let context = X509_STORE_CTX_new() else { return "no memory" }
        defer { X509_STORE_CTX_free(context) }
        guard X509_STORE_CTX_init(context, store, leaf, others) == 1 else { return "no memory" }
        X509_STORE_CTX_set_purpose(context, purpose)
        X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context), Certificate.securityLevel)
        guard X509_verify_cert(context) != 1 else { return nil }
        return String(cString: X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(context))))
    }
}
