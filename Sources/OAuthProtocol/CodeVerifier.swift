// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
public import MailModel

/// What proves to the token endpoint that who comes with a code is who asked for it (PKCE, RFC 7636).
public struct CodeVerifier: Hashable, Sendable {
    /// 43 characters from 256 random bits (RFC 7636 §4.1).
    public let secret: Secret

    /// A verifier for one authorization request.
    public init() { secret = Self.random() }

    /// A verifier that is known already.
    public init(_ secret: Secret) { self.secret = secret }

    /// `S256`: base 64 for URLs of the SHA-256 of the verifier (RFC 7636 §4.2).
    public var challenge: String {
        Self.base64URL(SHA256.hash(data: Array(secret.reveal().utf8)))
    }

    /// 43 characters from 256 bits of the system's generator.
    static func random() -> Secret {
        var generator = SystemRandomNumberGenerator()
        return Secret(base64URL((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }))
    }

    /// RFC 4648 §5 without padding.
    static func base64URL(_ octets: some Sequence<UInt8>) -> String {
        let text = Base64.encode(octets).utf8.compactMap { octet -> UInt8? in
            switch octet {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            case UInt8(ascii: "="): nil
            default: octet
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The octets of base 64 for URLs without padding; nil when it is none.
    static func decodeBase64URL(_ text: Substring) -> [UInt8]? {
        var plain = text.utf8.map { octet -> UInt8 in
            switch octet {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: octet
            }
        }
        while plain.count % 4 != 0 { plain.append(UInt8(ascii: "=")) }
        return Base64.decode(String(decoding: plain, as: UTF8.self))
    }
}
