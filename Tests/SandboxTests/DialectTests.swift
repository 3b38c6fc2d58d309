// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

@testable import Sandbox

struct DialectTests {
    private static let composers = Result {
        try ProviderDialect.all.map { dialect in
            try NoticeComposer(provider: Fixtures.profile, authority: Fixtures.authority.get(), dialect: dialect)
        }
    }

    private func composer(_ dialect: ProviderDialect) throws -> NoticeComposer {
        try #require(try Self.composers.get().first { $0.dialect == dialect })
    }

    @Test(arguments: ProviderDialect.all, NoticeKind.allCases)
    func `every kind in every dialect is signed by the service address over the octets as they stand`(
        _ dialect: ProviderDialect,
        _ kind: NoticeKind
    ) throws {
        let message = try composer(dialect).compose(Fixtures.notice(kind))
        let header = HeaderSection(ByteBuffer(bytes: message))
        #expect(header.isWellFormed && header.count("From") == 1 && header.count("To") == 1)
        let field = kind == .transportEnvelope || kind == .anomaly ? "X-Trasporto" : "X-Ricevuta"
        #expect(header.first(field) == kind.rawValue)
        #expect(message.split(separator: 0x0A).allSatisfy { $0.last == 0x0D }, "no line ends with LF alone")
        guard kind != .anomaly || dialect.signsAnomalies else {
            #expect(header.first("Content-Type")?.hasPrefix("multipart/mixed") == true)
            return
        }
        let signed = try #require(SignedMessage(message))
        let check = try signed.verify(trusting: Fixtures.authority.get().root, at: Fixtures.moment)
        #expect(check.signer == "posta-certificata@pec.example.it")
        #expect(check.digest == dialect.digest.rawValue.uppercased())
        let type = try #require(header.first("Content-Type"))
        #expect(type.contains("protocol=\"\(dialect.signatureType)\""))
        #expect(type.contains("micalg=\(dialect.micalg(dialect.digest));"))
        let data = signed.certificationData
        #expect((data != nil) == (kind != .anomaly))
        if let data { #expect(data.contains("<postacert tipo=\"\(kind.rawValue)\"")) }
    }

    @Test(arguments: ProviderDialect.all)
    func `the openssl command line verifies every dialect`(_ dialect: ProviderDialect) throws {
        let message = try composer(dialect).compose(Fixtures.notice(.delivery))
        let (outcome, content) = try OpenSSLCommand.verify(
            message,
            with: "cms",
            rootPEM: Fixtures.authority.get().trustPEM(),
            at: Fixtures.moment.milliseconds / 1000
        )
        #expect(outcome.status == 0, "\(outcome.words)")
        #expect(content == SignedMessage(message)?.entity)
    }

    @Test(arguments: ProviderDialect.all)
    func `the same notice gives the same octets again, and another one others`(_ dialect: ProviderDialect) throws {
        var composer = try composer(dialect)
        composer.tokens = { "0123456789ABCDEF" }
        for kind in NoticeKind.allCases {
            let first = try composer.compose(Fixtures.notice(kind))
            #expect(try composer.compose(Fixtures.notice(kind)) == first)
            let later = CertifiedNotice(
                kind,
                about: Fixtures.original(),
                identifier: "sim1.2@pec.example.it",
                moment: Fixtures.moment + .seconds(1)
            )
            #expect(try composer.compose(later) != first)
        }
    }

    @Test
    func `the parts of a notice stand as its dialect has them`() throws {
        func parts(_ dialect: ProviderDialect, _ kind: NoticeKind = .delivery) throws -> [MIMEEntity] {
            let signed = try #require(SignedMessage(try composer(dialect).compose(Fixtures.notice(kind))))
            return MIMEEntity(signed.entity[...]).parts
        }
        let data = "application/xml"
        #expect(try parts(.standard).map(\.mediaType) == ["text/plain", data, "message/rfc822"])
        #expect(try parts(.oak).map(\.mediaType) == ["multipart/alternative", data, "message/rfc822"])
        #expect(try parts(.pine).map(\.mediaType) == ["text/plain", "message/rfc822", data])
        #expect(try parts(.oak)[0].parts.map(\.mediaType) == ["text/plain", "text/html"])
        #expect(try parts(.linden)[1].header.first("Content-Disposition") == "attachment; filename=daticert.xml")
        #expect(try parts(.linden)[1].header.first("Content-Transfer-Encoding") == "7bit")
        #expect(try parts(.linden)[2].header.first("Content-Transfer-Encoding") == nil)
        #expect(try parts(.standard, .anomaly).map(\.mediaType) == ["text/plain", "message/rfc822"])
    }

    @Test
    func `data with a line too long for 7bit are sent in base 64`() throws {
        let mail = "From: a@b.it\r\nTo: b@c.it\r\nSubject: \(String(repeating: "x", count: 2000))\r\n\r\nx\r\n"
        let message = try composer(.linden).compose(Fixtures.notice(.acceptance, about: Fixtures.original(mail)))
        #expect(message.split(separator: 0x0A).allSatisfy { $0.count <= 999 })
        #expect(SignedMessage(message)?.certificationData?.contains(String(repeating: "x", count: 2000)) == true)
    }

    @Test
    func `an anomaly envelope wraps what came, octet for octet, and has its Message-ID or none`() throws {
        for mail in [Fixtures.message, Fixtures.message.replacing("Message-ID: <client-1@azienda.it>\r\n", with: "")] {
            let original = Fixtures.original(mail)
            let message = try composer(.standard).compose(Fixtures.notice(.anomaly, about: original))
            let header = HeaderSection(ByteBuffer(bytes: message))
            #expect(header.first("Subject") == "ANOMALIA MESSAGGIO: Fattura n. 7 & altro")
            #expect(header.first("Message-ID") == original.clientMessageID)
            #expect(header.count("X-Riferimento-Message-ID") == 0)
            #expect(header.first("From") == "\"Per conto di: anna@pec.example.it\" <posta-certificata@pec.example.it>")
            let signed = try #require(SignedMessage(message))
            #expect(MIMEEntity(signed.entity[...]).parts.last?.body.elementsEqual(mail.utf8) == true)
        }
    }
}
