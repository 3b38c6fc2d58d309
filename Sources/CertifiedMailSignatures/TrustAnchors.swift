// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
public import CertifiedMail

/// The roots that signatures may end in, each with where it is from.
///
/// Safe to send unchecked: OpenSSL locks and counts its own stores, and nothing changes them after init.
public final class TrustAnchors: @unchecked Sendable {
    /// Where Debian's ca-certificates keep the system's roots.
    public static let systemBundle = "/etc/ssl/certs/ca-certificates.crt"

    /// All of them.
    let store: OpaquePointer
    /// Without the authority of AgID: a chain through an older certificate of the same authority is built with the one that came with the message.
    let plainStore: OpaquePointer
    /// How many certificates were read, by where they are from.
    public let counts: [SignatureFinding.Anchor: Int]
    private let origins: [[UInt8]: SignatureFinding.Anchor]

    /// How many certificates were read.
    public var count: Int { counts.values.reduce(0, +) }

    /// Reads all certificates of a text in PEM as configured ones; nil when OpenSSL has no memory for a store.
    ///
    /// What cannot be read is left out: compare `count` with what is expected. Certificates that are not self-signed anchor a chain as well.
    public convenience init?(pem: [UInt8]) {
        self.init([(pem, .configured)])
    }

    /// The roots of the system (`system`, in PEM), the bundled authority of AgID, and configured ones; nil when OpenSSL has no memory for a store.
    public convenience init?(system: [UInt8], configured: [UInt8] = []) {
        self.init([(system, .system), (Array(Self.bundledPEM.utf8), .agid), (configured, .configured)])
    }

    private init?(_ bundles: [(pem: [UInt8], origin: SignatureFinding.Anchor)]) {
        guard let store = X509_STORE_new() else { return nil }
        guard let plainStore = X509_STORE_new() else {
            X509_STORE_free(store)
            return nil
        }
        self.store = store
        self.plainStore = plainStore
        var counts: [SignatureFinding.Anchor: Int] = [:]
        var origins: [[UInt8]: SignatureFinding.Anchor] = [:]
        for (pem, origin) in bundles {
            Self.forEachCertificate(pem) { certificate in
                guard X509_STORE_add_cert(store, certificate) == 1 else { return }
                if origin != .agid { X509_STORE_add_cert(plainStore, certificate) }
                counts[origin, default: 0] += 1
                origins[Self.fingerprint(certificate)] = origin
            }
        }
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        X509_STORE_set_flags(plainStore, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        self.counts = counts
        self.origins = origins
    }

    deinit {
        X509_STORE_free(store)
        X509_STORE_free(plainStore)
    }

    /// Where `certificate` is from; nil for one that is no anchor.
    func origin(of certificate: OpaquePointer) -> SignatureFinding.Anchor? { origins[Self.fingerprint(certificate)] }

    private static func forEachCertificate(_ pem: [UInt8], _ take: (OpaquePointer) -> Void) {
        pem.withUnsafeBytes { bytes in
            guard let input = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else { return }
            defer { BIO_free(input) }
            while let certificate = Library.readCertificate(input) {
                take(certificate)
                X509_free(certificate)
            }
        }
        ERR_clear_error()
    }

    private static func fingerprint(_ certificate: OpaquePointer) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        guard X509_digest(certificate, EVP_sha256(), &digest, &length) == 1 else { return [] }
        return Array(digest.prefix(Int(length)))
    }
}
