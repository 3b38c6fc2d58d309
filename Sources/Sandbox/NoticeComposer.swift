// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Writes notices as signed mail (FORMATS §1.4–1.6).
public struct NoticeComposer: Sendable {
    /// The provider that issues them.
    public let provider: ProviderProfile
    /// Its signature.
    public internal(set) var signer: NoticeSigner
    /// Its manner.
    public internal(set) var dialect: ProviderDialect
    /// Makes what boundaries consist of: 128 random bits, so that no sender can write a boundary into his message.
    var tokens: @Sendable () -> String = Self.randomToken

    /// A composer; the digest of `signer` counts.
    public init(provider: ProviderProfile, signer: NoticeSigner, dialect: ProviderDialect = .standard) {
        self.provider = provider
        self.signer = signer
        self.dialect = dialect
    }

    /// A composer with a certificate of its own from `authority`, in the manner and with the digest of `dialect`.
    public init(
        provider: ProviderProfile,
        authority: CertificateAuthority,
        dialect: ProviderDialect = .standard
    ) throws(SandboxError) {
        let identity = try authority.providerIdentity(name: provider.name, serviceAddress: provider.serviceAddress)
        self.init(
            provider: provider,
            signer: NoticeSigner(identity: identity, digest: dialect.digest),
            dialect: dialect
        )
    }

    /// The whole message, lines ending with CRLF: header section and multipart/signed.
    public func compose(_ notice: CertifiedNotice) throws(SandboxError) -> [UInt8] {
        let token = tokens()
        let entity = try NoticeEntity(notice: notice, provider: provider, dialect: dialect, token: token).octets
        guard notice.kind != .anomaly || dialect.signsAnomalies else { return unsigned(notice, entity) }
        return try signed(notice, entity, over: entity, token: token)
    }

    /// The message around `entity`, with a signature over `octets`, which are those of the entity unless somebody cheats.
    func signed(
        _ notice: CertifiedNotice,
        _ entity: [UInt8],
        over octets: [UInt8],
        token: String
    ) throws(SandboxError) -> [UInt8] {
        let isEnvelope = notice.kind == .transportEnvelope
        return try SignedEnvelope(dialect: dialect, signer: signer, token: token).message(
            header(of: notice),
            entity,
            hasPreamble: dialect.preamble == .always || (dialect.preamble == .envelopes && isEnvelope),
            signed: octets,
            at: notice.moment
        )
    }

    /// The message without a signature: the fields of the entity follow those of the header.
    func unsigned(_ notice: CertifiedNotice, _ entity: [UInt8]) -> [UInt8] { Array(header(of: notice).utf8) + entity }

    private static func randomToken() -> String {
        let bits = [UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)]
        return bits.map { String($0, radix: 36, uppercase: true) }.joined()
    }
}

// MARK: Header

extension NoticeComposer {
    private func header(of notice: CertifiedNotice) -> String {
        let original = notice.original
        var text = ""
        func add(_ name: String, _ body: String) { text += FieldWriter.field(name, body) }
        switch notice.kind {
        case .transportEnvelope, .anomaly:
            text += inheritedFields(of: original)
            add("X-Trasporto", notice.kind.rawValue)
            if notice.kind == .transportEnvelope { add(dialect.receiptTypeField, original.receiptType.rawValue) }
            let name = FieldWriter.displayName("Per conto di: \(original.sender)")
            add("From", "\(name) <\(provider.serviceAddress)>")
            add("Reply-To", original.replyTo)
        case .acceptance, .nonAcceptance, .takeCharge, .delivery, .nonDelivery, .nonDeliveryWarning, .virusDetection:
            add("X-Ricevuta", notice.kind.rawValue)
            if notice.failure == .virus { add("X-VerificaSicurezza", "errore") }
            if dialect.repeatsREMSubject, let event = notice.kind.registeredEvent {
                add(
                    "X-REM-Subject",
                    "REM \(event.rawValue): \(EncodedWords.encode(original.header.first("Subject") ?? ""))"
                )
            }
            if notice.kind == .virusDetection { add("X-Mittente", original.sender.description) }
            add("From", provider.serviceAddress.description)
            add("To", (notice.addressee ?? original.sender).description)
        }
        add("Date", LegalTime(notice.moment).dateField)
        add("Subject", subject(of: notice))
        text += identifyingFields(of: notice)
        add("MIME-Version", "1.0")
        return text
    }

    /// Message-ID and the reference to the client's; an anomaly envelope has what its original has (FORMATS §1.4).
    private func identifyingFields(of notice: CertifiedNotice) -> String {
        let client = notice.original.clientMessageID
        guard notice.kind != .anomaly else { return client.map { FieldWriter.field("Message-ID", $0) } ?? "" }
        return FieldWriter.field("Message-ID", "<\(notice.identifier)>")
            + (client.map { FieldWriter.field("X-Riferimento-Message-ID", $0) } ?? "")
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
}
