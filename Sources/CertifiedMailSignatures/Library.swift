// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// A part of OpenSSL of our own, which the machine's openssl.cnf does not reach: a policy that forbids SHA-1 for today's connections must not turn the
/// receipts of ten years into forgeries.
enum Library {
    /// Nil where OpenSSL has no memory for it, or no default provider: then its own, with the machine's policy.
    nonisolated(unsafe) static let context: OpaquePointer? = {  // made once, then only read; OpenSSL locks inside
        defer { ERR_clear_error() }
        guard let context = OSSL_LIB_CTX_new() else { return nil }
        guard OSSL_PROVIDER_load(context, "default") != nil else {
            OSSL_LIB_CTX_free(context)
            return nil
        }
        return context
    }()

    /// The next certificate in PEM; nil at the end, and at what cannot be read.
    static func readCertificate(_ input: OpaquePointer) -> OpaquePointer? {
        guard let empty = X509_new_ex(context, nil) else { return nil }
        var place: OpaquePointer? = empty
        guard PEM_read_bio_X509(input, &place, nil, nil) != nil, let certificate = place else {
            if let place { X509_free(place) }
            return nil
        }
        return certificate
    }

    /// A CMS structure in DER; nil when it is none.
    static func readMessage(_ octets: [UInt8]) -> OpaquePointer? {
        guard let empty = CMS_ContentInfo_new_ex(context, nil) else { return nil }
        var place: OpaquePointer? = empty
        let isRead = octets.withUnsafeBytes { bytes in
            var start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return d2i_CMS_ContentInfo(&place, &start, bytes.count) != nil
        }
        guard isRead, let message = place else {
            if let place { CMS_ContentInfo_free(place) }
            return nil
        }
        return message
    }
}
