// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Writes dispatches and receipts of registered electronic mail as signed mail (ETSI EN 319 532-3; FORMATS §2.7).
public struct RegisteredComposer: Sendable {
    static let digestAlgorithm = "http://www.w3.org/2001/04/xmlenc#sha256"

    /// The provider that issues them.
    public let provider: ProviderProfile
    /// Its signature; the certificate names `rem-service@` of its domain.
    public let signer: NoticeSigner
    /// Makes what boundaries consist of.
    var tokens: @Sendable () -> String

    /// A composer with a certificate of its own from `authority`.
    public init(provider: ProviderProfile, authority: CertificateAuthority) throws(SandboxError) {
        let identity = try authority.providerIdentity(
            name: provider.name,
            serviceAddress: provider.registeredServiceAddress
        )
        self.provider = provider
        signer = NoticeSigner(identity: identity)
        tokens = { "\(String(UInt64.random(in: .min ... .max), radix: 36))\(UInt64.random(in: .min ... .max))" }
    }

    /// How a composer of its manner writes: JavaMail's boundaries, `application/pkcs7-signature`, the registered `micalg`.
    private static let dialect = {
        var dialect = ProviderDialect("registered")
        dialect.boundaries = .javaMail
        dialect.signatureType = "application/pkcs7-signature"
        return dialect
    }()

    /// The whole message, lines ending with CRLF.
    public func compose(_ notice: RegisteredNotice) throws(SandboxError) -> [UInt8] {
        let token = tokens()
        let content = notice.original.registered
        let digest = try OctetDigest.sha256.base64(of: content[...])
        var entity = Array(Self.multipart("mixed", 1, token).utf8)
        let (mixed, alternative) = (Self.dialect.boundary(1, token), Self.dialect.boundary(2, token))
        entity += "\r\n--\(mixed)\r\nREM-Section-Type: rem_message/introduction\r\n".utf8
        entity += Self.multipart("alternative", 2, token).utf8
        for (subtype, text) in [("plain", words(of: notice)), ("html", page(of: notice))] {
            entity += "\r\n--\(alternative)\r\nContent-Type: text/\(subtype);\r\n\tcharset=\"UTF-8\"\r\n".utf8
            entity += "Content-Transfer-Encoding: base64\r\n\r\n".utf8
            entity += FieldWriter.lines(ofBase64: Base64.encode(text.utf8))
        }
        entity += "\r\n--\(alternative)--\r\n".utf8
        if notice.form == .dispatch {
            entity += "\r\n--\(mixed)\r\nContent-Type: message/rfc822; name=AttachedMimeMessage\r\n".utf8
            entity += "Content-Transfer-Encoding: binary\r\n".utf8
            entity += "Content-Disposition: attachment; filename=AttachedMimeMessage\r\n".utf8
            entity += "REM-Section-Type: rem_message/original\r\n\r\n".utf8
            entity += content
        }
        entity += "\r\n--\(mixed)\r\n".utf8
        entity += evidencePart(RegisteredEvidence(notice: notice, provider: provider, digest: digest), notice.event)
        entity += "\r\n--\(mixed)--\r\n".utf8
        let header = header(of: notice, digest: digest)
        return try SignedEnvelope(dialect: Self.dialect, signer: signer, token: token)
            .message(header, entity, hasPreamble: true, signed: entity, at: notice.moment)
    }

    private static func multipart(_ subtype: String, _ depth: Int, _ token: String) -> String {
        "Content-Type: multipart/\(subtype);\r\n\t\(dialect.boundaryParameter(depth, token))\r\n"
    }

    private func evidencePart(_ evidence: RegisteredEvidence, _ event: RegisteredEvent) -> [UInt8] {
        Array("Content-Type: application/xml; charset=UTF-8; name=\"\(event.rawValue).xml\"\r\n".utf8)
            + "Content-Transfer-Encoding: base64\r\n".utf8
            + "Content-Disposition: attachment; filename=\"\(event.rawValue).xml\"\r\n".utf8
            + "REM-Section-Type: rem_message/xml_evidence\r\n\r\n".utf8
            + FieldWriter.lines(ofBase64: Base64.encode(evidence.xml.utf8))
    }
}

// MARK: Header and words

extension RegisteredComposer {
    private func header(of notice: RegisteredNotice, digest: String) -> String {
        let original = notice.original
        var text = ""
        func add(_ name: String, _ body: String) { text += FieldWriter.field(name, body) }
        switch notice.form {
        case .dispatch:
            add("Reply-To", original.replyTo)
            add(
                "From",
                "\(FieldWriter.displayName("On behalf of: \(original.sender)")) <\(provider.registeredServiceAddress)>"
            )
            text += original.header.fields.filter { $0.isNamed("To") || $0.isNamed("Cc") }
                .map { String(decoding: original.octets[$0.range], as: UTF8.self) }.joined()
        case .receipt:
            add("From", "<\(provider.registeredServiceAddress)>")
            add("To", "<\(original.sender)>")
        }
        add("Subject", "\(notice.subjectPrefix): \(EncodedWords.encode(original.header.first("Subject") ?? ""))")
        add("Date", LegalTime(notice.moment).dateField)
        add("Message-ID", "<\(notice.identifier)>")
        add("REM-MetadataVersion", "EN31953203V010201")
        add("REM-ApplicablePolicy", "http://uri.etsi.org/19532/v1#/REMbaseline")
        add("REM-ApplicablePolicy", "https://eidas.agid.gov.it/REM/rem-policy-it")
        add("REM-MessageType", "http://uri.etsi.org/19522/v1#/ERDMessageType/\(notice.form.rawValue)")
        add("REM-DigestAlgorithm", Self.digestAlgorithm)
        add("REM-DigestValue", digest)
        if let client = original.clientMessageID { add("REM-UAMessageIdentifier", client) }
        add("REM-EventIdentifier", "http://uri.etsi.org/19522/Event/\(notice.event.rawValue)")
        add("REM-Evidence-ID", "<\(notice.evidenceIdentifier)>")
        add("REM-ReasonIdentifier", "http://uri.etsi.org/19522/EventReason/\(notice.reason.rawValue)")
        add("REM-MD08", "<\(original.sender)>")
        add("MIME-Version", "1.0")
        return text
    }

    private func words(of notice: RegisteredNotice) -> String { lines(of: notice).joined(separator: "\r\n") + "\r\n" }

    private func page(of notice: RegisteredNotice) -> String {
        let lines = lines(of: notice).map { "<p>\(CertificationData.escape($0))</p>" }
        return "<html><body>\r\n\(lines.joined(separator: "\r\n"))\r\n</body></html>\r\n"
    }

    private func lines(of notice: RegisteredNotice) -> [String] {
        let time = LegalTime(notice.moment)
        let original = notice.original
        let subject = String(String.UnicodeScalarView(original.subject.unicodeScalars.filter { $0.value >= 0x20 }))
        return [
            notice.form == .dispatch ? "Messaggio REM" : "Ricevuta di \(notice.event.rawValue)",
            "Il giorno \(time.day) alle ore \(time.time) (\(time.zone))",
            "il messaggio \"\(subject)\" inviato da \"\(original.sender)\" ed indirizzato a:",
        ] + original.recipients.map(\.address.description)
            + [
                "\(notice.words ?? notice.reason.words) (codice \(notice.reason.code)).",
                "Identificativo messaggio: \"\(original.identifier)\"", "Gestore: \"\(provider.name)\"",
            ]
    }
}
