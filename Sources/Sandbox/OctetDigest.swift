// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import MailModel

/// The digests that receipts state.
enum OctetDigest: String {
    /// Of the attachments that a brief receipt leaves out.
    case sha1 = "SHA1"
    /// Of the original that a REM evidence is about.
    case sha256 = "SHA256"

    /// The digest in octets.
    func value(of octets: ArraySlice<UInt8>) throws(SandboxError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length = 0
        let isDone = octets.withUnsafeBytes { bytes in
            EVP_Q_digest(nil, rawValue, nil, bytes.baseAddress, bytes.count, &digest, &length) == 1
        }
        guard isDone else { throw OpenSSLFailure.error("make a digest by \(rawValue)") }
        return Array(digest.prefix(length))
    }

    /// The digest in hexadecimal digits, lower case.
    func hexadecimal(of octets: ArraySlice<UInt8>) throws(SandboxError) -> String {
        try value(of: octets).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The digest in base 64.
    func base64(of octets: ArraySlice<UInt8>) throws(SandboxError) -> String { Base64.encode(try value(of: octets)) }
}
