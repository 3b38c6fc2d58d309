// SPDX-FileCopyrightText: 2026 The Ceralacca authors
// SPDX-License-Identifier: Apache-2.0

internal import MailModel

/// Refusals of mail from Exchange Online for what it says of its organisation.
extension Refusal {
    /// Exchange Online's own status for mail that it cannot attribute to an organisation.
    private static let status = EnhancedStatus(5, 7, 64)

    static func tenantNotNamed(_ field: String) -> SMTPReply {
        bilingual(
            550,
            status,
            "Il messaggio viene da Exchange Online e non dice di quale organizzazione (manca \(field)), quindi non viene "
                + "inoltrato; l'amministratore controlli tenants di questo listener.",
            "This message comes from Exchange Online and does not name its organisation (\(field) is missing), so it is "
                + "not relayed; the administrator must check tenants of this listener."
        )
    }

    static func tenantNotListed(_ field: String, _ name: String) -> SMTPReply {
        bilingual(
            550,
            status,
            "Il messaggio viene da un'altra organizzazione di Exchange Online (\(field): \(shown(name))), per la quale questo "
                + "server non inoltra nulla; se e' la vostra, l'amministratore la aggiunga a tenants di questo listener.",
            "This message comes from another organisation of Exchange Online (\(field): \(shown(name))), for which this "
                + "server relays nothing; if it is yours, the administrator must add it to tenants of this listener."
        )
    }

    static func tenantContradicted(_ field: String, _ names: [String]) -> SMTPReply {
        let both = shown(names.prefix(2).map(shown).joined(separator: " / "))
        return bilingual(
            550,
            status,
            "Il messaggio nomina due organizzazioni di Exchange Online (\(field): \(both)), quindi non si puo' dire di chi e'; "
                + "togliere quel campo dal messaggio che e' stato inviato o inoltrato.",
            "This message names two organisations of Exchange Online (\(field): \(both)), so that nobody can tell whose it is; "
                + "take that field off the message that was sent or passed on."
        )
    }

    static func originMissing(_ account: AddrSpec) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 7, 1),
            "Exchange Online non dice da dove gli e' arrivato questo messaggio di \(shown(account)) (manca \(TenantRule.originField)): inviarlo da "
                + "Outlook; se succede anche da li', l'amministratore veda origin_field di questo listener.",
            "Exchange Online does not say from where this message of \(shown(account)) came to it (\(TenantRule.originField) is missing): send it from "
                + "Outlook; if it happens there too, the administrator must see origin_field of this listener."
        )
    }

    static func originContradicted(_ account: AddrSpec, _ origins: [String]) -> SMTPReply {
        let both = shown(origins.prefix(2).map(shown).joined(separator: " / "))
        return bilingual(
            550,
            EnhancedStatus(5, 7, 1),
            "Questo messaggio di \(shown(account)) da' due indicazioni diverse sulla propria provenienza (\(TenantRule.originField): \(both)): "
                + "scriverne uno nuovo in Outlook, senza quel campo.",
            "This message of \(shown(account)) says two things of from where it came (\(TenantRule.originField): \(both)): write a new one in "
                + "Outlook, without that field."
        )
    }

    static func originUnknown(_ account: AddrSpec, _ origin: String) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 7, 1),
            "Per questo messaggio di \(shown(account)) ci vuole \(TenantRule.originField): Hosted o HybridOnPrem, e dice \(shown(origin)): inviarlo "
                + "da Outlook con il diritto Invia come (Send As).",
            "This message of \(shown(account)) needs \(TenantRule.originField): Hosted or HybridOnPrem, and says \(shown(origin)): send it from "
                + "Outlook with the right Send As."
        )
    }

    static func fromInternet(_ account: AddrSpec) -> SMTPReply {
        bilingual(
            550,
            EnhancedStatus(5, 7, 1),
            "Exchange Online dice che questo messaggio di \(shown(account)) gli e' arrivato da Internet, quindi non l'ha scritto chi "
                + "puo' inviare come quell'indirizzo; inviarlo da Outlook con il diritto Invia come (Send As).",
            "Exchange Online says that this message of \(shown(account)) came to it from the Internet, so nobody who may send as "
                + "that address wrote it; send it from Outlook with the right Send As."
        )
    }
}
