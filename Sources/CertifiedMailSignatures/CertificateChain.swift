// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL
internal import CertifiedMail
internal import MailModel

/// The judgement on the chain of one certificate at one moment.
struct CertificateChain {
    /// E-mail addresses of a certificate that are read.
    static let maximumAddresses = 32

    /// Why it is not trusted, in OpenSSL's words; nil when it is.
    let problem: String?
    /// Where it ends; nil when it is not trusted.
    let anchor: SignatureFinding.Anchor?

    /// Judges the chain from `certificate` upwards, with the certificates that came along in `cms`.
    init(_ certificate: OpaquePointer, in cms: OpaquePointer, _ anchors: TrustAnchors, at moment: Timestamp) {
        let others = CMS_get1_certs(cms)
        defer { if let others { ceralacca_free_certificates(others) } }
        // Before the bundled authority began, its predecessor came along with each message: its chain is looked for first.
        let isEarly = anchors.counts[.agid] != nil && moment < TrustAnchors.bundledStart
        if isEarly {
            let early = Self.verify(certificate, others, anchors, anchors.plainStore, at: moment)
            if early.problem == nil {
                problem = nil
                anchor = early.anchor
                return
            }
        }
        let first = Self.verify(certificate, others, anchors, anchors.store, at: moment)
        if first.problem != nil, anchors.counts[.agid] != nil, !isEarly {
            let second = Self.verify(certificate, others, anchors, anchors.plainStore, at: moment)
            if second.problem == nil {
                problem = nil
                anchor = second.anchor
                return
            }
        }
        problem = first.problem
        anchor = first.anchor
    }

    private static func verify(
        _ certificate: OpaquePointer,
        _ others: OpaquePointer?,
        _ anchors: TrustAnchors,
        _ store: OpaquePointer,
        at moment: Timestamp
    ) -> (problem: String?, anchor: SignatureFinding.Anchor?) {
        guard let context = X509_STORE_CTX_new_ex(Library.context, nil) else { return ("no memory", nil) }
        defer { X509_STORE_CTX_free(context) }
        guard X509_STORE_CTX_init(context, store, certificate, others) == 1 else { return ("no memory", nil) }
        X509_STORE_CTX_set_default(context, "smime_sign")
        let parameters = X509_STORE_CTX_get0_param(context)
        X509_VERIFY_PARAM_set_time(parameters, time_t(moment.milliseconds / 1000))
        X509_VERIFY_PARAM_set_auth_level(parameters, 0)
        guard X509_verify_cert(context) == 1 else {
            return (String(cString: X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(context)))), nil)
        }
        var origins: [SignatureFinding.Anchor] = []
        if let chain = X509_STORE_CTX_get0_chain(context) {
            for place in 0..<ceralacca_count(chain) {
                if let origin = ceralacca_element(chain, place).flatMap({ anchors.origin(of: $0) }) {
                    origins.append(origin)
                }
            }
        }
        return (nil, origins.contains(.configured) ? .configured : origins.contains(.agid) ? .agid : .system)
    }

    /// The e-mail addresses of a certificate; none with blanks or control characters, which no address has.
    ///
    /// Those of the alternative names, which RFC 6109 §4.3 demands; where there is none, those of the subject, for the certificates of old.
    static func addresses(of certificate: OpaquePointer) -> [String] {
        var buffer = [CChar](repeating: 0, count: maximumAddresses * 512)
        let count = ceralacca_emails(certificate, CInt(maximumAddresses), &buffer, CInt(buffer.count))
        return buffer.prefix(Int(count)).split(separator: 0).compactMap { address in
            let octets = address.map { UInt8(bitPattern: $0) }
            guard octets.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
            return String(decoding: octets, as: UTF8.self)
        }
    }
}
