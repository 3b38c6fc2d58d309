// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// The digests of a CMS structure's signers, computed over octets that stream by.
///
/// The structure has a list of digests of its own, as long as somebody likes, of which OpenSSL makes a filter each: it is not looked at.
final class DigestChain {
    let chain: OpaquePointer
    private let sink: OpaquePointer

    /// For the first signers of `cms`; nil when OpenSSL knows none of their digests.
    init?(_ cms: OpaquePointer) {
        guard let sink = BIO_new(BIO_s_null()) else { return nil }
        let signers = (0..<min(Int(ceralacca_signer_count(cms)), SignatureChecker.maximumSigners)).compactMap {
            ceralacca_signer(cms, CInt($0))
        }
        var chain = sink
        for identifier in Set(signers.map(ceralacca_digest_of)) {
            if let longer = ceralacca_push_digest(chain, Library.context, identifier) { chain = longer }
        }
        guard chain != sink else {
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
