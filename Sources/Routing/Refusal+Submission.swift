// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// Refusals of certified submissions that the provider would not accept.
extension Refusal {
    static func hidden(_ recipients: [AddrSpec]) -> SMTPReply {
        let isOne = recipients.count == 1
        return bilingual(
            550,
            EnhancedStatus(5, 7, 1),
            "PEC non inviata: \(shown(recipients)) non \(isOne ? "e'" : "sono") nei campi A o Cc. La PEC non ammette "
                + "copie nascoste (Ccn) ne' gruppi di distribuzione; scrivere ogni indirizzo in A o Cc e inviare di nuovo.",
            "Not sent as certified mail: \(shown(recipients)) \(isOne ? "stands" : "stand") in neither To nor Cc. Certified mail "
                + "allows no hidden copies (Bcc) and no distribution groups; write each address into To or Cc and send again."
        )
    }

    static let noTo = bilingual(
        550,
        EnhancedStatus(5, 6, 0),
        "PEC non inviata: il campo A (To) non contiene alcun indirizzo, e la PEC ne chiede almeno uno; scrivere un "
            + "destinatario nel campo A e inviare di nuovo.",
        "Not sent as certified mail: the To line holds no address, and certified mail needs one at least; write a recipient "
            + "into To and send again."
    )

    static func unreadableRecipients(_ field: String) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 6, 0),
            "PEC non inviata: il campo \(shown(field)) non si legge come elenco di indirizzi, e il gestore deve trovarvi ogni "
                + "destinatario; correggere gli indirizzi e inviare di nuovo.",
            "Not sent as certified mail: the \(shown(field)) line cannot be read as a list of addresses, and the provider has "
                + "to find each recipient there; correct the addresses and send again."
        )
    }

    static func doubledRecipients(_ field: String) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 6, 0),
            "PEC non inviata: il messaggio ha piu' di un campo \(shown(field)), e due programmi vi leggerebbero destinatari "
                + "diversi; il programma che lo ha scritto deve scriverne uno solo.",
            "Not sent as certified mail: the message has more than one \(shown(field)) line, and two programs would read "
                + "different recipients; the program that wrote it must write exactly one."
        )
    }

    static let bcc = bilingual(
        550,
        EnhancedStatus(5, 7, 1),
        "PEC non inviata: il messaggio ha destinatari nel campo Ccn (Bcc), che la PEC non ammette; toglierli o scriverli in A "
            + "o Cc e inviare di nuovo.",
        "Not sent as certified mail: the message has recipients in its Bcc line, which certified mail does not allow; remove "
            + "them or write them into To or Cc and send again."
    )

    static let brokenHeader = bilingual(
        550,
        EnhancedStatus(5, 6, 0),
        "Non inviato: l'intestazione del messaggio contiene una riga che non e' un campo, quindi non si puo' verificare "
            + "chi lo invia e che cosa segue; va corretto il programma che lo ha scritto.",
        "Not sent: the header of the message has a line that is no field, so that its sender and what follows cannot be "
            + "checked; the program that wrote it must be mended."
    )

    static let outlookFormat = bilingual(
        550,
        EnhancedStatus(5, 6, 1),
        "PEC non inviata: il messaggio e' in formato RTF di Outlook (winmail.dat), che i destinatari non possono leggere; "
            + "sceglierne il formato HTML o testo e inviare di nuovo. Amministratore: Set-RemoteDomain Default -TNEFEnabled "
            + "$false.",
        "Not sent as certified mail: the message is in Outlook's rich text format (winmail.dat), which its recipients cannot "
            + "read; choose HTML or plain text and send again. Administrator: Set-RemoteDomain Default -TNEFEnabled $false."
    )

    static func tooManyRecipients(_ count: Int, limit: Int, provider: String) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 5, 3),
            "PEC non inviata: i destinatari sono \(count), e il gestore \(shown(provider)) ne ammette al massimo \(limit) per "
                + "messaggio; dividerli in piu' messaggi.",
            "Not sent as certified mail: \(count) recipients, and the provider \(shown(provider)) takes at most \(limit) in one "
                + "message; divide them among several messages."
        )
    }

    static func tooLarge(_ size: Int, recipients: Int, limit: ByteCount, provider: String) -> SMTPReply {
        let (product, hasOverflown) = size.multipliedReportingOverflow(by: recipients)
        let total = measured(hasOverflown ? .max : product)
        let (somma, sum) =
            recipients == 1
            ? ("il messaggio e' di \(total)", "the message has \(total)")
            : (
                "\(measured(size)) per \(recipients) destinatari fanno \(total)",
                "\(measured(size)) times \(recipients) recipients make \(total)"
            )
        return bilingual(
            552,
            EnhancedStatus(5, 3, 4),
            "PEC non inviata: \(somma), e il gestore \(shown(provider)) ammette in tutto \(limit) (dimensione per numero di "
                + "destinatari); ridurre gli allegati o i destinatari e inviare di nuovo.",
            "Not sent as certified mail: \(sum), and the provider \(shown(provider)) takes at most \(limit) (size times "
                + "recipients); send smaller attachments or write to fewer recipients."
        )
    }

    /// A size rounded up, so that it never looks like the limit that it is above.
    private static func measured(_ octets: Int) -> String {
        guard octets >= 1_000_000 else { return "\(octets) B" }
        let hundredths = octets / 10_000 + (octets % 10_000 == 0 ? 0 : 1)
        return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10) MB"
    }

    static func refusedFile(_ name: String, fileExtension: String, provider: String) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 7, 1),
            "PEC non inviata: il gestore \(shown(provider)) non ammette allegati .\(shown(fileExtension)), e il messaggio contiene "
                + "\"\(shown(name))\"; togliere quell'allegato e inviare di nuovo.",
            "Not sent as certified mail: the provider \(shown(provider)) refuses .\(shown(fileExtension)) attachments, and the "
                + "message holds \"\(shown(name))\"; remove that attachment and send again."
        )
    }

    static let tooDeep = bilingual(
        550,
        EnhancedStatus(5, 6, 0),
        "PEC non inviata: il messaggio ha troppe parti una dentro l'altra, o intestazioni di parti troppo lunghe, per "
            + "esaminarne gli allegati; inviarne il contenuto in un messaggio nuovo.",
        "Not sent as certified mail: the message has too many parts within each other, or headers of parts that are too long, "
            + "for its attachments to be examined; send its content in a new message."
    )
}
