// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

import MailModel

/// The part of a delivery report that people read, in Italian and then in English.
struct ReportText {
    /// The text, its lines ended by newlines.
    let text: String

    init(_ report: DeliveryReport) {
        var lines: [String] = []
        for language in [Language.italian, .english] {
            lines += Self.opening(report, language)
            for recipient in report.recipients { lines += Self.block(recipient, report, language) }
            lines += Self.closing(report, language)
        }
        text = lines.joined(separator: "\n")
    }

    private enum Language {
        case italian
        case english

        func pick(_ italian: String, _ english: String) -> String { self == .italian ? italian : english }
    }

    private static func opening(_ report: DeliveryReport, _ language: Language) -> [String] {
        var lines = [
            language.pick(
                "Avviso automatico di \(report.hostname).",
                "Automatic notice from \(report.hostname)."
            ), "",
        ]
        switch report.action {
        case .failed:
            lines.append(
                language.pick(
                    "Il messaggio NON è stato consegnato ai destinatari seguenti e la consegna non sarà più ritentata.",
                    "Your message was NOT delivered to the following recipients and will not be tried again."
                )
            )
        case .delayed(let until):
            lines.append(
                language.pick(
                    "Il messaggio non è ancora stato consegnato ai destinatari seguenti. Non occorre inviarlo di nuovo: la consegna sarà ritentata fino a \(MailDate.format(until)).",
                    "Your message has not been delivered yet to the following recipients. There is no need to send it again: it is tried until \(MailDate.format(until))."
                )
            )
        case .relayed:
            lines.append(
                language.pick(
                    "Il messaggio è stato affidato al server seguente, che non dà conferme di consegna.",
                    "Your message was handed to a server that gives no delivery confirmations."
                )
            )
        }
        let subject = report.message.subject.map { PlainText.oneLine($0) } ?? "-"
        lines.append("")
        lines.append("    \(language.pick("Oggetto", "Subject")): \(subject)")
        lines.append("    \(language.pick("Accettato", "Accepted")): \(MailDate.format(report.message.arrival))")
        return lines + ["    \(language.pick("Identificativo", "Queue identifier")): \(report.message.id)", ""]
    }

    private static func block(
        _ reported: ReportedRecipient,
        _ report: DeliveryReport,
        _ language: Language
    ) -> [String] {
        var lines = ["  <\(PlainText.oneLine(reported.recipient.forwardPath.description))>"]
        let words = PlainText.oneLine(reported.words)
        if !words.isEmpty {
            let server = reported.remoteMTA.map { " " + PlainText.oneLine($0) } ?? ""
            let speaker =
                reported.reply == nil
                ? language.pick("Motivo", "Reason")
                : language.pick("Risposta del server\(server)", "The server\(server) said")
            lines.append("    \(speaker): \(words)")
        }
        if report.action == .failed {
            let advice = Advice(reported)
            lines.append(
                "    \(language.pick("Che cosa fare", "What to do")): \(language.pick(advice.italian, advice.english))"
            )
        }
        return lines + [""]
    }

    private static func closing(_ report: DeliveryReport, _ language: Language) -> [String] {
        let contact = language.pick(
            "Per aiuto scrivere a \(report.postmaster) citando l'identificativo.",
            "For help write to \(report.postmaster) and quote the queue identifier."
        )
        return [contact, "", language == .italian ? "-----" : ""]
    }
}

/// What the sender can do about a failure, by the enhanced status (RFC 3463 §3).
private struct Advice {
    let italian: String
    let english: String

    init(_ reported: ReportedRecipient) {
        switch (reported.status.subject, reported.status.detail) {
        case (1, 0...4), (1, 6), (1, 10), (2, 1):
            italian = "controllare l'indirizzo del destinatario, correggerlo e inviare di nuovo."
            english = "check the recipient's address, correct it and send the message again."
        case (2, 2):
            italian = "la casella del destinatario è piena: avvisarlo in altro modo e inviare di nuovo più tardi."
            english = "the recipient's mailbox is full: tell them by other means and send the message again later."
        case (2, 3), (3, 4):
            italian = "il messaggio è troppo grande per il destinatario: ridurre gli allegati e inviare di nuovo."
            english = "the message is too large for the recipient: make the attachments smaller and send it again."
        case (4, _):
            italian =
                "il server del destinatario non è stato raggiunto in tempo: inviare di nuovo più tardi o avvisare il destinatario."
            english =
                "the recipient's server was not reached in time: send the message again later, or tell the recipient."
        case (7, _):
            italian =
                "il server del destinatario rifiuta il messaggio in base alle sue regole: contattare il destinatario."
            english = "the recipient's server refuses the message by its rules: get in touch with the recipient."
        default:
            italian = "leggere il motivo qui sopra; se non è chiaro, inoltrare questo avviso al postmaster."
            english = "read the reason above; if it is not clear, forward this notice to the postmaster."
        }
    }
}
