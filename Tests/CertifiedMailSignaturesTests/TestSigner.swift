// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import MailModel

/// What OpenSSL made; a test goes no further when it had no memory.
private func made<Value>(_ value: Value?) -> Value {
    guard let value else { preconditionFailure("OpenSSL made nothing") }
    return value
}

/// A certificate with its key, made for a test.
///
/// Safe to send unchecked: OpenSSL counts references atomically, and nothing changes a certificate or a key once it is made.
final class TestIdentity: @unchecked Sendable {
    let certificate: OpaquePointer
    let key: OpaquePointer

    static let now = Timestamp(milliseconds: 1_790_000_000_000)
    static let year = 365 * 86_400

    /// A certificate for `addresses`, signed by `issuer` (by itself without one), valid between two seconds counted from `now`; `isWeak` makes it
    /// as in old times, with a key of 1024 bits and SHA-1. `alternatives` are further names in the words of openssl.cnf.
    init(
        _ name: String,
        addresses: [String] = [],
        issuer: TestIdentity? = nil,
        from: Int = -10 * year,
        to: Int = 10 * year,
        permitted: String? = nil,
        alternatives: String? = nil,
        subjectAddresses: [String] = [],
        isWeak: Bool = false
    ) {
        let key = made(ceralacca_generate_rsa(isWeak ? 1024 : 2048))
        let certificate = made(X509_new())
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), .random(in: 1...UInt64(Int64.max)))
        let seconds = Int(Self.now.milliseconds / 1000)
        ASN1_TIME_set(X509_getm_notBefore(certificate), seconds + from)
        ASN1_TIME_set(X509_getm_notAfter(certificate), seconds + to)
        let octets = Array(name.utf8)
        let subject = X509_get_subject_name(certificate)
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, octets, CInt(octets.count), -1, 0)
        for address in subjectAddresses.map({ Array($0.utf8) }) {
            let count = CInt(address.count)
            X509_NAME_add_entry_by_txt(subject, "emailAddress", MBSTRING_ASC, address, count, -1, 0)
        }
        let above = issuer?.certificate ?? certificate
        X509_set_issuer_name(certificate, X509_get_subject_name(above))
        X509_set_pubkey(certificate, key)
        var extensions: [(CInt, String)] = [(NID_subject_key_identifier, "hash")]
        if issuer == nil || permitted != nil {
            extensions += [(NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign")]
        } else {
            extensions += [(NID_key_usage, "critical,digitalSignature"), (NID_ext_key_usage, "emailProtection")]
        }
        if issuer != nil { extensions.append((NID_authority_key_identifier, "keyid")) }
        if let permitted { extensions.append((NID_name_constraints, "permitted;email:\(permitted)")) }
        if !addresses.isEmpty {
            let names = addresses.map { "email:\($0)" }.joined(separator: ",")
            extensions.append((NID_subject_alt_name, names))
        }
        if let alternatives { extensions.append((NID_subject_alt_name, alternatives)) }
        for (nid, value) in extensions { precondition(ceralacca_add_extension(certificate, above, nid, value) == 1) }
        precondition(X509_sign(certificate, issuer?.key ?? key, isWeak ? EVP_sha1() : EVP_sha256()) > 0)
        self.certificate = certificate
        self.key = key
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    var pem: [UInt8] {
        let output = made(BIO_new(BIO_s_mem()))
        defer { BIO_free(output) }
        PEM_write_bio_X509(output, certificate)
        return octets(of: output)
    }

    private func octets(of bio: OpaquePointer) -> [UInt8] { TestSigner.octets(of: bio) }
}

/// Signs an entity as providers do, and as they should not.
struct TestSigner {
    var identities: [TestIdentity]
    var digest: OpaquePointer = EVP_sha256()
    var intermediates: [TestIdentity] = []
    var hasAttributes = true
    var hasCertificates = true
    var signingTime: Timestamp? = TestIdentity.now

    init(_ identities: TestIdentity...) { self.identities = identities }

    func sign(_ entity: [UInt8]) -> [UInt8] {
        var flags = UInt32(CMS_DETACHED | CMS_BINARY)
        let chain = made(ceralacca_new_stack())
        defer { ceralacca_free_stack(chain) }
        for intermediate in intermediates { ceralacca_push(chain, intermediate.certificate) }
        if !hasAttributes { flags |= UInt32(CMS_NOATTR) }
        if !hasCertificates { flags |= UInt32(CMS_NOCERTS) }
        let cms = made(CMS_sign(nil, nil, chain, nil, flags | UInt32(CMS_PARTIAL)))
        defer { CMS_ContentInfo_free(cms) }
        for identity in identities {
            let signer = made(CMS_add1_signer(cms, identity.certificate, identity.key, digest, flags))
            guard hasAttributes, let signingTime else { continue }
            let time = made(ASN1_UTCTIME_set(nil, Int(signingTime.milliseconds / 1000)))
            CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, V_ASN1_UTCTIME, time, -1)
            ASN1_STRING_free(time)
        }
        let content = made(BIO_new_mem_buf(entity, CInt(entity.count)))
        defer { BIO_free(content) }
        precondition(CMS_final(cms, content, nil, flags) == 1)
        let output = made(BIO_new(BIO_s_mem()))
        defer { BIO_free(output) }
        i2d_CMS_bio(output, cms)
        return Self.octets(of: output)
    }

    static func octets(of bio: OpaquePointer) -> [UInt8] {
        var start: UnsafePointer<UInt8>?
        let count = ceralacca_memory_of(bio, &start)
        return Array(UnsafeBufferPointer(start: start, count: count))
    }
}
