// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// The roots that signatures may end in.
public final class TrustAnchors: @unchecked Sendable {  // OpenSSL locks and counts its own stores
    let store: OpaquePointer
    /// How many certificates were read.
    public let count: Int

    /// Reads all certificates of a text in PEM; nil when OpenSSL has no memory for a store.
    ///
    /// What cannot be read is left out: compare `count` with what is expected. Certificates that are not self-signed anchor a chain as well.
    public init?(pem: [UInt8]) {
        guard let store = X509_STORE_new() else { return nil }
        self.store = store
        var count = 0
        pem.withUnsafeBytes { bytes in
            guard let input = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else { return }
            defer { BIO_free(input) }
            while let certificate = PEM_read_bio_X509(input, nil, nil, nil) {
                if X509_STORE_add_cert(store, certificate) == 1 { count += 1 }
                X509_free(certificate)
            }
        }
        ERR_clear_error()
        X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        self.count = count
    }

    deinit { X509_STORE_free(store) }
}
