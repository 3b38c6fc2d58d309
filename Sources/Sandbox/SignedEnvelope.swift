// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// multipart/signed around an entity (RFC 8551 §3.5.3).
struct SignedEnvelope {
    let dialect: ProviderDialect
    let signer: NoticeSigner
    /// What the boundaries are made of.
    let token: String

    /// The whole message: `header`, the signed `entity` as it stands, the signature.
    ///
    /// - Parameters:
    ///   - header: header fields, each with its CRLF, without Content-Type.
    ///   - entity: what is to be signed.
    ///   - hasPreamble: whether text stands in front of the first boundary.
    ///   - signed: what the signature is over; a test of forgeries has other octets there.
    ///   - moment: the signing time.
    /// - Returns: the message, lines ending with CRLF.
    /// - Throws: OpenSSL's reason.
    func message(
        _ header: String,
        _ entity: [UInt8],
        hasPreamble: Bool,
        signed: [UInt8],
        at moment: Timestamp
    ) throws(SandboxError) -> [UInt8] {
        let signature = try signer.sign(signed, at: moment)
        let boundary = dialect.boundary(0, token)
        let type =
            "multipart/signed; protocol=\"\(dialect.signatureType)\"; micalg=\(dialect.micalg(signer.digest)); "
            + dialect.boundaryParameter(0, token)
        var message = Array(header.utf8)
        message += FieldWriter.field("Content-Type", type).utf8
        message += (hasPreamble ? "\r\nThis is an S/MIME signed message\r\n\r\n" : "\r\n").utf8
        message += "--\(boundary)\r\n".utf8
        message += entity
        message += "\r\n--\(boundary)\r\n".utf8
        message += "Content-Type: \(dialect.signatureType); name=\"smime.p7s\"\r\n".utf8
        message += "Content-Transfer-Encoding: base64\r\n".utf8
        message += "Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n".utf8
        message += FieldWriter.lines(ofBase64: Base64.encode(signature))
        message += "\r\n--\(boundary)--\r\n".utf8
        return message
    }
}
