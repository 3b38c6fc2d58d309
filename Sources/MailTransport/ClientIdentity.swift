// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import NIOSSL

/// A certificate of the gateway's own, by which a server may know it.
public struct ClientIdentity: Hashable, Sendable {
    /// The PEM file of the certificate with its chain.
    public var certificate: String
    /// The PEM file of the private key, without passphrase.
    public var key: String

    /// An identity; the files are read when a connection needs them, and again when they change.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    func put(into configuration: inout TLSConfiguration) throws(TransportError) {
        do {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        } catch {
            throw TransportError(
                .tls,
                "cannot use the gateway's certificate \(certificate) with key \(key): \(TLSWords.text(error))"
            )
        }
    }
}
