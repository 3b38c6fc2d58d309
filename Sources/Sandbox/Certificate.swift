// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL

/// An X.509 certificate, held by OpenSSL and freed with its last owner.
///
/// An `X509` that is not changed after it was signed may be used from several threads.
public final class Certificate: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over `pointer`: it is freed with this object.
    init(taking pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit { X509_free(pointer) }

    /// The certificate in PEM.
    public func pem() throws(SandboxError) -> String {
        let bio = try MemoryBIO()
        try OpenSSLFailure.check(PEM_write_bio_X509(bio.pointer, pointer), "write a certificate")
        return String(decoding: bio.octets, as: UTF8.self)
    }

    /// The first e-mail address that the certificate names: for a provider its service address.
    public var emailAddress: String? { Self.emailAddress(of: pointer) }

    static func emailAddress(of certificate: OpaquePointer) -> String? {
        var buffer = [CChar](repeating: 0, count: 321)
        let length = ceralacca_first_email(certificate, &buffer, CInt(buffer.count))
        guard length >= 0 else { return nil }
        return String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
