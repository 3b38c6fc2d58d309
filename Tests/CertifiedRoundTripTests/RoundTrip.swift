// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import CertifiedMailSignatures
import MailModel
import NIOCore
import Sandbox
import Testing

/// One authority, a provider in every dialect, and how their notices are read back.
enum RoundTrip {
    /// 2026-11-23T10:00:00Z: eleven o'clock by Italian time.
    static let moment = Timestamp(milliseconds: 1_795_428_000_000)
    static let provider = ProviderProfile(name: "Gestore Simulato S.p.A.", domain: "pec.example.it")
    static let authority = Result { try CertificateAuthority(name: "Round Trip Root", now: moment) }
    private static let composers = Result {
        try ProviderDialect.all.map { try NoticeComposer(provider: provider, authority: authority.get(), dialect: $0) }
    }
    private static let anchors = Result {
        try #require(TrustAnchors(pem: Array(try authority.get().trustPEM().utf8)))
    }

    static let anna = address("anna@pec.example.it")
    static let bruno = address("bruno@pec.example.it")
    static let carla = address("carla@altro-pec.example")
    static let ditta = address("ditta@example.com")

    static func composer(_ dialect: ProviderDialect = .standard) throws -> NoticeComposer {
        try #require(try composers.get().first { $0.dialect == dialect })
    }

    static func trust() throws -> TrustAnchors { try anchors.get() }

    static func forger(_ dialect: ProviderDialect = .standard) throws -> NoticeForger {
        NoticeForger(imitating: try composer(dialect), authority: try authority.get())
    }

    static func address(_ text: String) -> AddrSpec {
        AddrSpec(text) ?? AddrSpec(localPart: "invalid", domain: "invalid.example")
    }

    /// A message to a certified recipient in To, one at another provider in Cc, and an ordinary one.
    static func original(
        sender: AddrSpec = anna,
        messageID: String = "client-1@azienda.it",
        receiptType: String? = nil,
        at moment: Timestamp = moment
    ) -> OriginalMessage {
        var lines = [
            "From: \(sender)", "To: \(bruno), \(ditta)", "Cc: \(carla)",
            "Subject: =?utf-8?Q?Perch=C3=A9:_fattura?= n. 7 & <altro>", "Message-ID: <\(messageID)>",
            "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b",
        ]
        if let receiptType { lines.append("X-TipoRicevuta: \(receiptType)") }
        lines += [
            "", "--b", "Content-Type: text/plain; charset=utf-8", "", "Perché no?", "--b",
            "Content-Type: application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64", "", "QUJD", "--b--", "",
        ]
        return OriginalMessage(
            envelope: Envelope(
                reversePath: .mailbox(sender),
                recipients: [bruno, ditta, carla].map { EnvelopeRecipient($0) }
            ),
            sender: sender,
            octets: Array(lines.joined(separator: "\r\n").utf8),
            identifier: "sim1.20261123.1@pec.example.it",
            moment: moment,
            isCertified: { ["pec.example.it", "altro-pec.example"].contains($0) }
        )
    }

    /// A notice of any kind about such a message.
    static func notice(
        _ kind: NoticeKind,
        about original: OriginalMessage = original(),
        at moment: Timestamp = moment
    ) -> CertifiedNotice {
        var notice = CertifiedNotice(
            kind,
            about: original,
            identifier: "sim1.20261123.2@pec.example.it",
            moment: moment
        )
        switch kind {
        case .delivery, .nonDelivery, .nonDeliveryWarning: notice.concerned = bruno
        case .takeCharge: notice.takenInCharge = [bruno, carla]
        case .acceptance, .nonAcceptance, .transportEnvelope, .virusDetection, .anomaly: break
        }
        return notice
    }

    /// Reads a message as the gateway does: while it streams by, in pieces, then the signature over the entity.
    static func read(
        _ octets: [UInt8],
        at now: Timestamp = moment
    ) throws -> (message: CertifiedMessage, signature: SignatureFinding) {
        var reader = CertifiedMessageReader()
        var rest = octets[...]
        while !rest.isEmpty {
            reader.append(ByteBuffer(bytes: rest.prefix(777)))
            rest = rest.dropFirst(777)
        }
        let message = reader.finish()
        guard let structure = message.structure, let range = structure.entity, let signature = structure.signature
        else { return (message, SignatureFinding()) }
        guard let checker = SignatureChecker(signature: signature, hasBareLineFeeds: structure.hasBareLineFeeds) else {
            return (message, .unreadable)
        }
        octets[range].withUnsafeBytes { checker.append($0) }
        return (message, checker.finish(trusting: try anchors.get(), at: message.time?.timestamp ?? now))
    }

    /// A message as it lies in a maildrop: with trace fields on top.
    static func delivered(_ octets: [UInt8]) -> [UInt8] {
        Array("Return-Path: <x@y.example>\r\nReceived: from a by b; Mon, 23 Nov 2026 11:00:00 +0100\r\n".utf8) + octets
    }
}
