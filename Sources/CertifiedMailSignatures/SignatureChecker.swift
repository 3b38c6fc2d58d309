// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
public import CertifiedMail
public import MailModel

/// Checks one detached CMS signature (RFC 5652, RFC 8551 §3.5.3) over an entity that streams by in constant memory.
///
/// SHA-1 is accepted, and reported: receipts of many years are signed with it. Belongs to one task; not to be shared.
public final class SignatureChecker {
    private let cms: OpaquePointer
    private let sink: OpaquePointer
    private let chain: OpaquePointer

    /// A checker for a signature in DER; nil when it is none, or names no signer.
    public init?(signature: [UInt8]) {
        defer { ERR_clear_error() }
        let parsed = signature.withUnsafeBytes { bytes -> OpaquePointer? in
            var place = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return d2i_CMS_ContentInfo(nil, &place, bytes.count)
        }
        guard let cms = parsed else { return nil }
        guard OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed, ceralacca_signer_count(cms) > 0,
            let sink = BIO_new(BIO_s_null())
        else {
            CMS_ContentInfo_free(cms)
            return nil
        }
        guard let chain = CMS_dataInit(cms, sink) else {
            BIO_free(sink)
            CMS_ContentInfo_free(cms)
            return nil
        }
        self.cms = cms
        self.sink = sink
        self.chain = chain
    }

    deinit {
        ceralacca_free_chain(chain, sink)
        BIO_free(sink)
        CMS_ContentInfo_free(cms)
    }

    /// Takes the next octets of the signed entity, as they came.
    public func append(_ octets: UnsafeRawBufferPointer) {
        var rest = octets[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 20))
            guard BIO_write(chain, piece.baseAddress, CInt(piece.count)) == CInt(piece.count) else { return }
            rest = rest.dropFirst(piece.count)
        }
    }

    /// The judgement over what was taken.
    ///
    /// - Parameters:
    ///   - anchors: the roots.
    ///   - moment: the time for which the chain must hold where the signature itself does not say when it was made.
    /// - Returns: what holds and what does not; only the first signer is judged.
    public func finish(trusting anchors: TrustAnchors, at moment: Timestamp) -> SignatureFinding {
        defer { ERR_clear_error() }
        ERR_clear_error()
        var finding = SignatureFinding()
        finding.state = .invalid
        guard let signer = ceralacca_first_signer(cms) else { return finding }
        finding.digest = OBJ_nid2sn(ceralacca_digest_of(signer)).map { String(cString: $0).lowercased() }
        let seconds = ceralacca_signing_time(signer)
        if seconds >= 0 { finding.signingTime = Timestamp(milliseconds: seconds * 1000) }
        guard CMS_set1_signers_certs(cms, nil, 0) > 0 else {
            finding.digestProblem = "the signature does not carry the signer's certificate"
            return finding
        }
        var certificate: OpaquePointer?
        CMS_SignerInfo_get0_algs(signer, nil, &certificate, nil, nil)
        guard let certificate else {
            finding.digestProblem = "the signer's certificate is missing"
            return finding
        }
        finding.signer = Self.address(of: certificate)
        let hasAttributes = CMS_signed_get_attr_count(signer) >= 0
        guard !hasAttributes || CMS_SignerInfo_verify(signer) == 1,
            CMS_SignerInfo_verify_content(signer, chain) == 1
        else {
            finding.digestProblem = Self.reason()
            return finding
        }
        finding.chainProblem = chainProblem(certificate, anchors, at: finding.signingTime ?? moment)
        finding.state = finding.chainProblem == nil ? .valid : .untrusted
        return finding
    }

    private func chainProblem(_ certificate: OpaquePointer, _ anchors: TrustAnchors, at moment: Timestamp) -> String? {
        guard let context = X509_STORE_CTX_new() else { return "no memory" }
        defer { X509_STORE_CTX_free(context) }
        let others = CMS_get1_certs(cms)
        defer { ceralacca_free_certificates(others) }
        guard X509_STORE_CTX_init(context, anchors.store, certificate, others) == 1 else { return Self.reason() }
        X509_STORE_CTX_set_default(context, "smime_sign")
        let parameters = X509_STORE_CTX_get0_param(context)
        X509_VERIFY_PARAM_set_time(parameters, time_t(moment.milliseconds / 1000))
        X509_VERIFY_PARAM_set_auth_level(parameters, 0)
        guard X509_verify_cert(context) != 1 else { return nil }
        return String(cString: X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(context))))
    }

    private static func address(of certificate: OpaquePointer) -> String? {
        var buffer = [CChar](repeating: 0, count: 512)
        let length = Int(ceralacca_first_email(certificate, &buffer, CInt(buffer.count)))
        guard length > 0 else { return nil }
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func reason() -> String {
        ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) } ?? "no reason given"
    }
}
