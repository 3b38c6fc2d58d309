// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOSSL

/// TLS of the simulated servers.
enum ServerTLS {
    /// A context that presents `identity`.
    static func context(_ identity: SigningIdentity) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(try identity.chainPEM().utf8))
        let key = try NIOSSLPrivateKey(bytes: try identity.keyPEM(), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(key)
            )
        )
    }
}
