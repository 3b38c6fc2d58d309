// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL
public import MailModel

/// What a check of a detached CMS signature found.
public struct SignatureCheck: Equatable, Sendable {
    /// The signer's e-mail address, as its certificate names it.
    public let signer: String?
    /// `SHA256` and the like.
    public let digest: String
    /// The signature algorithm as it is written in the message: `rsaEncryption` and the like.
    public let algorithm: String

    /// Checks a detached signature.
    ///
    /// - Parameters:
    ///   - entity: what was signed.
    ///   - signature: CMS SignedData in DER.
    ///   - root: the only root trusted.
    ///   - moment: the time for which the chain must hold.
    /// - Returns: who signed, and how.
    /// - Throws: why the signature does not hold, in OpenSSL's words.
    public static func verify(
        _ entity: [UInt8],
        signature: [UInt8],
        trusting root: Certificate,
        at moment: Timestamp
    ) throws(SandboxError) -> Self {
        let input = try MemoryBIO(signature)
        let cms = try OpenSSLFailure.unwrap(d2i_CMS_bio(input.pointer, nil), "read a signature")
        defer { CMS_ContentInfo_free(cms) }
        let store = try OpenSSLFailure.unwrap(X509_STORE_new(), "allocate a store of roots")
        defer { X509_STORE_free(store) }
        try OpenSSLFailure.check(X509_STORE_add_cert(store, root.pointer), "trust a root")
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), time_t(moment.milliseconds / 1000))
        let content = try MemoryBIO(entity)
        try OpenSSLFailure.check(
            CMS_verify(cms, nil, store, content.pointer, nil, UInt32(CMS_BINARY)),
            "verify a signature"
        )
        let signer = try OpenSSLFailure.unwrap(ceralacca_first_signer(cms), "find the signer")
        return Self(
            signer: signerAddress(of: cms),
            digest: name(of: ceralacca_digest_of(signer)),
            algorithm: name(of: ceralacca_signature_algorithm_of(signer))
        )
    }

    private static func signerAddress(of cms: OpaquePointer) -> String? {
        guard let signers = CMS_get0_signers(cms) else { return nil }
        defer { ceralacca_free_stack(signers) }
        guard ceralacca_count(signers) > 0, let certificate = ceralacca_element(signers, 0) else { return nil }
        return Certificate.emailAddress(of: certificate)
    }

    private static func name(of nid: CInt) -> String {
        OBJ_nid2sn(nid).map { String(cString: $0) } ?? "unknown"
    }
}
