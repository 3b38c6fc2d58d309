// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
public import CertifiedMail
public import MailModel

/// Checks one detached CMS signature (RFC 5652, RFC 8551 §3.5.3) over an entity that streams by in constant memory.
///
/// SHA-1 is accepted, and reported: receipts of many years are signed with it. Belongs to one task; not to be shared.
public final class SignatureChecker {
    /// Signers that are looked at; providers sign alone.
    static let maximumSigners = 8
    /// Octets of a signer's certificate that is believed; those of providers have two thousand. A longer one is made to cost time.
    static let maximumCertificate = 32_768
    /// Digests with which a signature is believed to hold; for older ones there are two messages of one's choice.
    private static let digests = [
        NID_sha1, NID_sha224, NID_sha256, NID_sha384, NID_sha512, NID_sha3_256, NID_sha3_384, NID_sha3_512,
    ]

    private let cms: OpaquePointer
    /// Over the octets as they come; nil when OpenSSL does not know the digest.
    private let digest: DigestChain?
    /// Over the entity with CRLF as its line ends; nil when it has no others.
    private let canonicalDigest: DigestChain?
    private var lastOctet: UInt8 = 0

    /// A checker for a signature in DER; nil when it is none, or names no signer.
    ///
    /// - Parameters:
    ///   - signature: CMS SignedData.
    ///   - hasBareLineFeeds: whether lines of the entity end with LF alone. Its digest is over CRLF (RFC 8551 §3.1.1), and it has lost them on its
    ///     way; or it was signed so. Either will do.
    public init?(signature: [UInt8], hasBareLineFeeds: Bool = false) {
        defer { ERR_clear_error() }
        guard let cms = Library.readMessage(signature) else { return nil }
        guard OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed, ceralacca_signer_count(cms) > 0 else {
            CMS_ContentInfo_free(cms)
            return nil
        }
        self.cms = cms
        digest = DigestChain(cms)
        canonicalDigest = hasBareLineFeeds ? DigestChain(cms) : nil
    }

    deinit {
        CMS_ContentInfo_free(cms)
    }

    /// Takes the next octets of the signed entity, as they came.
    public func append(_ octets: UnsafeRawBufferPointer) {
        digest?.append(octets)
        guard let canonicalDigest else { return }
        var converted: [UInt8] = []
        converted.reserveCapacity(octets.count + octets.count / 32)
        for octet in octets {
            if octet == 0x0A, lastOctet != 0x0D { converted.append(0x0D) }
            converted.append(octet)
            lastOctet = octet
        }
        converted.withUnsafeBytes { canonicalDigest.append($0) }
    }

    /// The judgement over what was taken.
    ///
    /// - Parameters:
    ///   - from: the address of the From field: where several have signed, the one whose certificate names it counts.
    ///   - anchors: the roots.
    ///   - providers: the domains of providers.
    ///   - moment: the time for which the chain must hold where the signature itself does not say when it was made.
    /// - Returns: what holds and what does not, of the best of the signers that count.
    public func finish(
        from: String? = nil,
        trusting anchors: TrustAnchors,
        providers: ProviderDomains = .bundled,
        at moment: Timestamp
    ) -> SignatureFinding {
        defer { ERR_clear_error() }
        ERR_clear_error()
        CMS_set1_signers_certs(cms, nil, 0)
        var findings: [SignatureFinding] = []
        for place in 0..<min(Int(ceralacca_signer_count(cms)), Self.maximumSigners) {
            guard let signer = ceralacca_signer(cms, CInt(place)) else { continue }
            var finding = judge(signer, anchors, at: moment)
            if let own = finding.addresses.first(where: { $0.lowercased() == from?.lowercased() }) {
                finding.signer = own
            }
            finding.isListed = finding.signer.map { providers.contains(address: $0) } ?? false
            findings.append(finding)
        }
        let own = findings.filter { $0.signer != nil && $0.signer?.lowercased() == from?.lowercased() }
        let counting = own.isEmpty ? findings : own
        for state in [SignatureFinding.State.valid, .untrusted] {
            if let best = counting.first(where: { $0.state == state }) { return best }
        }
        var none = SignatureFinding()
        none.state = .invalid
        return counting.first ?? none
    }

    private func judge(_ signer: OpaquePointer, _ anchors: TrustAnchors, at moment: Timestamp) -> SignatureFinding {
        var finding = SignatureFinding()
        finding.state = .invalid
        let algorithm = ceralacca_digest_of(signer)
        finding.digest = OBJ_nid2sn(algorithm).map { String(cString: $0).lowercased() }
        let seconds = ceralacca_signing_time(signer)
        if seconds >= 0 { finding.signingTime = Timestamp(milliseconds: seconds * 1000) }
        var certificate: OpaquePointer?
        CMS_SignerInfo_get0_algs(signer, nil, &certificate, nil, nil)
        guard let certificate else {
            finding.digestProblem = "the signature does not carry the signer's certificate"
            return finding
        }
        guard i2d_X509(certificate, nil) <= Self.maximumCertificate else {
            finding.digestProblem = "the signer's certificate is longer than \(Self.maximumCertificate) octets"
            return finding
        }
        finding.addresses = CertificateChain.addresses(of: certificate)
        finding.signer = finding.addresses.first
        guard Self.digests.contains(algorithm) else {
            finding.digestProblem = "the digest \(finding.digest ?? "unknown") proves nothing"
            return finding
        }
        guard holds(signer) else {
            finding.digestProblem = Self.reason()
            return finding
        }
        let chain = CertificateChain(certificate, in: cms, anchors, at: finding.signingTime ?? moment)
        finding.chainProblem = chain.problem
        finding.anchor = chain.anchor
        finding.state = chain.problem == nil ? .valid : .untrusted
        return finding
    }

    /// Whether signature and digest hold, over the octets as they came or over the canonical form.
    private func holds(_ signer: OpaquePointer) -> Bool {
        let hasAttributes = CMS_signed_get_attr_count(signer) >= 0
        guard !hasAttributes || CMS_SignerInfo_verify(signer) == 1 else { return false }
        let chains = [canonicalDigest, digest].compactMap { $0 }
        return chains.contains { CMS_SignerInfo_verify_content(signer, $0.chain) == 1 }
    }

    private static func reason() -> String {
        ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) } ?? "no reason given"
    }
}
