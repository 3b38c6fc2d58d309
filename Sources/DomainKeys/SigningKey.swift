// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import CryptoExtras
import Foundation
public import MailModel

/// The private half of a domain key: RSA (RFC 6376) or Ed25519 (RFC 8463). It shows nothing of itself.
public struct SigningKey: Sendable, CustomStringConvertible {
    private enum Kind: Sendable {
        case rsa(_RSA.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)
    }

    private let kind: Kind

    /// Reads a key in PEM: PKCS #8 for both kinds, PKCS #1 for RSA.
    ///
    /// - Throws: `SigningKeyError` with what is wrong; nothing of the key is in it.
    public init(pem: Secret) throws(SigningKeyError) {
        let text = pem.reveal()
        if let seed = Self.ed25519Seed(text) {
            do { kind = .ed25519(try Curve25519.Signing.PrivateKey(rawRepresentation: seed)) } catch {
                throw SigningKeyError("an Ed25519 key that cannot be used")
            }
            return
        }
        let key: _RSA.Signing.PrivateKey
        do { key = try _RSA.Signing.PrivateKey(unsafePEMRepresentation: text) } catch {
            throw SigningKeyError("no private key in PEM, RSA of 1024 bits or more, or Ed25519")
        }
        kind = .rsa(key)
    }

    /// `rsa-sha256` or `ed25519-sha256`.
    public var algorithm: String {
        switch kind {
        case .rsa: "rsa-sha256"
        case .ed25519: "ed25519-sha256"
        }
    }

    /// The size of an RSA key; nil for another kind. Verifiers may refuse what is shorter than 2048 bits (RFC 8301 §3.2: signers must use 1024
    /// at least, should use 2048).
    public var rsaBits: Int? {
        guard case .rsa(let key) = kind else { return nil }
        return key.keySizeInBits
    }

    /// What the TXT record `SELECTOR._domainkey.DOMAIN` must say.
    public var record: String {
        switch kind {
        case .rsa(let key): "v=DKIM1; k=rsa; p=\(key.publicKey.derRepresentation.base64EncodedString())"
        case .ed25519(let key): "v=DKIM1; k=ed25519; p=\(key.publicKey.rawRepresentation.base64EncodedString())"
        }
    }

    /// `record` as the strings of a zone file, of which none may have more than 255 octets (RFC 1035 §3.3): `"v=DKIM1; …" "…"`.
    public var recordStrings: String {
        var rest = Substring(record)
        var strings: [String] = []
        while !rest.isEmpty {
            strings.append("\"\(rest.prefix(255))\"")
            rest = rest.dropFirst(255)
        }
        return strings.joined(separator: " ")
    }

    /// `rsa-sha256`: never the key.
    public var description: String { algorithm }

    /// Signs the SHA-256 digest of the signed fields; Ed25519 signs the digest as its message (RFC 8463 §3).
    func sign(_ digest: SHA256.Digest) throws(SigningKeyError) -> [UInt8] {
        do {
            switch kind {
            case .rsa(let key):
                return [UInt8](try key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation)
            case .ed25519(let key): return [UInt8](try key.signature(for: Data(digest)))
            }
        } catch {
            throw SigningKeyError("a key that cannot sign")
        }
    }

    /// The seed of an Ed25519 key in PKCS #8 (RFC 8410 §7): a fixed head, then its 32 octets.
    private static func ed25519Seed(_ pem: String) -> [UInt8]? {
        let lines = pem.split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN PRIVATE KEY-----",
            let end = lines.firstIndex(of: "-----END PRIVATE KEY-----"),
            let der = Data(base64Encoded: lines[1..<end].joined()).map([UInt8].init)
        else { return nil }
        let head: [UInt8] = [
            0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]
        guard der.count == head.count + 32, der.starts(with: head) else { return nil }
        return Array(der[head.count...])
    }
}

/// Why a key cannot be used.
public struct SigningKeyError: Error, Hashable, CustomStringConvertible {
    /// What was found.
    public let description: String

    init(_ description: String) { self.description = description }
}
