// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import MailModel
import NIOCore
import Testing

struct KindTests {
    /// Field, value, `tipo`, `errore`, more data, the kind expected.
    private static let kinds: [(String, String, String, String, MessageKind)] = [
        ("X-Ricevuta", "accettazione", "nessuno", "", .acceptance),
        ("X-Ricevuta", "non-accettazione", "altro", "<errore-esteso>x</errore-esteso>", .nonAcceptance),
        ("X-Ricevuta", "presa-in-carico", "nessuno", "<ricezione>uno@pec.altro.example</ricezione>", .takeCharge),
        (
            "X-Ricevuta", "avvenuta-consegna", "nessuno", "<ricevuta tipo=\"breve\"/><consegna>a@b.example</consegna>",
            .delivery
        ),
        ("X-Trasporto", "posta-certificata", "nessuno", "<ricevuta tipo=\"completa\"></ricevuta>", .transportEnvelope),
        ("X-Ricevuta", "errore-consegna", "no-dest", "<consegna>a@b.example</consegna>", .nonDelivery),
        ("X-Ricevuta", "preavviso-errore-consegna", "altro", "<consegna>a@b.example</consegna>", .nonDeliveryWarning),
        ("X-Ricevuta", "rilevazione-virus", "virus", "", .virusDetection),
    ]

    @Test func `every kind of the standard is told without a warning`() {
        for (field, value, failure, extra, kind) in Self.kinds {
            let message = Notice(field, value, data: CertificationXML(value, failure: failure, extra: extra)).read()
            #expect(message.kind == kind)
            #expect(message.failure?.rawValue == failure)
            #expect(message.warnings.map(\.description) == [])
            #expect(!message.isSuspect)
        }
    }

    @Test func `an acceptance tells all that tracking needs`() throws {
        let message = Notice("X-Ricevuta", "accettazione", data: CertificationXML("accettazione")).read()
        #expect(message.sender == "azienda@pec.gestore.example")
        #expect(
            message.recipients == [
                CertifiedRecipient(address: "uno@pec.altro.example", isCertified: true),
                CertifiedRecipient(address: "due@posta.example", isCertified: false),
            ]
        )
        #expect(message.subject == "Offerta")
        #expect(message.provider == "GESTORE S.p.A.")
        #expect(message.identifier == "opec1.2026@pec.gestore.example")
        #expect(message.messageID == "client-1@azienda.example")
        #expect(message.ownMessageID == "receipt-1@pec.gestore.example")
        #expect(message.from == "posta-certificata@pec.gestore.example")
        #expect(message.time?.description == "2026-11-23T10:00:00+01:00")
        #expect(message.time?.timestamp == Timestamp(milliseconds: 1_795_424_400_000))
        #expect(message.deliveredTo == nil && message.failureDetail == nil && message.timeoutStage == nil)
    }

    @Test func `field names and values count without case, folding and blanks`() {
        var notice = Notice(
            "x-rIcEvUtA",
            "\r\n\tAVVENUTA-consegna ",
            data: CertificationXML("avvenuta-consegna", extra: "<consegna>a@b.example</consegna>")
        )
        notice.fields.append(("x-tiporicevuta", "SINTETICA"))
        let message = notice.read()
        #expect(message.kind == .delivery)
        #expect(message.receiptType == .concise)
        #expect(message.deliveredTo == "a@b.example")
    }

    @Test func `a subject that looks like a receipt proves nothing`() {
        let envelope = Notice(
            "X-Trasporto",
            "posta-certificata",
            subject: "Ricevuta di consegna 123",
            data: CertificationXML("posta-certificata", extra: "<ricevuta tipo=\"completa\"/>")
        ).read()
        #expect(envelope.kind == .transportEnvelope)
        let ordinary = CertifiedMessage(ByteBuffer(string: "From: a@b.example\r\nSubject: CONSEGNA: x\r\n\r\nx"))
        #expect(ordinary.kind == .ordinary)
        #expect(ordinary.subject == "CONSEGNA: x")
        #expect(ordinary.warnings.isEmpty)
    }

    @Test func `a disagreement of header and data makes the message suspect`() {
        let message = Notice(
            "X-Ricevuta",
            "avvenuta-consegna",
            data: CertificationXML("errore-consegna", failure: "no-dest")
        ).read()
        #expect(message.kind == .delivery)
        #expect(message.codes.contains(.kindDisagrees))
        #expect(message.isSuspect)
    }

    @Test func `a value of no standard leaves the word to the data`() {
        let known = Notice("X-Ricevuta", "ricevuta-strana", data: CertificationXML("accettazione")).read()
        #expect(known.kind == .acceptance)
        #expect(known.codes == [.unknownKind])
        let unknown = Notice("X-Ricevuta", "ricevuta-strana", data: nil).read()
        #expect(unknown.kind == .ordinary)
        let alias = Notice(
            "X-Ricevuta",
            "mancata-consegna",
            data: CertificationXML("errore-consegna", failure: "altro")
        ).read()
        #expect(alias.kind == .nonDelivery)
        #expect(alias.codes == [.unknownKind])
    }

    @Test func `a receipt that also claims to be an envelope is a suspect receipt`() {
        var notice = Notice("X-Ricevuta", "accettazione", data: CertificationXML("accettazione"))
        notice.fields.append(("X-Trasporto", "posta-certificata"))
        let message = notice.read()
        #expect(message.kind == .acceptance)
        #expect(message.codes == [.contradictoryFields])
        #expect(message.isSuspect)
    }

    @Test func `certification data in a message that announces nothing stay unused`() {
        var notice = Notice("X-Other", "x", subject: "Fwd", data: CertificationXML("avvenuta-consegna"))
        notice.set("X-Riferimento-Message-ID", nil)
        let message = notice.read()
        #expect(message.kind == .ordinary)
        #expect(message.certification == nil)
        #expect(message.failure == nil)
        #expect(message.codes == [.unannouncedData])
    }

    @Test func `an anomaly is read from its own header, not from the envelope inside`() {
        let inner = Notice(
            "X-Trasporto",
            "posta-certificata",
            subject: "POSTA CERTIFICATA: R: x",
            data: CertificationXML("posta-certificata")
        ).text
        let text = """
            From: "Per conto di: mario@posta.example" <posta-certificata@pec.gestore.example>
            Reply-To: mario@posta.example
            To: azienda@pec.gestore.example
            Subject: ANOMALIA MESSAGGIO: POSTA CERTIFICATA: R: x
            X-Trasporto: errore
            Date: 23 Nov 26 10:00 +0100
            Content-Type: multipart/mixed; boundary=b

            --b

            Anomalia
            --b
            Content-Type: message/rfc822

            \(inner)
            --b--

            """
        let message = CertifiedMessage(ByteBuffer(string: text))
        #expect(message.kind == .anomaly)
        #expect(message.sender == "mario@posta.example")
        #expect(message.subject == "POSTA CERTIFICATA: R: x")
        #expect(message.certification == nil)
        #expect(message.time?.description == "2026-11-23T10:00:00+01:00")
        #expect(message.warnings.isEmpty)
    }

    @Test func `the display name tells the sender of an anomaly without Reply-To`() {
        let head = "X-Trasporto: errore\nFrom: \"Per conto di: mario@posta.example\" <posta-certificata@g.example>\n\n"
        #expect(CertifiedMessage(ByteBuffer(string: head)).sender == "mario@posta.example")
    }

    @Test(arguments: [
        #""Per conto di: mario@posta.example" <posta-certificata@g.example>"#,
        #""Per conto di: Mario Rossi <mario@posta.example>" <posta-certificata@g.example>"#,
        #"=?utf-8?Q?Per_conto_di:_mario=40posta.example?= <posta-certificata@g.example>"#,
    ])
    func `who sent what an anomaly wraps stands in the display name, where his replies go in Reply-To`(_ from: String) {
        let head =
            "X-Trasporto: errore\nFrom: \(from)\nReply-To: ufficio@posta.example\nReturn-Path: <bounce@posta.example>\n\n"
        #expect(CertifiedMessage(ByteBuffer(string: head)).sender == "mario@posta.example")
        let nameless = head.replacing(from, with: #""Per conto di: Mario" <posta-certificata@g.example>"#)
        #expect(CertifiedMessage(ByteBuffer(string: nameless)).sender == "ufficio@posta.example")
    }

    @Test func `an unsigned receipt is told as a receipt and marked`() {
        var notice = Notice("X-Ricevuta", "avvenuta-consegna", data: CertificationXML("avvenuta-consegna"))
        notice.signedType = "multipart/mixed; boundary=\"inner\""
        let message = notice.read()
        #expect(message.kind == .delivery)
        #expect(message.certification == nil)
        #expect(message.codes == [.notSigned, .dataMissing])
        #expect(message.isSuspect)
    }

    @Test func `nothing at all is an ordinary message`() {
        let message = CertifiedMessage(ByteBuffer())
        #expect(message.kind == .ordinary)
        #expect(message.sender == nil && message.subject == nil && message.time == nil && message.recipients.isEmpty)
    }
}
