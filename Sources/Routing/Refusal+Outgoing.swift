// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// Refusals of mail from Exchange for what its header says of its author.
extension Refusal {
    static let loop = bilingual(
        554,
        EnhancedStatus(5, 4, 6),
        "Questo messaggio gira in tondo: piu' di \(RoutingTable.maximumReceived) server lo hanno gia' inoltrato; "
            + "l'amministratore cerchi la regola di inoltro che lo rimanda indietro.",
        "This message goes in circles: more than \(RoutingTable.maximumReceived) servers have passed it on; "
            + "the administrator must look for a forwarding rule that sends it back."
    )

    static let headerTooLarge = bilingual(
        552,
        EnhancedStatus(5, 3, 4),
        "L'intestazione di questo messaggio supera i \(HeaderSection.maximumOctets / 1024) KB, quindi non si puo' verificare "
            + "chi lo invia; inviarlo a meno destinatari per volta.",
        "The header of this message is larger than \(HeaderSection.maximumOctets / 1024) KB, so that its sender cannot be "
            + "checked; send it to fewer people at a time."
    )

    static let doubledFrom = bilingual(
        550,
        EnhancedStatus(5, 6, 0),
        "Questo messaggio ha piu' di un campo From, quindi non si puo' dire chi lo invia; il programma che lo ha scritto "
            + "deve scriverne uno solo.",
        "This message has more than one From line, so that nobody can tell who sends it; the program that wrote it must "
            + "write exactly one."
    )

    static func missingFrom(_ account: AddrSpec) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 6, 0),
            "Questo messaggio risulta provenire da \(shown(account)), ma il suo campo From non ha un mittente; "
                + "mettere quell'indirizzo come mittente (Da) e inviarlo di nuovo.",
            "This message names \(shown(account)) as where it comes from, but has no sender in its From line; "
                + "write that address as its From and send it again."
        )
    }

    /// `account`: the one that the message may mean; nil when it is too long to search.
    static func unreadableFrom(_ account: AddrSpec?) -> SMTPReply {
        let (inteso, meant) =
            account.map { (", e potrebbe essere \(shown($0))", ", and it may be meant to be \(shown($0))") } ?? ("", "")
        return bilingual(
            550,
            EnhancedStatus(5, 6, 0),
            "Il campo From di questo messaggio non si legge come indirizzo\(inteso); mettere un solo indirizzo come mittente "
                + "(Da) e inviarlo di nuovo.",
            "The From line of this message cannot be read as an address\(meant); write exactly one address as its From and "
                + "send it again."
        )
    }

    static func severalAuthors(_ account: AddrSpec) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 6, 0),
            "Questo messaggio ha piu' mittenti o un gruppo nel campo From, e uno di essi e' \(shown(account)), che invia solo a "
                + "proprio nome; inviarlo con quell'unico indirizzo come mittente (Da).",
            "This message has several senders or a group in its From line, and one of them is \(shown(account)), which can "
                + "send only in its own name; send it with that address alone as its From."
        )
    }

    static func notification(_ account: AddrSpec) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 7, 1),
            "Le notifiche non partono mai come posta certificata, e questa ha come mittente \(shown(account)); disattivare in "
                + "Exchange le conferme di lettura e le risposte automatiche di quell'indirizzo.",
            "Notifications are never sent as certified mail, and this one has \(shown(account)) as its From; switch off read "
                + "receipts and automatic replies of that address in Exchange."
        )
    }

    static func automatic(_ account: AddrSpec, _ field: String) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 7, 1),
            "I messaggi automatici non partono mai come posta certificata, e questo (\(shown(field))) ha come mittente "
                + "\(shown(account)); disattivare in Exchange le risposte automatiche di quell'indirizzo, o inviarlo a mano.",
            "Automatic messages are never sent as certified mail, and this one (\(shown(field))) has \(shown(account)) as its "
                + "From; switch off automatic replies of that address in Exchange, or send the message by hand."
        )
    }

    static func redirected(_ account: AddrSpec, _ field: String) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 7, 1),
            "Questo messaggio di \(shown(account)) e' stato reindirizzato da una regola o da una persona (\(shown(field))), quindi "
                + "non e' posta certificata di quell'indirizzo; inoltrarlo come messaggio nuovo dal proprio indirizzo.",
            "This message of \(shown(account)) was redirected by a rule or a person (\(shown(field))), and what is redirected is "
                + "not certified mail of that address; forward it as a new message from your own address."
        )
    }

    static func onBehalf(_ account: AddrSpec) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 7, 1),
            "Questo messaggio e' stato inviato per conto di \(shown(account)) con un altro campo Sender, che la posta "
                + "certificata non ammette; chiedere all'amministratore il diritto Invia come (Send As) e inviarlo di nuovo.",
            "This message was sent on behalf of \(shown(account)) with another Sender, which certified mail does not allow; "
                + "ask the administrator for the right Send As instead of Send on Behalf, and send it again."
        )
    }
}
