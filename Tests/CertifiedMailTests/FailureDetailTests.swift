// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import CertifiedMail
import Testing

struct FailureDetailTests {
    @Test func `code, provider and words are taken apart`() {
        let cases: [(String, String?, String?, String, FailureDetail.Reason)] = [
            (
                "5.1.1 - ARUBA PEC S.p.A. - indirizzo non valido", "5.1.1", "ARUBA PEC S.p.A.", "indirizzo non valido",
                .unknownAddress
            ),
            (
                "5.5.1, Aruba Pec S.p.A., presenza di un virus nel messaggio", "5.5.1", "Aruba Pec S.p.A.",
                "presenza di un virus nel messaggio", .virus
            ),
            (" 5.2.2-Gestore-Nord - casella piena", "5.2.2", "Gestore-Nord", "casella piena", .mailboxFull),
            ("5.1.1", "5.1.1", nil, "", .unknownAddress), ("5.1.1 -", "5.1.1", nil, "", .unknownAddress),
            (
                "ecceduta la quota per la casella del destinatario", nil, nil,
                "ecceduta la quota per la casella del destinatario", .mailboxFull
            ),
            ("5.1 - x", nil, nil, "5.1 - x", .other), ("", nil, nil, "", .other),
        ]
        for (raw, code, provider, text, reason) in cases {
            let detail = FailureDetail(raw)
            #expect(detail.code == code)
            #expect(detail.provider == provider)
            #expect(detail.text == text)
            #expect(detail.reason == reason)
        }
    }

    @Test func `a list of reasons is taken apart`() {
        let detail = FailureDetail(
            "Sono state riscontrate le seguenti anomalie:\r\n - la casella X appartiene ad un dominio non ammesso\n - ecceduta la dimensione massima del messaggio"
        )
        #expect(
            detail.reasons == [
                "la casella X appartiene ad un dominio non ammesso", "ecceduta la dimensione massima del messaggio",
            ]
        )
        #expect(FailureDetail("una\nriga").reasons == ["una riga"])
        #expect(FailureDetail("  ").reasons == [])
    }

    @Test func `the notices after 12 and after 24 hours are told apart`() {
        let words: [(String?, TimeoutStage)] = [
            (
                "5.4.1 - G - il messaggio non è stato consegnato nelle prime ventiquattro ore dal suo invio",
                .twentyFourHours
            ),
            (
                "il messaggio non è stato consegnato nelle prime dodici ore dal suo invio; dopo 24 ore seguirà un avviso",
                .twelveHours
            ),
            ("4.4.1 - G - in attesa", .twelveHours), ("non consegnato entro 24 ore", .twentyFourHours),
            ("tempo massimo", .unclear),
            (nil, .unclear),
        ]
        for (text, stage) in words {
            let extra = text.map { "<consegna>a@b.example</consegna><errore-esteso>\($0)</errore-esteso>" } ?? ""
            let data = CertificationXML("preavviso-errore-consegna", failure: "altro", extra: extra)
            #expect(Notice("X-Ricevuta", "preavviso-errore-consegna", data: data).read().timeoutStage == stage)
        }
        #expect(TimeoutStage.unclear.settled(after: .seconds(12 * 3600)) == .twelveHours)
        #expect(TimeoutStage.unclear.settled(after: .seconds(22 * 3600)) == .twentyFourHours)
        #expect(TimeoutStage.unclear.settled(after: nil) == .unclear)
        #expect(TimeoutStage.twelveHours.settled(after: .seconds(24 * 3600)) == .twelveHours)
    }

    @Test func `virus notices are told by field and by data`() {
        let data = CertificationXML("errore-consegna", failure: "virus")
        #expect(Notice("X-Ricevuta", "errore-consegna", data: data).read().isVirusNotice)
        var marked = Notice(
            "X-Ricevuta",
            "non-accettazione",
            data: CertificationXML("non-accettazione", failure: "altro")
        )
        #expect(!marked.read().isVirusNotice)
        marked.fields.append(("X-VerificaSicurezza", "Errore"))
        #expect(marked.read().isVirusNotice)
    }
}
