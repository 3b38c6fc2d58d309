// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL
public import MailModel

/// A certificate authority made at start: a root, an intermediate below it, and the certificates of providers and servers.
///
/// It stands for AgID's authority, which certifies the certified providers, and for those that certify TLS servers.
public struct CertificateAuthority: Sendable {
    /// The root: what the others must trust.
    public let root: Certificate
    /// The common name of the root.
    public let name: String
    private let issuer: SigningIdentity
    private let now: Timestamp

    /// A new authority.
    /// - Parameters:
    ///   - name: the common name of its root.
    ///   - now: the middle of things: the certificates of the authority hold ten years before and after, those of others from a
    ///     day before to two years after.
    ///   - hasIntermediate: whether an intermediate stands between root and leaves, as in real chains.
    /// - Throws: OpenSSL's reason.
    public init(name: String, now: Timestamp, hasIntermediate: Bool = true) throws(SandboxError) {
        let rootKey = try PrivateKey(.rsa2048)
        let authority: [Extension] = [
            (NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
            (NID_subject_key_identifier, "hash"),
        ]
        let rootName = DistinguishedName(commonName: name, organization: "Ceralacca Sandbox")
        let life = now - .seconds(3650 * 86_400)...now + .seconds(3650 * 86_400)
        let root = try Self.issue(rootName, key: rootKey, by: nil, life: life, extensions: authority)
        self.root = root
        self.name = name
        self.now = now
        let top = SigningIdentity(key: rootKey, certificate: root, intermediates: [])
        guard hasIntermediate else {
            issuer = top
            return
        }
        let key = try PrivateKey(.rsa2048)
        let intermediateName = DistinguishedName(commonName: "\(name) CA1", organization: "Ceralacca Sandbox")
        let certificate = try Self.issue(
            intermediateName,
            key: key,
            by: top,
            life: life,
            extensions: authority + [(NID_authority_key_identifier, "keyid")]
        )
        issuer = SigningIdentity(key: key, certificate: certificate, intermediates: [certificate])
    }

    /// The identity with which a certified provider signs its notices: RSA, the service address as `rfc822Name`,
    /// digitalSignature critical (FORMATS §1.9). It holds for `life`: where nothing is said, two years.
    public func providerIdentity(
        name: String,
        serviceAddress: AddrSpec,
        life: ClosedRange<Timestamp>? = nil
    ) throws(SandboxError) -> SigningIdentity {
        try leaf(
            DistinguishedName(commonName: name, organization: name),
            algorithm: .rsa2048,
            life: life,
            extensions: [
                (NID_key_usage, "critical,digitalSignature"), (NID_ext_key_usage, "emailProtection"),
                (NID_subject_alt_name, "email:\(serviceAddress)"),
            ]
        )
    }

    /// The identity of a TLS server on this machine: localhost, 127.0.0.1 and ::1.
    public func serverIdentity() throws(SandboxError) -> SigningIdentity {
        try leaf(
            DistinguishedName(commonName: "localhost", organization: "Ceralacca Sandbox"),
            algorithm: .p256,
            extensions: [
                (NID_key_usage, "critical,digitalSignature"), (NID_ext_key_usage, "serverAuth"),
                (NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1"),
            ]
        )
    }

    /// What a `trust:` file holds: the root in PEM.
    public func trustPEM() throws(SandboxError) -> String { try root.pem() }

    private func leaf(
        _ name: DistinguishedName,
        algorithm: PrivateKey.Algorithm,
        life: ClosedRange<Timestamp>? = nil,
        extensions: [Extension]
    ) throws(SandboxError) -> SigningIdentity {
        let key = try PrivateKey(algorithm)
        let certificate = try Self.issue(
            name,
            key: key,
            by: issuer,
            life: life ?? now - .seconds(86_400)...now + .seconds(730 * 86_400),
            extensions: [
                (NID_basic_constraints, "critical,CA:FALSE"), (NID_subject_key_identifier, "hash"),
                (NID_authority_key_identifier, "keyid"),
            ] + extensions
        )
        return SigningIdentity(key: key, certificate: certificate, intermediates: issuer.intermediates)
    }
}

/// An extension in the words of openssl.cnf.
private typealias Extension = (nid: CInt, value: String)

private struct DistinguishedName {
    var commonName: String
    var organization: String
}

extension CertificateAuthority {
    /// Makes and signs one certificate; with no issuer it is its own.
    private static func issue(
        _ name: DistinguishedName,
        key: PrivateKey,
        by issuer: SigningIdentity?,
        life: ClosedRange<Timestamp>,
        extensions: [Extension]
    ) throws(SandboxError) -> Certificate {
        let certificate = Certificate(taking: try OpenSSLFailure.unwrap(X509_new(), "allocate a certificate"))
        let x509 = certificate.pointer
        try OpenSSLFailure.check(X509_set_version(x509, 2), "set the version of a certificate")  // 2 means v3
        let serial = UInt64.random(in: 1...UInt64(Int64.max))
        try OpenSSLFailure.check(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial), "set a serial number")
        try setValidity(of: x509, from: life.lowerBound, to: life.upperBound)
        let subject = try OpenSSLFailure.unwrap(X509_get_subject_name(x509), "name a certificate")
        try add("C", "IT", to: subject)
        try add("O", name.organization, to: subject)
        try add("CN", name.commonName, to: subject)
        let above = issuer?.certificate.pointer ?? x509
        try OpenSSLFailure.check(X509_set_issuer_name(x509, X509_get_subject_name(above)), "name an issuer")
        try OpenSSLFailure.check(X509_set_pubkey(x509, key.pointer), "set a public key")
        for (nid, value) in extensions {
            try OpenSSLFailure.check(
                ceralacca_add_extension(x509, above, nid, value),
                "add the extension \(value)"
            )
        }
        let signingKey = issuer?.key.pointer ?? key.pointer
        try OpenSSLFailure.check(X509_sign(x509, signingKey, EVP_sha256()), "sign a certificate")
        return certificate
    }

    private static func add(_ field: String, _ value: String, to name: OpaquePointer) throws(SandboxError) {
        let octets = Array(value.utf8)
        try OpenSSLFailure.check(
            X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, octets, CInt(octets.count), -1, 0),
            "name a certificate \(value)"
        )
    }

    private static func setValidity(
        of certificate: OpaquePointer,
        from start: Timestamp,
        to end: Timestamp
    ) throws(SandboxError) {
        let isSet =
            ASN1_TIME_set(X509_getm_notBefore(certificate), time_t(start.milliseconds / 1000)) != nil
            && ASN1_TIME_set(X509_getm_notAfter(certificate), time_t(end.milliseconds / 1000)) != nil
        guard isSet else { throw OpenSSLFailure.error("set the validity of a certificate") }
    }
}
