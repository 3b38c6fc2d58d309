// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// The digests that a CMS structure names, computed over octets that stream by.
final class DigestChain {
    let chain: OpaquePointer
    private let sink: OpaquePointer

    /// Nil when OpenSSL does not know a digest of `cms`.
    init?(_ cms: OpaquePointer) {
        guard let sink = BIO_new(BIO_s_null()) else { return nil }
        guard let chain = CMS_dataInit(cms, sink) else {
            BIO_free(sink)
            return nil
        }
        self.sink = sink
        self.chain = chain
    }

    deinit {
        ceralacca_free_chain(chain, sink)
        BIO_free(sink)
    }

    func append(_ octets: UnsafeRawBufferPointer) {
        var rest = octets[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 20))
            guard BIO_write(chain, piece.baseAddress, CInt(piece.count)) == CInt(piece.count) else { return }
            rest = rest.dropFirst(piece.count)
        }
    }
}
