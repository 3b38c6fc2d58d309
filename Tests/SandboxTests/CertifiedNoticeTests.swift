// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel
import NIOCore
import Testing

@testable import Sandbox

struct CertifiedNoticeTests {
    @Test(arguments: NoticeKind.certified)
    func `every notice is signed by the service address and names its kind`(_ kind: NoticeKind) throws {
        let message = try Fixtures.composer().compose(Fixtures.notice(kind))
        let signed = try #require(SignedMessage(message))
        let check = try signed.verify(trusting: Fixtures.authority.get().root, at: Fixtures.moment)
        #expect(check.signer == "posta-certificata@pec.example.it")
        #expect(check.digest == "SHA256")
        #expect(check.algorithm == "rsaEncryption")
        let data = try #require(signed.certificationData)
        #expect(data.contains("<postacert tipo=\"\(kind.rawValue)\" errore="))
        let header = HeaderSection(ByteBuffer(bytes: message))
        #expect(header.isWellFormed)
        #expect(header.first(kind == .transportEnvelope ? "X-Trasporto" : "X-Ricevuta") == kind.rawValue)
        #expect(header.first("X-Riferimento-Message-ID") == "<client-1@azienda.it>")
        #expect(header.count("From") == 1 && header.count("To") == 1 && header.count("Message-ID") == 1)
    }

    @Test(arguments: NoticeKind.allCases, ["cms", "smime"])
    func `the openssl command line verifies every notice`(_ kind: NoticeKind, _ command: String) throws {
        let message = try Fixtures.composer().compose(Fixtures.notice(kind))
        let (outcome, content) = try OpenSSLCommand.verify(
            message,
            with: command,
            rootPEM: Fixtures.authority.get().trustPEM(),
            at: Fixtures.moment.milliseconds / 1000
        )
        #expect(outcome.status == 0, "\(outcome.words)")
        #expect(content == SignedMessage(message)?.entity)
    }

    @Test
    func `a changed octet, another root and another time are found out`() throws {
        let message = try Fixtures.composer().compose(Fixtures.notice(.acceptance))
        let signed = try #require(SignedMessage(message))
        let root = try Fixtures.authority.get().root
        var changed = signed.entity
        changed[changed.count / 2] ^= 1
        #expect(throws: SandboxError.self) {
            try SignatureCheck.verify(changed, signature: signed.signature, trusting: root, at: Fixtures.moment)
        }
        let other = try CertificateAuthority(name: "Another Root", now: Fixtures.moment, hasIntermediate: false)
        #expect { try signed.verify(trusting: other.root, at: Fixtures.moment) } throws: {
            "\($0)".contains("OpenSSL cannot verify a signature") && "\($0)".contains("certificate")
        }
        #expect(throws: SandboxError.self) {
            try signed.verify(trusting: root, at: Fixtures.moment + .seconds(3 * 365 * 86_400))
        }
    }

    @Test
    func `the transport envelope carries the original with the identifier of the provider`() throws {
        let message = try Fixtures.composer().compose(Fixtures.notice(.transportEnvelope))
        let header = HeaderSection(ByteBuffer(bytes: message))
        #expect(header.first("Subject") == "POSTA CERTIFICATA: Fattura n. 7 & altro")
        #expect(
            header.first("From") == "\"Per conto di: anna@pec.example.it\" <posta-certificata@pec.example.it>"
        )
        #expect(header.first("Reply-To") == "anna@pec.example.it")
        #expect(header.first("To") == "bruno@pec.example.it" && header.first("Cc") == "carla@pec.example.it")
        #expect(header.messageID == "sim1.1@pec.example.it")
        #expect(header.first("X-TipoRicevuta") == "completa")
        let original = try #require(SignedMessage(message)?.original)
        let inner = HeaderSection(ByteBuffer(bytes: original))
        #expect(inner.messageID == "sim1.1@pec.example.it")
        #expect(inner.first("X-Riferimento-Message-ID") == "<client-1@azienda.it>")
        #expect(inner.count("Message-ID") == 1)
        let sent = Array(Fixtures.message.utf8)
        let body = sent[HeaderSection(ByteBuffer(bytes: sent)).octets...]
        #expect(original[inner.octets...].elementsEqual(body))
    }

    @Test
    func `a delivery receipt returns the original as the sender asked, and to a recipient in Cc nothing`() throws {
        func receipt(_ type: String?, to recipient: String) throws -> SignedMessage {
            let text = type.map { "X-TipoRicevuta: \($0)\r\n" + Fixtures.message } ?? Fixtures.message
            let original = Fixtures.original(text, recipients: ["bruno@pec.example.it", "carla@pec.example.it"])
            var notice = Fixtures.notice(.delivery, about: original)
            notice.concerned = Fixtures.address(recipient)
            return try #require(SignedMessage(try Fixtures.composer().compose(notice)))
        }
        for type in [nil, "completa", "Completa", "complet", ""] {
            #expect(try receipt(type, to: "bruno@pec.example.it").original != nil)
        }
        let concise = try receipt("sintetica", to: "bruno@pec.example.it")
        #expect(concise.original == nil)
        #expect(concise.certificationData?.contains("<ricevuta tipo=\"sintetica\"/>") == true)
        let copy = try receipt("completa", to: "carla@pec.example.it")
        #expect(copy.original == nil)
        #expect(copy.certificationData?.contains("<consegna>carla@pec.example.it</consegna>") == true)
    }

    @Test
    func `a brief receipt replaces attachments by their digests and leaves the text`() throws {
        let mail = [
            "From: anna@pec.example.it", "To: bruno@pec.example.it", "Subject: x", "X-TipoRicevuta: breve",
            "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=\"b 1\"", "", "--b 1",
            "Content-Type: text/plain", "", "Testo", "--b 1", "Content-Type: application/pdf; name=\"a.pdf\"",
            "Content-Transfer-Encoding: base64", "", "QUJD", "--b 1--", "",
        ].joined(separator: "\r\n")
        let message = try Fixtures.composer().compose(Fixtures.notice(.delivery, about: Fixtures.original(mail)))
        let original = String(decoding: try #require(SignedMessage(message)?.original), as: UTF8.self)
        #expect(original.contains("Testo") && !original.contains("QUJD"))
        #expect(original.contains("filename=\"a.pdf.hash\""))
        #expect(original.contains("b7eceac98410d063105b40aaeea98ae29db56953"))  // sha1sum of QUJD
        #expect(original.hasSuffix("--b 1--\r\n"))
    }

    @Test
    func `certification data states the facts of the envelope, escaped, in legal time`() throws {
        let original = Fixtures.original(recipients: ["bruno@pec.example.it", "ditta@example.com"])
        let message = try Fixtures.composer().compose(Fixtures.notice(.acceptance, about: original))
        let data = try #require(SignedMessage(message)?.certificationData)
        for line in [
            "<mittente>anna@pec.example.it</mittente>",
            "<destinatari tipo=\"certificato\">bruno@pec.example.it</destinatari>",
            "<destinatari tipo=\"esterno\">ditta@example.com</destinatari>",
            "<risposte>anna@pec.example.it</risposte>", "<oggetto>Fattura n. 7 &amp; altro</oggetto>",
            "<gestore-emittente>Gestore Simulato S.p.A.</gestore-emittente>", "<data zona=\"+0100\">",
            "<giorno>23/11/2026</giorno>", "<ora>11:00:00</ora>",
            "<identificativo>sim1.1@pec.example.it</identificativo>", "<msgid>&lt;client-1@azienda.it&gt;</msgid>",
        ] { #expect(data.contains(line), "\(line)") }
        #expect(!data.contains("errore-esteso") && !data.contains("<ricevuta"))
    }

    @Test
    func `a subject beyond ASCII and one that is a single endless word stay readable and foldable`() throws {
        for subject in ["Perché così? €", String(repeating: "x", count: 5000)] {
            let mail = "From: anna@pec.example.it\r\nTo: bruno@pec.example.it\r\nSubject: \(subject)\r\n\r\nx\r\n"
            let message = try Fixtures.composer().compose(Fixtures.notice(.acceptance, about: Fixtures.original(mail)))
            let header = HeaderSection(ByteBuffer(bytes: message))
            #expect(EncodedWord.decode(header.first("Subject") ?? "") == "ACCETTAZIONE: \(subject)")
            let lines = message.split(separator: 0x0A, omittingEmptySubsequences: false)
            #expect(lines.allSatisfy { $0.count < 998 })
        }
    }
}

extension Fixtures {
    static func notice(_ kind: NoticeKind, about original: OriginalMessage = original()) -> CertifiedNotice {
        var notice = CertifiedNotice(kind, about: original, identifier: "sim1.2@pec.example.it", moment: moment)
        notice.concerned = original.recipients[0].address
        notice.takenInCharge = [original.recipients[0].address]
        return notice
    }
}
