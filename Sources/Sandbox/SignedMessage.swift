// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

public import MailModel

/// A multipart/signed message taken apart: the signed entity exactly as it stands, and the signature (RFC 8551 §3.5.3).
public struct SignedMessage: Sendable {
    /// The signed entity.
    public let entity: [UInt8]
    /// The signature in DER.
    public let signature: [UInt8]

    /// Takes a message apart; nil when it is not multipart/signed with two parts and a base-64 signature.
    public init?(_ message: [UInt8]) {
        let whole = MIMEEntity(message[...])
        let parts = whole.parts
        guard whole.mediaType == "multipart/signed", parts.count == 2 else { return nil }
        let text = parts[1].body.filter { $0 != 0x0D && $0 != 0x0A && $0 != 0x20 }
        guard let signature = Base64.decode(String(decoding: text, as: UTF8.self)) else { return nil }
        entity = Array(parts[0].octets)
        self.signature = signature
    }

    /// Checks the signature and that it is by the address that the message comes from.
    public func verify(trusting root: Certificate, at moment: Timestamp) throws(SandboxError) -> SignatureCheck {
        try SignatureCheck.verify(entity, signature: signature, trusting: root, at: moment)
    }

    /// The certification data of the notice, `daticert.xml`, found among the direct children; nil without one.
    public var certificationData: String? {
        let attachment = attachment("daticert.xml")
        guard let attachment else { return nil }
        guard attachment.header.first("Content-Transfer-Encoding")?.lowercased() == "base64" else {
            return String(decoding: attachment.body, as: UTF8.self)
        }
        let text = attachment.body.filter { $0 != 0x0D && $0 != 0x0A && $0 != 0x20 }
        return Base64.decode(String(decoding: text, as: UTF8.self)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The original, `postacert.eml`, octet for octet; nil without one.
    public var original: [UInt8]? { attachment("postacert.eml").map { Array($0.body) } }

    private func attachment(_ name: String) -> MIMEEntity? {
        MIMEEntity(entity[...]).parts.first { $0.parameter("name", of: "Content-Type") == name }
    }
}
