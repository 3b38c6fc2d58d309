// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL
public import MailModel

/// Signs what a certified provider sends: CMS SignedData, detached, with the certificate included (FORMATS §1.9).
public struct NoticeSigner: Sendable {
    /// The digests that providers have used (FORMATS §2.1).
    public enum Digest: String, Sendable {
        /// Until about 2025.
        case sha1
        /// Today's.
        case sha256

        /// The name that is registered for `micalg` (RFC 8551 §3.5.3.2).
        var registeredName: String {
            switch self {
            case .sha1: "sha1"
            case .sha256: "sha-256"
            }
        }
    }

    /// Who signs.
    public let identity: SigningIdentity
    /// The digest.
    public var digest: Digest
    /// Whether the signature has signed attributes, the signing time among them.
    var hasAttributes = true

    /// A signer.
    public init(identity: SigningIdentity, digest: Digest = .sha256) {
        self.identity = identity
        self.digest = digest
    }

    /// The signature over `entity`, exactly as its octets stand, in DER.
    ///
    /// - Parameters:
    ///   - entity: what is signed.
    ///   - moment: the signing time that the signature states.
    /// - Returns: CMS SignedData.
    /// - Throws: OpenSSL's reason.
    public func sign(_ entity: [UInt8], at moment: Timestamp) throws(SandboxError) -> [UInt8] {
        let flags = UInt32(CMS_DETACHED | CMS_BINARY) | (hasAttributes ? 0 : UInt32(CMS_NOATTR))
        let chain = try OpenSSLFailure.unwrap(ceralacca_new_stack(), "allocate a chain")
        defer { ceralacca_free_stack(chain) }
        for intermediate in identity.intermediates {
            try OpenSSLFailure.check(ceralacca_push(chain, intermediate.pointer), "add an intermediate certificate")
        }
        let cms = try OpenSSLFailure.unwrap(
            CMS_sign(nil, nil, chain, nil, flags | UInt32(CMS_PARTIAL)),
            "begin a signature"
        )
        defer { CMS_ContentInfo_free(cms) }
        let algorithm = digest == .sha1 ? EVP_sha1() : EVP_sha256()
        let signer = try OpenSSLFailure.unwrap(
            CMS_add1_signer(cms, identity.certificate.pointer, identity.key.pointer, algorithm, flags),
            "sign as this provider"
        )
        if hasAttributes { try state(signingTime: moment, on: signer) }
        let content = try MemoryBIO(entity)
        try OpenSSLFailure.check(CMS_final(cms, content.pointer, nil, flags), "sign a notice")
        let output = try MemoryBIO()
        try OpenSSLFailure.check(i2d_CMS_bio(output.pointer, cms), "write a signature")
        return output.octets
    }

    /// CMS_final would state the machine's clock; the provider's may be another one.
    private func state(signingTime moment: Timestamp, on signer: OpaquePointer) throws(SandboxError) {
        guard let time = ASN1_UTCTIME_set(nil, time_t(moment.milliseconds / 1000)) else {
            throw OpenSSLFailure.error("state the signing time")
        }
        defer { ASN1_STRING_free(time) }
        try OpenSSLFailure.check(
            CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, V_ASN1_UTCTIME, time, -1),
            "state the signing time"
        )
    }
}
