// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

/// A private key with its certificate and the intermediate certificates above it, without the root.
public struct SigningIdentity: Sendable {
    let key: PrivateKey
    /// The certificate of the key.
    public let certificate: Certificate
    /// The intermediates, the issuer of `certificate` first.
    public let intermediates: [Certificate]

    /// Certificate and intermediates in PEM, as a TLS server presents them.
    public func chainPEM() throws(SandboxError) -> String {
        var text = try certificate.pem()
        for intermediate in intermediates { text += try intermediate.pem() }
        return text
    }

    /// The private key in PEM, for a TLS server of this process; never for a log.
    public func keyPEM() throws(SandboxError) -> [UInt8] { try key.pem() }
}
