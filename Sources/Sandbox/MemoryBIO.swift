// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// OpenSSL's view of octets in memory, freed with its owner.
final class MemoryBIO {
    let pointer: OpaquePointer

    /// An empty one, to be written by OpenSSL.
    init() throws(SandboxError) {
        pointer = try OpenSSLFailure.unwrap(BIO_new(BIO_s_mem()), "allocate memory")
    }

    /// One that holds a copy of `octets`.
    convenience init(_ octets: some Sequence<UInt8>) throws(SandboxError) {
        try self.init()
        let copy = Array(octets)
        var written = 0
        let isWhole = copy.withUnsafeBytes { bytes in
            copy.isEmpty
                || (BIO_write_ex(pointer, bytes.baseAddress, bytes.count, &written) == 1 && written == bytes.count)
        }
        guard isWhole else { throw OpenSSLFailure.error("copy \(copy.count) octets") }
    }

    deinit { BIO_free(pointer) }

    /// What OpenSSL has written.
    var octets: [UInt8] {
        var start: UnsafePointer<UInt8>?
        let count = ceralacca_memory_of(pointer, &start)
        guard let start, count > 0 else { return [] }
        return Array(UnsafeBufferPointer(start: start, count: count))
    }
}
