// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// What single certificates say.
public enum Certificate {
    /// Certificates of one chain that are looked at.
    static let maximumChain = 20
    /// Names of one certificate that are read.
    static let maximumNames = 100
    /// OpenSSL's security level 2: 112 bits, as RSA keys of 2048 bits have and SHA-1 has not. A chain that is judged outside TLS has none by itself.
    static let securityLevel: CInt = 2

    /// The DNS names of the first certificate of a text in PEM, those of its subject alternative names, in their order, in lower case; none where there
    /// is no certificate.
    public static func dnsNames(pem: [UInt8]) -> [String] {
        var names: [String]?
        forEach(pem) { if names == nil { names = dnsNames(of: $0) } }
        return names ?? []
    }

    static func dnsNames(of certificate: OpaquePointer) -> [String] {
        var buffer = [CChar](repeating: 0, count: maximumNames * 512)
        let count = ceralacca_dns_names(certificate, CInt(maximumNames), &buffer, CInt(buffer.count))
        return buffer.prefix(Int(count)).split(separator: 0).map { name in
            String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self).lowercased()
        }
    }

    /// Names in a row, as many as a line of the log bears, without what could pass for something else there.
    static func list(_ names: [String]) -> String {
        guard !names.isEmpty else { return "nothing" }
        let shown = names.prefix(8).map { name in
            String(name.unicodeScalars.prefix(80).map { (0x21..<0x7F).contains($0.value) ? Character($0) : "?" })
        }
        return shown.joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    }

    static func parse(_ octets: [UInt8]) -> OpaquePointer? {
        octets.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            return d2i_X509(nil, &position, buffer.count)
        }
    }

    /// All certificates of a text in PEM.
    static func forEach(_ pem: [UInt8], _ take: (OpaquePointer) -> Void) {
        pem.withUnsafeBytes { bytes in
            guard let input = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) else { return }
            defer { BIO_free(input) }
            while let certificate = PEM_read_bio_X509_AUX(input, nil, nil, nil) {
                take(certificate)
                X509_free(certificate)
            }
        }
        ERR_clear_error()
    }
}
