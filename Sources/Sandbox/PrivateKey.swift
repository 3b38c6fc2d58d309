// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// A private key made at start, held by OpenSSL and freed with its last owner.
///
/// An `EVP_PKEY` that is not changed after it was made may be used from several threads (OpenSSL 3, `man 7 openssl-threads`).
public final class PrivateKey: @unchecked Sendable {
    /// The kinds of key that the sandbox makes.
    public enum Algorithm: Sendable {
        /// RSA of 2,048 bits, as certified providers sign with.
        case rsa2048
        /// The elliptic curve P-256, for TLS.
        case p256
    }

    let pointer: OpaquePointer

    /// A new key.
    init(_ algorithm: Algorithm) throws(SandboxError) {
        let key =
            switch algorithm {
            case .rsa2048: ceralacca_generate_rsa(2048)
            case .p256: ceralacca_generate_p256()
            }
        pointer = try OpenSSLFailure.unwrap(key, "generate a private key")
    }

    deinit { EVP_PKEY_free(pointer) }

    /// The key in PEM (PKCS #8, not encrypted): for a TLS server of this process, never for a log.
    func pem() throws(SandboxError) -> [UInt8] {
        let bio = try MemoryBIO()
        try OpenSSLFailure.check(
            PEM_write_bio_PrivateKey(bio.pointer, pointer, nil, nil, 0, nil, nil),
            "write a private key"
        )
        return bio.octets
    }
}
