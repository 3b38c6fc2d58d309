// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The words of a notice, in Italian as providers write them (RFC 6109 §3, the technical rules of 2 November 2005).
struct NoticeText {
    let notice: CertifiedNotice

    /// The whole text, in lines that end with LF.
    var text: String { (["-- \(title) --", ""] + body + closing).joined(separator: "\n") + "\n" }

    /// The same as a page of HTML, in ISO-8859-1.
    var page: String {
        let paragraphs = (body + closing).map { CertificationData.escape($0) }.joined(separator: "<br>\n")
        return "<html>\n<head><title>\(title)</title></head>\n<body>\n<h3>\(title)</h3>\n<hr><br>\n\(paragraphs)\n"
            + "</body>\n</html>\n"
    }

    private var closing: [String] {
        guard notice.kind != .anomaly else { return [] }
        return [
            "Identificativo del messaggio: \(notice.original.identifier)",
            "L'allegato daticert.xml contiene informazioni di servizio sulla trasmissione.",
        ]
    }

    private var title: String {
        switch (notice.kind, notice.failure) {
        case (.acceptance, _): "Ricevuta di accettazione"
        case (.nonAcceptance, .virus): "Avviso di non accettazione per virus informatico"
        case (.nonAcceptance, _): "Avviso di non accettazione"
        case (.transportEnvelope, _): "Messaggio di posta certificata"
        case (.takeCharge, _): "Ricevuta di presa in carico"
        case (.delivery, _): "Ricevuta di avvenuta consegna"
        case (.nonDelivery, .virus): "Avviso di mancata consegna per virus informatico"
        case (.nonDelivery, _): "Avviso di mancata consegna"
        case (.nonDeliveryWarning, _): "Avviso di mancata consegna per superamento dei tempi massimi previsti"
        case (.virusDetection, _): "Avviso di rilevazione di virus informatico"
        case (.anomaly, _): "Anomalia nel messaggio"
        }
    }

    private var body: [String] {
        switch (notice.kind, notice.failure) {
        case (.acceptance, _):
            [message, from + " ed indirizzato a:"] + recipients + ["è stato accettato dal sistema ed inoltrato."]
        case (.nonAcceptance, .virus):
            [
                problem, fromPlural, "è stato rilevato un problema di sicurezza: \(detail).",
                "Il messaggio non è stato accettato.",
            ]
        case (.nonAcceptance, _):
            [problem, fromPlural]
                + ["è stato rilevato un problema che ne impedisce l'accettazione a causa di:", detail]
                + ["Il messaggio non è stato accettato."]
        case (.transportEnvelope, _):
            [message + " è stato inviato da \"\(sender)\"", "indirizzato a:"] + recipients
                + ["Il messaggio originale è incluso in allegato."]
        case (.takeCharge, _):
            [message, from + " ed indirizzato a:"] + notice.takenInCharge.map(\.description)
                + ["è stato accettato dal sistema."]
        case (.delivery, _):
            [message, from + " ed indirizzato a \"\(concerned)\"", "è stato consegnato nella casella di destinazione."]
                + (notice.returnsOriginal ? ["Il messaggio originale è incluso in allegato."] : [])
        case (.nonDelivery, .virus):
            [
                problem, fromSingular, "è stato rilevato un problema di sicurezza: \(detail).",
                "Il messaggio non è stato consegnato.",
            ]
        case (.nonDelivery, _):
            [
                problem, fromSingular, "è stato rilevato un errore: \(detail).",
                "Il messaggio è stato rifiutato dal sistema.",
            ]
        case (.nonDeliveryWarning, _):
            [message, from + " e destinato all'utente \"\(concerned)\"", "non è stato consegnato: \(detail)."]
        case (.virusDetection, _):
            [problem, fromPlural, "è stato rilevato un problema di sicurezza: \(detail)."]
        case (.anomaly, _):
            [
                "\(when) è stato ricevuto il messaggio \"\(subject)\"", fromPlural,
                "Tali dati non sono stati certificati per il seguente motivo: \(notice.anomaly).",
                "Il messaggio originale è incluso in allegato.",
            ]
        }
    }

    private var when: String {
        let time = LegalTime(notice.moment)
        return "Il giorno \(time.day) alle ore \(time.time) (\(time.zone))"
    }

    private var message: String { "\(when) il messaggio \"\(subject)\"" }
    private var problem: String { "\(when) nel messaggio \"\(subject)\"" }
    private var from: String { "proveniente da \"\(sender)\"" }
    private var fromSingular: String { "\(from) e destinato all'utente \"\(concerned)\"" }
    private var fromPlural: String {
        "\(from) e destinato a: \(notice.original.recipients.map(\.address.description).joined(separator: ", "))"
    }
    private var sender: String { notice.original.sender.description }
    private var concerned: String { notice.concerned?.description ?? "" }
    private var detail: String { notice.detail ?? "errore non specificato" }

    /// One line of text, whatever the sender put into his subject.
    private var subject: String {
        String(String.UnicodeScalarView(notice.original.subject.unicodeScalars.filter { $0.value >= 0x20 }))
    }

    private var recipients: [String] {
        notice.original.recipients.map { recipient in
            "\(recipient.address) (\"posta \(recipient.isCertified ? "certificata" : "ordinaria")\")"
        }
    }
}
