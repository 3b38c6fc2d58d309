// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Writes notices as signed mail (FORMATS §1.4–1.6).
public struct NoticeComposer: Sendable {
    /// The provider that issues them.
    public let provider: ProviderProfile
    /// Its signature.
    public let signer: NoticeSigner

    /// A composer.
    public init(provider: ProviderProfile, signer: NoticeSigner) {
        self.provider = provider
        self.signer = signer
    }

    /// The whole message, lines ending with CRLF: header section and multipart/signed.
    public func compose(_ notice: CertifiedNotice) throws(SandboxError) -> [UInt8] {
        let entity = entity(of: notice)
        let signature = try signer.sign(entity, at: notice.moment)
        let boundary = "----\(Self.token())"
        let type =
            "multipart/signed; protocol=\"application/x-pkcs7-signature\"; micalg=\(signer.micalg); "
            + "boundary=\"\(boundary)\""
        var message = Array(header(of: notice).utf8)
        message += FieldWriter.field("Content-Type", type).utf8
        message += "\r\nThis is an S/MIME signed message\r\n\r\n--\(boundary)\r\n".utf8
        message += entity
        message += "\r\n--\(boundary)\r\n".utf8
        message += "Content-Type: application/x-pkcs7-signature; name=\"smime.p7s\"\r\n".utf8
        message += "Content-Transfer-Encoding: base64\r\n".utf8
        message += "Content-Disposition: attachment; filename=\"smime.p7s\"\r\n\r\n".utf8
        message += FieldWriter.lines(ofBase64: Base64.encode(signature))
        message += "\r\n--\(boundary)--\r\n".utf8
        return message
    }

    private func header(of notice: CertifiedNotice) -> String {
        let original = notice.original
        var text = ""
        func add(_ name: String, _ body: String) { text += FieldWriter.field(name, body) }
        switch notice.kind {
        case .transportEnvelope:
            text += inheritedFields(of: original)
            add("X-Trasporto", "posta-certificata")
            add("X-TipoRicevuta", original.receiptType.rawValue)
            let name = FieldWriter.displayName("Per conto di: \(original.sender)")
            add("From", "\(name) <\(provider.serviceAddress)>")
            add("Reply-To", original.replyTo)
        case .acceptance, .nonAcceptance, .takeCharge, .delivery, .nonDelivery, .nonDeliveryWarning, .virusDetection:
            add("X-Ricevuta", notice.kind.rawValue)
            if notice.failure == .virus { add("X-VerificaSicurezza", "errore") }
            if notice.kind == .virusDetection { add("X-Mittente", original.sender.description) }
            add("From", provider.serviceAddress.description)
            add("To", (notice.addressee ?? original.sender).description)
        }
        add("Date", LegalTime(notice.moment).dateField)
        add("Subject", subject(of: notice))
        add("Message-ID", "<\(notice.identifier)>")
        if let clientMessageID = original.clientMessageID { add("X-Riferimento-Message-ID", clientMessageID) }
        add("MIME-Version", "1.0")
        return text
    }

    /// Received, To and Cc of the original, octet for octet where they are UTF-8 (RFC 6109 §3.1.4).
    private func inheritedFields(of original: OriginalMessage) -> String {
        original.header.fields.filter { field in ["Received", "To", "Cc"].contains { field.isNamed($0) } }
            .map { String(decoding: original.octets[$0.range], as: UTF8.self) }
            .joined()
    }

    /// The prefix and the subject of the original: as it was written where it is ASCII, in encoded words otherwise.
    private func subject(of notice: CertifiedNotice) -> String {
        let prefix = notice.kind.subjectPrefix(notice.failure)
        return "\(prefix): \(EncodedWords.encode(notice.original.header.first("Subject") ?? ""))"
    }

    /// The signed part: multipart/mixed of text, certification data and, where it belongs, the original.
    private func entity(of notice: CertifiedNotice) -> [UInt8] {
        let boundary = "----------=_\(Self.token())"
        let data = CertificationData(
            kind: notice.kind,
            failure: notice.failure,
            original: notice.original,
            issuer: provider.name,
            moment: notice.moment,
            receiptType: notice.receiptType,
            concerned: notice.concerned,
            takenInCharge: notice.takenInCharge,
            detail: notice.detail
        )
        var entity = Array("Content-Type: multipart/mixed;\r\n boundary=\"\(boundary)\"\r\n\r\n".utf8)
        entity += "--\(boundary)\r\nContent-Type: text/plain; charset=\"iso-8859-1\"\r\n".utf8
        entity += "Content-Disposition: inline\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".utf8
        entity += Latin1Text.encode(NoticeText(notice: notice).text)
        entity += "\r\n--\(boundary)\r\nContent-Type: application/xml; name=\"daticert.xml\"\r\n".utf8
        entity += "Content-Disposition: inline; filename=\"daticert.xml\"\r\n".utf8
        entity += "Content-Transfer-Encoding: base64\r\n\r\n".utf8
        entity += FieldWriter.lines(ofBase64: Base64.encode(data.xml.utf8))
        if notice.returnsOriginal {
            let original =
                notice.receiptType == .brief && notice.kind == .delivery
                ? BriefOriginal.reduce(notice.original.certified) : notice.original.certified
            let encoding = original.allSatisfy { $0 < 0x80 } ? "7bit" : "8bit"
            entity += "\r\n--\(boundary)\r\nContent-Type: message/rfc822; name=\"postacert.eml\"\r\n".utf8
            entity += "Content-Disposition: inline; filename=\"postacert.eml\"\r\n".utf8
            entity += "Content-Transfer-Encoding: \(encoding)\r\n\r\n".utf8
            entity += original
        }
        entity += "\r\n--\(boundary)--\r\n".utf8
        return entity
    }

    /// 128 random bits, so that no sender can write a boundary into his message.
    private static func token() -> String {
        let bits = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
        return bits.map { String($0, radix: 36, uppercase: true) }.joined()
    }
}
