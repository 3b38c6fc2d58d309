// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// Makes notices with one thing wrong, as forgers and careless providers would.
///
/// Every signer is made when it is needed, which takes a moment: an RSA key.
public struct NoticeForger: Sendable {
    /// How long after the notice the certificate of `NoticeFlaw.expired` ends; that of `signedAfterExpiry` ends as long before.
    public static let certificateEnd = Duration.seconds(86_400)

    /// The composer of the provider that is imitated.
    public let composer: NoticeComposer
    private let authority: CertificateAuthority

    /// A forger of what `composer` writes; `authority` has certified that provider.
    public init(imitating composer: NoticeComposer, authority: CertificateAuthority) {
        self.composer = composer
        self.authority = authority
    }

    /// The notice with its flaw.
    public func compose(_ notice: CertifiedNotice, _ flaw: NoticeFlaw) throws(SandboxError) -> [UInt8] {
        switch flaw {
        case .outsider: return try outsider(notice, calling: "Outsider Root", hasIntermediate: false)
        case .sameNames: return try outsider(notice, calling: authority.name, hasIntermediate: true)
        case .unsigned: return composer.unsigned(notice, try entity(of: notice))
        case .otherOctets:
            let entity = try entity(of: notice)
            return try composer.signed(notice, entity, over: entity + [0x0D, 0x0A], token: composer.tokens())
        case .otherAddress:
            return try signed(notice, address: AddrSpec(localPart: "posta-certificata", domain: "altro.example"))
        case .relabelled: return try relabelled(notice)
        case .aboutAnother: return try aboutAnother(notice)
        case .appended: return try appended(notice)
        case .otherProvider: return try otherProvider(notice)
        case .sha1: return try varied { $0.signer.digest = .sha1 }.compose(notice)
        case .expired: return try signed(notice, until: notice.moment + Self.certificateEnd)
        case .signedAfterExpiry: return try signed(notice, until: notice.moment - Self.certificateEnd)
        case .noSignedAttributes: return try varied { $0.signer.hasAttributes = false }.compose(notice)
        case .wrongCharset: return try varied { $0.dialect.certification.hasWrongCharset = true }.compose(notice)
        case .entities: return try varied { $0.dialect.certification.hasEntities = true }.compose(notice)
        case .noMessageID: return try varied { $0.dialect.certification.omitsMessageID = true }.compose(notice)
        }
    }

    private func varied(_ change: (inout NoticeComposer) -> Void) -> NoticeComposer {
        var result = composer
        change(&result)
        return result
    }

    private func entity(of notice: CertifiedNotice) throws(SandboxError) -> [UInt8] {
        try NoticeEntity(
            notice: notice,
            provider: composer.provider,
            dialect: composer.dialect,
            token: composer.tokens()
        ).octets
    }

    private func outsider(
        _ notice: CertifiedNotice,
        calling name: String,
        hasIntermediate: Bool
    ) throws(SandboxError) -> [UInt8] {
        let own = try CertificateAuthority(name: name, now: notice.moment, hasIntermediate: hasIntermediate)
        let identity = try own.providerIdentity(
            name: composer.provider.name,
            serviceAddress: composer.provider.serviceAddress
        )
        return try varied { $0.signer = NoticeSigner(identity: identity) }.compose(notice)
    }

    private func signed(
        _ notice: CertifiedNotice,
        address: AddrSpec? = nil,
        until end: Timestamp? = nil
    ) throws(SandboxError) -> [UInt8] {
        let identity = try authority.providerIdentity(
            name: composer.provider.name,
            serviceAddress: address ?? composer.provider.serviceAddress,
            life: end.map { $0 - .seconds(365 * 86_400)...$0 }
        )
        return try varied { $0.signer = NoticeSigner(identity: identity) }.compose(notice)
    }

    /// The header of another kind over what was signed for this one.
    private func relabelled(_ notice: CertifiedNotice) throws(SandboxError) -> [UInt8] {
        var label = notice.copied(as: notice.kind == .delivery ? .acceptance : .delivery, about: notice.original)
        label.concerned = notice.original.recipients.first?.address
        return try mixed(header: label, data: notice)
    }

    private func aboutAnother(_ notice: CertifiedNotice) throws(SandboxError) -> [UInt8] {
        try mixed(header: notice, data: notice.copied(as: notice.kind, about: notice.original.another))
    }

    private func mixed(header: CertifiedNotice, data: CertifiedNotice) throws(SandboxError) -> [UInt8] {
        let entity = try entity(of: data)
        return try composer.signed(header, entity, over: entity, token: composer.tokens())
    }

    private func appended(_ notice: CertifiedNotice) throws(SandboxError) -> [UInt8] {
        let token = composer.tokens()
        let signed = try entity(of: notice)
        let whole = try composer.signed(notice, signed, over: signed, token: token)
        let another = try entity(of: notice.copied(as: notice.kind, about: notice.original.another))
        let boundary = composer.dialect.boundary(0, token)
        let end = Array("\r\n--\(boundary)--\r\n".utf8)
        return Array(whole.dropLast(end.count)) + Array("\r\n--\(boundary)\r\n".utf8) + another + end
    }

    private func otherProvider(_ notice: CertifiedNotice) throws(SandboxError) -> [UInt8] {
        let profile = ProviderProfile(name: "Altro Gestore S.r.l.", domain: "pec.altro-gestore.example")
        return try NoticeComposer(provider: profile, authority: authority, dialect: composer.dialect).compose(notice)
    }
}

extension CertifiedNotice {
    /// The same said in another kind of notice, or of another message.
    fileprivate func copied(as kind: NoticeKind, about original: OriginalMessage) -> CertifiedNotice {
        var copy = CertifiedNotice(kind, about: original, identifier: identifier, moment: moment)
        copy.failure = failure
        copy.detail = detail
        copy.concerned = concerned
        copy.takenInCharge = takenInCharge
        copy.addressee = addressee
        return copy
    }
}

extension OriginalMessage {
    /// Another message of the same sender to the same recipients.
    fileprivate var another: OriginalMessage {
        let to = recipients.map(\.address.description).joined(separator: ", ")
        let text =
            "From: \(sender)\r\nTo: \(to)\r\nSubject: Altro\r\nMessage-ID: <another-1@client.example>\r\n\r\nAltro\r\n"
        let certified = Set(recipients.filter(\.isCertified).map { $0.address.domain.lowercased() })
        return OriginalMessage(
            envelope: Envelope(
                reversePath: .mailbox(sender),
                recipients: recipients.map { EnvelopeRecipient($0.address) }
            ),
            sender: sender,
            octets: Array(text.utf8),
            identifier: "another.\(identifier)",
            moment: moment,
            isCertified: { certified.contains($0) }
        )
    }
}
